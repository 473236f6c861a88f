import type { CachedToken } from '@auth/core/signing';

/** Where a strategy takes its access tokens from. */
export interface TokenSource {
  /** A token that has not ended. One caller's abort ends nobody else's wait. */
  token(signal?: AbortSignal): Promise<CachedToken>;
  /** Says that the API refused a token: it is not handed out again. */
  refuse(token: CachedToken, signal?: AbortSignal): Promise<void>;
  /** Ends a request for a token that nobody waits for. */
  close(): void;
}

/** Asks the issuer for one token. The signal is that of the source, never that of a caller. */
export type RequestToken = (signal: AbortSignal) => Promise<CachedToken>;
