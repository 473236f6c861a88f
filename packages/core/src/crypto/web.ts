import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { exportJWK, importJWK, importPKCS8, importSPKI, type JWK } from 'jose';

import { decodeBase64url, encodeBase64url } from '../base/base64.js';
import { fromAscii, toHex, toUtf8 } from '../base/bytes.js';
import type { Jwk, VerificationKey } from '../contracts/key.js';
import { asymmetricAlgorithms, findAlgorithm, type Algorithm } from './algorithms.js';
import type { CryptoBackend, Sign, SignedData } from './crypto.js';
import { ecdsaFromDer, ecdsaToDer } from './ecdsa-der.js';
import { keyFits } from './fits.js';
import { argon2idByNoble, scryptByNoble } from './password-hash-noble.js';

const { subtle } = globalThis.crypto;

/** Web Crypto, for every runtime: keys through `jose`, hashes (which must not wait) by `@noble/hashes`. */
export const crypto: CryptoBackend = {
  async importPublicKey(jwk) {
    const key = new WebKey(jwk, (algorithm) => importJwk(jwk, algorithm.name));
    // Imported for one algorithm at once, so that a point off its curve shows now and not at the first request.
    await key.load(asymmetricAlgorithms.find((algorithm) => key.fits(algorithm))!);
    return key;
  },
  importSecret(secret, keyid) {
    const bytes = Uint8Array.from(secret);
    return new WebKey({ kty: 'oct', kid: keyid }, (algorithm) =>
      subtle.importKey('raw', bytes, { name: 'HMAC', hash: hashOf(algorithm) }, false, ['verify']),
    );
  },
  async importPrivateKey(jwk, algorithm) {
    const key = (await importJWK(jwk as JWK, algorithm)) as CryptoKey;
    return signerOf(key, findAlgorithm(algorithm) as Algorithm);
  },
  async importSigningSecret(secret, algorithm) {
    const known = findAlgorithm(algorithm) as Algorithm;
    const parameters = { name: 'HMAC', hash: hashOf(known) };
    return signerOf(await subtle.importKey('raw', Uint8Array.from(secret), parameters, false, ['sign']), known);
  },
  async generateKeyPair(name) {
    const algorithm = findAlgorithm(name) as Algorithm;
    const generated = await subtle.generateKey(generationOf(algorithm), false, ['sign', 'verify']);
    const { publicKey, privateKey } = generated as CryptoKeyPair;
    return { sign: signerOf(privateKey, algorithm), publicJwk: { ...(await subtle.exportKey('jwk', publicKey)) } };
  },
  readPrivateKey: async (pem, algorithm) => exportJWK(await importPKCS8(pem, algorithm, { extractable: true })),
  readPublicKey: async (pem, algorithm) => exportJWK(await importSPKI(pem, algorithm, { extractable: true })),
  verifySigned,
  sha256: (data) => sha256(data),
  sha512: (data) => sha512(data),
  decodeBase64url,
  encodeBase64url,
  fromAscii,
  sha256Text: (text) => encodeBase64url(sha256(toUtf8(text))),
  scrypt: scryptByNoble,
  argon2id: argon2idByNoble,
};

function signerOf(key: CryptoKey, algorithm: Algorithm): Sign {
  return async (data) => new Uint8Array(await subtle.sign(parametersOf(algorithm), key, Uint8Array.from(data)));
}

const curveLengths = { 'P-256': 64, 'P-384': 96, 'P-521': 132 } as const;

async function verifySigned({ spki, algorithm, signature, data }: SignedData): Promise<boolean> {
  const check = async (parameters: object, use: object, form: Uint8Array): Promise<boolean> => {
    const key = await subtle.importKey('spki', Uint8Array.from(spki), parameters as { name: string }, false, [
      'verify',
    ]);
    return subtle.verify(use as { name: string }, key, Uint8Array.from(form), Uint8Array.from(data));
  };
  const attempt = (parameters: object, use: object, form: () => Uint8Array): Promise<boolean> =>
    Promise.resolve().then(() => check(parameters, use, form())).catch(() => false); // prettier-ignore
  if (algorithm.kind === 'ed25519') return attempt({ name: 'Ed25519' }, { name: 'Ed25519' }, () => signature);
  const hash = algorithm.digest.replace('sha', 'SHA-');
  switch (algorithm.kind) {
    case 'rsa':
      return attempt({ name: 'RSASSA-PKCS1-v1_5', hash }, { name: 'RSASSA-PKCS1-v1_5' }, () => signature);
    case 'rsa-pss':
      return attempt({ name: 'RSA-PSS', hash }, { name: 'RSA-PSS', saltLength: algorithm.saltLength }, () => signature);
    case 'ecdsa':
      // An import for another curve than the key's is refused: the key tells which is right.
      for (const [namedCurve, length] of Object.entries(curveLengths)) {
        const form = (): Uint8Array => ecdsaFromStrictDer(signature, length);
        if (await attempt({ name: 'ECDSA', namedCurve }, { name: 'ECDSA', hash }, form)) return true;
      }
      return false;
  }
}

