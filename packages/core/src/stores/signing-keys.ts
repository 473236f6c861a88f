import type { Awaitable } from '../contracts/awaitable.js';

/** A signing key of an issuer, as a store keeps it. */
export interface SigningKeyEntry {
  /** `kid` (RFC 7638): 43 characters of base64url, and no secret. */
  readonly keyid: string;
  /** The key, sealed by the issuer: text of base64url, at most 8192 characters. Whoever has the store has no key, and can add none. */
  readonly value: string;
}

/**
 * Where the signing keys of an issuer are, for all of its processes. Of two processes that add a key at once exactly one does, so that
 * both go on with the same one. A store that throws, or takes longer than a second, is down.
 */
export interface SigningKeyStore {
  /** In the order in which they were added. */
  list(signal?: AbortSignal): Awaitable<readonly SigningKeyEntry[]>;
  /** @returns false, and does nothing, where another key than `after` was added last (null: where there is any). */
  add(key: SigningKeyEntry, after: string | null, signal?: AbortSignal): Awaitable<boolean>;
  /** Of a key that is not there it does nothing. */
  remove(keyid: string, signal?: AbortSignal): Awaitable<void>;
}
