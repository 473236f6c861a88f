import { Faults } from '@auth/core/signing';

import type { Strategy } from '../strategy.js';
import { assertFieldValue, checkTexts } from './option-checks.js';
import { createStaticStrategy } from './static-strategy.js';

/** Options of `apiKey()`. */
export interface ApiKeyOptions {
  readonly key: string;
  /** The field that carries the key; default `X-API-Key`. */
  readonly header?: string;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// What the server's `apiKey()` reads unless told otherwise.
const defaultHeader = 'X-API-Key';

/**
 * Sends an API key with every request, in a field of its own.
 * @throws ConfigurationError for wrong options; ClientError `invalid-request` for a key that would split the field, and
 * `invalid-credential-config` for one that no field can hold
 * @example apiKey({ key })
 */
export function apiKey(options: ApiKeyOptions): Strategy {
  const faults = new Faults();
  faults.addUnknown(options, ['key', 'header']);
  const { key, header = defaultHeader } = options;
  checkTexts({ key }, faults);
  if (typeof header !== 'string' || !token.test(header))
    faults.add('header', 'invalid-option', 'must be the name of a header field');
  faults.throwIfAny();
  assertFieldValue('key', key, /^[\x21-\x7e]+$/);
  return createStaticStrategy('apiKey', [[header, key]]);
}
