import type { Awaitable, CachedToken } from '@auth/core/signing';

import type { ClientError } from '../client-error.js';

/** Where a strategy takes its access tokens from. */
export interface TokenSource {
  /** A token that has not ended; at once where one is at hand. One caller's abort ends nobody else's wait. */
  token(signal?: AbortSignal): Awaitable<CachedToken>;
  /** Says that the API took a token. */
  accept(token: CachedToken): void;
  /** Says that the API refused a token. True where another try has another one. */
  refuse(token: CachedToken): Promise<boolean>;
  /** Why a token could not be saved, once. */
  takeUnsaved(token: CachedToken): ClientError | undefined;
  /** Ends a request for a token that nobody waits for, and revokes the token at hand where that is wanted. Never fails. */
  close(): Promise<void>;
}

/**
 * Asks the issuer for one token. The signal is that of the source, never that of a caller.
 * @param last the token at hand, which may have ended
 */
export type RequestToken = (signal: AbortSignal, last: CachedToken | undefined) => Promise<CachedToken>;
