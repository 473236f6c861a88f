import type { Awaitable } from '../contracts/awaitable.js';

/** What an issuer keeps for a while under a name that tells nothing: a family of refresh tokens, a code, a pushed request. */
export interface TokenEntry {
  /** JSON; holds no token, only hashes of them. */
  readonly value: string;
  /** Seconds since the epoch: from then on it may be forgotten. */
  readonly until: number;
}

/**
 * Where an issuer keeps its state, by SHA-256 in base64url of what the client holds. Each method is one step: of two who replace or
 * take one entry at once, in whatever processes, exactly one does. A store that throws, or takes longer than a second, is down.
 */
export interface TokenStore {
  /** @returns false, and does nothing, where the key is taken. @throws where there is no room */
  insert(key: string, entry: TokenEntry, signal?: AbortSignal): Awaitable<boolean>;
  find(key: string, now: number, signal?: AbortSignal): Awaitable<TokenEntry | undefined>;
  /** @returns false, and does nothing, where something else than `from` stands there. */
  replace(
    key: string,
    change: { readonly from: string; readonly to: TokenEntry },
    signal?: AbortSignal,
  ): Awaitable<boolean>;
}
