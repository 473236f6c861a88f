import type { Secret } from '../base/secret.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Jwk } from '../contracts/key.js';

/** A signing key of an issuer, as it is kept. */
export interface SigningKeyRecord {
  readonly keyid: string;
  readonly algorithm: string;
  readonly publicJwk: Jwk;
  readonly privateJwk: Secret<Jwk>;
  /** Seconds since the epoch: published from then on. */
  readonly createdAt: number;
  /** Seconds since the epoch: it signs from then on, until the next one does. */
  readonly activeAt: number;
}

/**
 * Where the signing keys of an issuer are, for all of its processes. Of two processes that add a key at once exactly one does, so that
 * both go on with the same one.
 */
export interface SigningKeyStore {
  /** In the order in which they were added. */
  list(signal?: AbortSignal): Awaitable<readonly SigningKeyRecord[]>;
  /** @returns false, and does nothing, where another key than `after` was added last (null: where there is any). */
  add(key: SigningKeyRecord, after: string | null, signal?: AbortSignal): Awaitable<boolean>;
  remove(keyid: string, signal?: AbortSignal): Awaitable<void>;
}
