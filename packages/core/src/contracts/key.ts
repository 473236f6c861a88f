import type { Awaitable } from './awaitable.js';
import type { Context } from './scheme.js';

/** A JSON Web Key (RFC 7517 §4) as parsed; members are checked on import. */
export type Jwk = Readonly<Record<string, unknown>>;

/** A JWK Set (RFC 7517 §5). */
export interface JwkSet {
  readonly keys: readonly Jwk[];
}

/** A key ready to verify signatures of one algorithm family. Opaque outside of `crypto`. */
export interface VerificationKey {
  readonly keyid?: string;
  /** The one algorithm that the key is for (`alg`, RFC 7517 §4.4), where the key says so. */
  readonly algorithm?: string;
  /** Whether the key's type and curve fit an algorithm. */
  fits(algorithm: string): boolean;
  /** Whether `signature` over `data` is this key's, under an algorithm that fits. */
  verify(algorithm: string, signature: Uint8Array, data: Uint8Array): Awaitable<boolean>;
}

/** What is asked of a key source: `keyid` and algorithm come from an unproven header and are only compared. */
export interface KeyQuery {
  /** Whose key: the issuer. */
  readonly source: string;
  readonly keyid?: string;
  readonly algorithm: string;
}

/** What a key source gets of the request that asks, or of `ready()`. */
export type KeyContext = Pick<Context, 'clock' | 'signal' | 'alert' | 'onError'>;

/**
 * Finds keys by source and `keyid` together; one method, whatever rotates behind it.
 * Answers every candidate (two keys may share a `keyid`, a token may name none); none means unknown.
 */
export interface KeySource {
  find(query: KeyQuery, context: KeyContext): Awaitable<readonly VerificationKey[]>;
  ready?(context: KeyContext): Awaitable<void>;
  close?(): Awaitable<void>;
}
