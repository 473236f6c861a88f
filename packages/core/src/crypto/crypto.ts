import type { Awaitable } from '../contracts/awaitable.js';
import type { Jwk, VerificationKey } from '../contracts/key.js';

/** Signs with one key and one algorithm, in the form of JOSE. */
export type Sign = (data: Uint8Array) => Awaitable<Uint8Array>;

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
  /** Imports a private key. Throws where the platform refuses it. */
  importPrivateKey(jwk: Jwk, algorithm: string): Awaitable<Sign>;
  /** Makes a key pair of an asymmetric algorithm; the private key stays in the platform's own form. */
  generateKeyPair(algorithm: string): Promise<GeneratedKey>;
  /** Imports a shared secret to sign by HMAC. */
  importSigningSecret(secret: Uint8Array, algorithm: string): Awaitable<Sign>;
  /** Reads a private key in PEM (PKCS #8, RFC 5958). Throws where it is none. */
  readPrivateKey(pem: string, algorithm: string): Awaitable<Jwk>;
  /** Reads a public key in PEM (SubjectPublicKeyInfo, RFC 5280 §4.1.2.7), which the caller has made sure of. Throws where it is none. */
  readPublicKey(pem: string, algorithm: string): Awaitable<Jwk>;
  sha256(data: Uint8Array): Uint8Array;
  sha512(data: Uint8Array): Uint8Array;
  /** As `decodeBase64url` of `base`, as fast as the platform can. */
  decodeBase64url(text: string): Uint8Array | undefined;
  /** As `encodeBase64url` of `base`, as fast as the platform can. */
  encodeBase64url(bytes: Uint8Array): string;
  /** As `fromAscii` of `base`, as fast as the platform can. */
  fromAscii(text: string): Uint8Array;
  /** SHA-256 of a text in UTF-8, in base64url: in one call, since look-ups by hash stand on it. */
  sha256Text(text: string): string;
  /** scrypt (RFC 7914). Slow on purpose; never in one piece on the thread that serves requests. */
  scrypt(input: DerivationInput, cost: ScryptCost): Promise<Uint8Array>;
  /** Argon2id, version 19 (RFC 9106). Slow on purpose, as `scrypt`. */
  argon2id(input: Argon2Input, cost: Argon2idCost): Promise<Uint8Array>;
}

/** A new key pair. */
export interface GeneratedKey {
  readonly sign: Sign;
  readonly publicJwk: Jwk;
}

export interface DerivationInput {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  /** Of the result, in bytes. */
  readonly length: number;
}

/** What Argon2 takes besides (RFC 9106 §3.1). */
export interface Argon2Input extends DerivationInput {
  readonly secret?: Uint8Array;
  readonly associatedData?: Uint8Array;
}

/** Cost of scrypt (RFC 7914 §2): memory is 128 × 2^costLog2 × blockSize bytes. */
export interface ScryptCost {
  /** Binary logarithm of N. */
  readonly costLog2: number;
  /** r. */
  readonly blockSize: number;
  /** p. */
  readonly parallelism: number;
}

/** Cost of Argon2id (RFC 9106 §3.1). */
export interface Argon2idCost {
  /** m. */
  readonly memoryKibibytes: number;
  /** t. */
  readonly passes: number;
  /** p. */
  readonly parallelism: number;
}
