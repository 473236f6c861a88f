import type { Awaitable } from '@auth/core';

import type { Sample } from '../tokens.js';

/** Whether a library takes a token, with issuer, audience and times checked. */
export type Verifier = (sample: Sample) => Awaitable<boolean>;

/** What throws for a refusal, as a verifier. */
export function unlessThrown(verify: (token: string) => unknown): (sample: Sample) => boolean {
  return ({ token }) => {
    try {
      verify(token);
      return true;
    } catch {
      return false;
    }
  };
}