/** Throws where the bytes are not the one encoding of a signature: else whoever changes them makes another that is good. */
function ecdsaFromStrictDer(der: Uint8Array, length: number): Uint8Array {
  const signature = ecdsaFromDer(der, length);
  if (toHex(ecdsaToDer(signature)) !== toHex(der)) throw new TypeError('not DER');
  return signature;
}

async function importJwk(jwk: Jwk, algorithm: string): Promise<CryptoKey> {
  const { kty, crv, n, e, x, y } = jwk;
  const members = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x };
  return (await importJWK(members as JWK, algorithm)) as CryptoKey;
}

class WebKey implements VerificationKey {
  readonly keyid?: string;
  readonly algorithm?: string;
  readonly #jwk: Jwk;
  readonly #import: (algorithm: Algorithm) => Promise<CryptoKey>;
  // Web Crypto binds a key to one algorithm: one import for each that fits, a handful at most.
  readonly #keys = new Map<string, Promise<CryptoKey>>();

  constructor(jwk: Jwk, importFor: (algorithm: Algorithm) => Promise<CryptoKey>) {
    this.#jwk = jwk;
    this.#import = importFor;
    if (typeof jwk['kid'] === 'string') this.keyid = jwk['kid'];
    if (typeof jwk['alg'] === 'string') this.algorithm = jwk['alg'];
  }

  fits(algorithm: string): boolean {
    return keyFits(this.#jwk, algorithm);
  }

  load(algorithm: string): Promise<CryptoKey> {
    let key = this.#keys.get(algorithm);
    if (key === undefined) {
      key = this.#import(findAlgorithm(algorithm) as Algorithm);
      this.#keys.set(algorithm, key);
    }
    return key;
  }

  async verify(algorithm: string, signature: Uint8Array, data: Uint8Array): Promise<boolean> {
    const known = findAlgorithm(algorithm) as Algorithm;
    // RFC 8017 §8.1.2: a platform may take a PSS signature without its leading zeros, a second spelling.
    const length = known.signatureLength ?? modulusLengthOf(this.#jwk);
    if (length !== undefined && signature.length !== length) return false;
    const key = await this.load(algorithm);
    return subtle.verify(parametersOf(known), key, Uint8Array.from(signature), Uint8Array.from(data));
  }
}

/** Bytes of an RSA modulus, which `findJwkFault` has found in its one spelling. */
function modulusLengthOf({ n }: Jwk): number | undefined {
  return typeof n === 'string' ? Math.floor((n.length * 3) / 4) : undefined;
}

const hashOf = (algorithm: Algorithm): string => algorithm.digest!.replace('sha', 'SHA-');

function generationOf(algorithm: Algorithm): RsaHashedKeyGenParams | EcKeyGenParams | { readonly name: string } {
  const { name } = parametersOf(algorithm);
  if (algorithm.kty === 'EC') return { name, namedCurve: algorithm.crv! };
  if (algorithm.kty === 'OKP') return { name };
  // 65537.
  return { name, hash: hashOf(algorithm), modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
}

function parametersOf(algorithm: Algorithm): { name: string; hash?: string; saltLength?: number } {
  switch (algorithm.kty) {
    case 'oct':
      return { name: 'HMAC' };
    case 'OKP':
      return { name: 'Ed25519' };
    case 'EC':
      return { name: 'ECDSA', hash: hashOf(algorithm) };
    case 'RSA':
      return algorithm.padding === 'pkcs1'
        ? { name: 'RSASSA-PKCS1-v1_5' }
        : { name: 'RSA-PSS', saltLength: Number(algorithm.digest!.slice(3)) / 8 };
  }
}
