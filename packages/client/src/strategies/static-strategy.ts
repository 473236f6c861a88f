import type { HeaderList } from '@auth/core/signing';

import type { Strategy } from '../strategy.js';

const keep = Object.freeze({ kind: 'keep' } as const);

/** Credentials that are the same for every request, and that no answer can better. */
export function createStaticStrategy(type: string, headers: HeaderList): Strategy {
  // In a closure: no log of a strategy shows what it holds.
  const prepared = Object.freeze({ headers, credentials: undefined });
  return Object.freeze({
    type,
    fields: headers.map(([name]) => name.toLowerCase()),
    connect: () => ({ prepare: () => prepared, afterResponse: () => keep }),
  });
}
