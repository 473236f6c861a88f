import * as nodeCrypto from 'node:crypto';
import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  hash,
  scrypt,
  sign,
  timingSafeEqual,
  verify,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';

import type { Jwk, VerificationKey } from '../contracts/key.js';
import { findAlgorithm, type Algorithm } from './algorithms.js';
import type { Argon2idCost, Argon2Input, CryptoBackend, DerivationInput, ScryptCost, Sign } from './crypto.js';
import { ecdsaFromDer, ecdsaToDer } from './ecdsa-der.js';
import { keyFits } from './fits.js';
import { argon2idByNoble } from './password-hash-noble.js';

/** `node:crypto`, synchronous. Keys are imported once and passed bare: options around a key cost tens of microseconds a call. */
export const crypto: CryptoBackend = {
  importPublicKey(jwk) {
    const { kty, crv, kid, alg, n, e, x, y } = jwk;
    const members = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x };
    const key = createPublicKey({ key: members as JsonWebKey, format: 'jwk' });
    return new NodeKey(key, { kty, crv, alg }, kid as string | undefined);
  },
  importSecret: (secret, keyid) => new NodeKey(createSecretKey(secret), { kty: 'oct' }, keyid),
  importPrivateKey(jwk, algorithm) {
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    return signerOf(key, findAlgorithm(algorithm) as Algorithm);
  },
  importSigningSecret: (secret, algorithm) => signerOf(createSecretKey(secret), findAlgorithm(algorithm) as Algorithm),
  async generateKeyPair(name) {
    const algorithm = findAlgorithm(name) as Algorithm;
    const { publicKey, privateKey } = await newKeyPair(algorithm);
    return { sign: signerOf(privateKey, algorithm), publicJwk: publicKey.export({ format: 'jwk' }) };
  },
  readPrivateKey: (pem) => createPrivateKey(pem).export({ format: 'jwk' }),
  readPublicKey: (pem) => createPublicKey(pem).export({ format: 'jwk' }),
  sha256: (data) => hash('sha256', data, 'buffer'),
  sha512: (data) => hash('sha512', data, 'buffer'),
  decodeBase64url(text) {
    const bytes = Buffer.from(text, 'base64url');
    // Buffer passes over what is no base64url; what it writes is the one spelling of these bytes (RFC 4648 §3.5).
    return bytes.toString('base64url') === text ? bytes : undefined;
  },
  encodeBase64url: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url'),
  fromAscii: (text) => Buffer.from(text, 'latin1'),
  sha256Text: (text) => hash('sha256', text, 'base64url'),
  scrypt: scryptInPool,
  argon2id: argon2idInPool,
};

function signerOf(key: KeyObject, { kty, digest, padding, signatureLength }: Algorithm): Sign {
  switch (kty) {
    case 'oct':
      return (data) => createHmac(digest!, key).update(data).digest();
    case 'EC':
      return (data) => ecdsaFromDer(sign(digest, data, key), signatureLength!);
    case 'OKP':
      return (data) => sign(null, data, key);
    case 'RSA':
      return (data) => signByRsaInPool(data, key, { digest: digest!, padding: padding! });
  }
}

function newKeyPair({ kty, crv }: Algorithm): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  const generate = promisify(generateKeyPair);
  if (kty === 'RSA') return generate('rsa', { modulusLength: 2048 });
  return kty === 'EC' ? generate('ec', { namedCurve: crv! }) : generate('ed25519');
}

/** In a thread of libuv's pool: it takes ten times as long as the others. */
function signByRsaInPool(
  data: Uint8Array,
  key: KeyObject,
  { digest, padding }: { readonly digest: string; readonly padding: 'pkcs1' | 'pss' },
): Promise<Uint8Array> {
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return new Promise((resolve, reject) => {
    sign(digest, data, padding === 'pss' ? pss : key, (error, signature) =>
      error === null ? resolve(signature) : reject(error),
    );
  });
}

/** In a thread of libuv's pool. */
function scryptInPool({ password, salt, length }: DerivationInput, cost: ScryptCost): Promise<Uint8Array> {
  const { costLog2, blockSize: r, parallelism: p } = cost;
  const N = 2 ** costLog2;
  // What OpenSSL needs by its own count (EVP_PBE_scrypt), and some room; the parser of hashes has bounded it.
  const maxmem = 128 * r * (N + p + 2) + 2 ** 16;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, { N, r, p, maxmem }, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    );
  });
}

/** In a thread of libuv's pool, where the runtime has Argon2 (Node 24.7 with OpenSSL 3.2); else by `@noble/hashes`. */
async function argon2idInPool(input: Argon2Input, cost: Argon2idCost): Promise<Uint8Array> {
  // Looked up on the namespace: an import by name does not even load where the name is missing.
  const { argon2 }: { argon2?: typeof nodeCrypto.argon2 } = nodeCrypto;
  if (argon2 === undefined) return argon2idByNoble(input, cost);
  const { password: message, salt: nonce, length: tagLength, secret, associatedData } = input;
  const { memoryKibibytes: memory, passes, parallelism } = cost;
  const parameters = { message, nonce, tagLength, memory, passes, parallelism, secret, associatedData };
  try {
    return await new Promise((resolve, reject) => {
      argon2('argon2id', parameters, (error, derived) => (error === null ? resolve(derived) : reject(error)));
    });
  } catch (error) {
    // Node may stand on an older OpenSSL than its own.
    if ((error as { code?: unknown }).code === 'ERR_CRYPTO_ARGON2_NOT_SUPPORTED') return argon2idByNoble(input, cost);
    throw error;
  }
}

class NodeKey implements VerificationKey {
  readonly keyid?: string;
  readonly algorithm?: string;
  readonly #key: KeyObject;
  readonly #jwk: Jwk;
  /** Bytes of an RSA modulus; unset for other keys. */
  readonly #modulusLength: number | undefined;

  constructor(key: KeyObject, jwk: Jwk, keyid: string | undefined) {
    this.#key = key;
    this.#jwk = jwk;
    const bits = key.asymmetricKeyDetails?.modulusLength;
    if (bits !== undefined) this.#modulusLength = Math.ceil(bits / 8);
    if (keyid !== undefined) this.keyid = keyid;
    if (typeof jwk['alg'] === 'string') this.algorithm = jwk['alg'];
  }

  fits(algorithm: string): boolean {
    return keyFits(this.#jwk, algorithm);
  }

  verify(algorithm: string, signature: Uint8Array, data: Uint8Array): boolean {
    const { kty, digest, padding, signatureLength } = findAlgorithm(algorithm) as Algorithm;
    // RFC 8017 §8.1.2: OpenSSL itself takes a PSS signature without its leading zeros, a second spelling.
    const length = signatureLength ?? this.#modulusLength;
    if (length !== undefined && signature.length !== length) return false;
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
