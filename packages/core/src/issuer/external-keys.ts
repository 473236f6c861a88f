import type { Awaitable } from '../contracts/awaitable.js';
import type { Jwk } from '../contracts/key.js';

/**
 * A signing key that never comes here: it stands in a KMS or an HSM, and signs by a call.
 * @example
 * { keyid: 'alias/tokens-2026', algorithm: 'ES256', publicJwk, activeAt: 0, sign: (data, signal) => kms.sign(data, signal) }
 */
export interface ExternalKey {
  readonly keyid: string;
  readonly algorithm: string;
  readonly publicJwk: Jwk;
  /** Seconds since the epoch: it signs from then on, until the next one does. Publish it before, for as long as verifiers keep keys. */
  readonly activeAt: number;
  /** The signature in the form of JOSE: r‖s for ECDSA (RFC 7518 §3.4), not DER. */
  sign(data: Uint8Array, signal?: AbortSignal): Awaitable<Uint8Array>;
}
