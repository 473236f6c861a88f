import type { Strategy } from '../strategy.js';
import { createStaticStrategy } from './static-strategy.js';

/** Sends no credentials; all other rules of the client hold. */
export function none(): Strategy {
  return createStaticStrategy('none', []);
}
