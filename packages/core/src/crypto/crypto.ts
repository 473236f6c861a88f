import type { Awaitable } from '../contracts/awaitable.js';
import type { Jwk, VerificationKey } from '../contracts/key.js';

/**
 * What this package needs of a cryptographic back end. Two stand behind it: `node.ts` (`node:crypto`, answers at once) and
 * `web.ts` (Web Crypto, every runtime); the import `#crypto` takes the first under Node's `node` condition.
 * Keys have passed `jwk.ts` before they get here.
 */
export interface CryptoBackend {
  /** Imports a public key. Throws where the platform refuses it (a point off its curve). */
  importPublicKey(jwk: Jwk): Awaitable<VerificationKey>;
  /** Imports a shared secret for HMAC. */
  importSecret(secret: Uint8Array, keyid?: string): VerificationKey;
  sha256(data: Uint8Array): Uint8Array;
}
