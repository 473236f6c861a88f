import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  createSecretKey,
  timingSafeEqual,
  verify,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';

import type { Jwk, VerificationKey } from '../contracts/key.js';
import { findAlgorithm, type Algorithm } from './algorithms.js';
import type { CryptoBackend } from './crypto.js';
import { ecdsaToDer } from './ecdsa-der.js';
import { keyFits } from './fits.js';

/** `node:crypto`, synchronous. Keys are imported once and passed bare: options around a key cost tens of microseconds a call. */
export const crypto: CryptoBackend = {
  importPublicKey(jwk) {
    const { kty, crv, kid, alg, n, e, x, y } = jwk;
    const members = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x };
    const key = createPublicKey({ key: members as JsonWebKey, format: 'jwk' });
    return new NodeKey(key, { kty, crv, alg }, kid as string | undefined);
  },
  importSecret: (secret, keyid) => new NodeKey(createSecretKey(secret), { kty: 'oct' }, keyid),
  sha256: (data) => createHash('sha256').update(data).digest(),
};

class NodeKey implements VerificationKey {
  readonly keyid?: string;
  readonly algorithm?: string;
  readonly #key: KeyObject;
  readonly #jwk: Jwk;

  constructor(key: KeyObject, jwk: Jwk, keyid: string | undefined) {
    this.#key = key;
    this.#jwk = jwk;
    if (keyid !== undefined) this.keyid = keyid;
    if (typeof jwk['alg'] === 'string') this.algorithm = jwk['alg'];
  }

  fits(algorithm: string): boolean {
    return keyFits(this.#jwk, algorithm);
  }

  verify(algorithm: string, signature: Uint8Array, data: Uint8Array): boolean {
    const { kty, digest, padding, signatureLength } = findAlgorithm(algorithm) as Algorithm;
    if (signatureLength !== undefined && signature.length !== signatureLength) return false;
    switch (kty) {
      case 'oct':
        return timingSafeEqual(createHmac(digest!, this.#key).update(data).digest(), signature);
      case 'EC':
        return verify(digest, data, this.#key, ecdsaToDer(signature));
      case 'OKP':
        return verify(null, data, this.#key, signature);
      case 'RSA':
        if (padding === 'pkcs1') return verify(digest, data, this.#key, signature);
        return verify(
          digest,
          data,
          { key: this.#key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
          signature,
        );
    }
  }
}
