import type { Awaitable, HeaderList, RandomSource } from '@auth/core/signing';

/** A request as it will be sent. */
export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: HeaderList;
  /** The exact bytes; empty where there is none. */
  readonly body: Uint8Array;
}

/** What a signature may depend on. */
export interface SigningContext {
  /** The time of the server, in seconds since the epoch. */
  readonly now: number;
  readonly random: RandomSource;
}

/** Signs requests: `sign` of `createClient`. It comes last, so that nothing changes what was signed. */
export interface Signer {
  readonly type: string;
  /** The header fields it writes, in lower case: a caller who sets one is refused. */
  readonly fields: readonly string[];
  /** Field lines to add, made anew for each try. */
  sign(request: SignableRequest, context: SigningContext): Awaitable<HeaderList>;
}
