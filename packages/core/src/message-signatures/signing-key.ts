import type { Awaitable } from '../contracts/awaitable.js';
import type { Jwk } from '../contracts/key.js';
import { Faults } from '../errors/faults.js';
import { createSigningKey, type SigningKeyOptions } from '../keys/signing-key.js';
import { isSignatureAlgorithm, signatureAlgorithms, toJoseName, type SignatureAlgorithm } from './algorithms.js';

/** Options of `createMessageSigningKey`. Exactly one of `privateJwk`, `privateKeyPem` and `secretBase64`. */
export interface MessageSigningKeyOptions {
  readonly keyid: string;
  readonly alg: SignatureAlgorithm;
  readonly privateJwk?: Jwk;
  /** PKCS #8: `-----BEGIN PRIVATE KEY-----`. */
  readonly privateKeyPem?: string;
  /** For `hmac-sha256`: base64 with padding, 32 bytes or more. */
  readonly secretBase64?: string;
}

/** A key that signs messages. Shows nothing of itself. */
export interface MessageSigningKey {
  readonly keyid: string;
  readonly alg: SignatureAlgorithm;
  sign(base: Uint8Array): Awaitable<Uint8Array>;
}

/**
 * Makes a key that signs messages (RFC 9421 §3.3).
 * Checks: as `createSigningKey`, that key and algorithm belong together and are strong enough.
 * @throws ConfigurationError with every fault of the options; none shows the key.
 * @example await createMessageSigningKey({ keyid: 'orders-2026', alg: 'ed25519', privateKeyPem })
 */
export async function createMessageSigningKey(options: MessageSigningKeyOptions): Promise<MessageSigningKey> {
  const { alg, keyid, ...others } = options;
  const faults = new Faults();
  if (!isSignatureAlgorithm(alg))
    faults.add('alg', 'unknown-algorithm', `must be one of ${signatureAlgorithms.join(', ')}`);
  if (typeof keyid !== 'string' || !/^[\x21-\x7e]{1,256}$/.test(keyid))
    faults.add('keyid', 'invalid-option', 'must be 1 to 256 characters of visible ASCII');
  faults.throwIfAny();
  const settings: SigningKeyOptions = { ...others, keyid, algorithm: toJoseName(alg) };
  const { sign } = await createSigningKey(settings);
  return Object.freeze({ keyid, alg, sign });
}
