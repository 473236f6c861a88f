import type { Awaitable } from './awaitable.js';

/** A private key or a shared secret that signs with one algorithm. Shows nothing of the key. */
export interface SigningKey {
  /** `ES256`, `EdDSA` …: as `alg` of JOSE has it (RFC 7518 §3.1, RFC 8037). */
  readonly algorithm: string;
  /** `kid` in the header of what it signs. */
  readonly keyid?: string;
  /** The signature in the form of JOSE: r‖s for ECDSA (RFC 7518 §3.4). */
  sign(data: Uint8Array): Awaitable<Uint8Array>;
}
