import { crypto } from '#crypto';

import { after } from '../base/awaitable.js';
import { parseTime } from '../base/time.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Jwk, VerificationKey } from '../contracts/key.js';
import { keyFits } from '../crypto/fits.js';
import { findJwkFault } from '../crypto/jwk.js';
import { configurationError, isConfigurationError } from '../errors/configuration-error.js';
import { Faults } from '../errors/faults.js';
import { readSharedSecret } from '../keys/shared-secret.js';
import { isSignatureAlgorithm, signatureAlgorithms, toJoseName, type SignatureAlgorithm } from './algorithms.js';

/** A key that verifies signatures of messages. Exactly one of `publicKeyPem`, `publicJwk` and `secretBase64`. */
export interface SignatureKeyOptions {
  /** 1 to 256 characters of visible ASCII. One `keyid` twice is two live keys, for the time of a rotation. */
  readonly keyid: string;
  readonly alg: SignatureAlgorithm;
  /** `-----BEGIN PUBLIC KEY-----`. */
  readonly publicKeyPem?: string;
  /** A public JWK (RFC 7517). */
  readonly publicJwk?: Jwk;
  /** For `hmac-sha256`: base64 with padding, 32 bytes or more. */
  readonly secretBase64?: string;
  /** From then on it is refused: seconds since the epoch, or RFC 3339. */
  readonly notAfter?: number | string;
  readonly revoked?: boolean;
}

/** `SignatureKeyOptions`, checked. Shows nothing of the key. */
export interface SignatureKey {
  readonly keyid: string;
  readonly alg: SignatureAlgorithm;
  /** Seconds since the epoch; infinite where it has no end, and 0 where it was revoked. */
  readonly endsAt: number;
  verify(signature: Uint8Array, base: Uint8Array): Awaitable<boolean>;
  /** Imports the key, where the platform takes its time. */
  ready(): Awaitable<void>;
}

export const signatureKeyMembers = [
  'keyid', 'alg', 'publicKeyPem', 'publicJwk', 'secretBase64', 'notAfter', 'revoked',
] as const satisfies readonly (keyof SignatureKeyOptions)[]; // prettier-ignore

const sources = ['publicKeyPem', 'publicJwk', 'secretBase64'] as const;
const keyidPattern = /^[\x21-\x7e]{1,256}$/;
const publicPem = /^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/;

/**
 * Checks the options of one key: that it is of its algorithm and as strong as it must be, and no private key.
 * Does not check: members beyond those of `SignatureKeyOptions`.
 * @throws ConfigurationError with every fault; none shows a secret.
 */
export function readSignatureKey(options: SignatureKeyOptions): SignatureKey {
  const faults = new Faults();
  const { keyid, alg, notAfter, revoked = false } = options;
  if (typeof keyid !== 'string' || !keyidPattern.test(keyid))
    faults.add('keyid', 'invalid-option', 'must be 1 to 256 characters of visible ASCII');
  const end = notAfter === undefined ? Number.POSITIVE_INFINITY : parseTime(notAfter);
  if (end === undefined)
    faults.add('notAfter', 'invalid-option', 'must be seconds since the epoch, or a time as in RFC 3339');
  if (typeof revoked !== 'boolean') faults.add('revoked', 'invalid-option', 'must be true or false');
  if (isSignatureAlgorithm(alg)) checkSource(options, faults);
  else faults.add('alg', 'unknown-algorithm', `must be one of ${signatureAlgorithms.join(', ')}`);
  const material = faults.found.length > 0 ? undefined : faults.within('', () => readMaterial(options));
  faults.throwIfAny();
  return new ImportedKey(keyid, alg, revoked ? 0 : end!, material!);
}

function checkSource(options: SignatureKeyOptions, faults: Faults): void {
  const given = sources.filter((name) => options[name] !== undefined);
  if (given.length !== 1) {
    faults.add('publicKeyPem', 'keys-required', `write exactly one of ${sources.join(', ')}`);
  } else if ((options.alg === 'hmac-sha256') !== (given[0] === 'secretBase64')) {
    faults.add('alg', 'mixed-algorithm-families', 'must be hmac-sha256 beside secretBase64, and only there');
  }
}

type Material = Uint8Array | (() => Awaitable<Jwk>);

function readMaterial({ alg, publicKeyPem, publicJwk, secretBase64 }: SignatureKeyOptions): Material {
  const algorithm = toJoseName(alg);
  if (secretBase64 !== undefined) return readSecret(secretBase64);
  if (publicJwk !== undefined) {
    checkJwk(publicJwk, 'publicJwk', algorithm);
    return () => publicJwk;
  }
  if (typeof publicKeyPem === 'string' && publicKeyPem.includes('PRIVATE KEY'))
    throw configurationError('publicKeyPem', 'private-key-published', 'is a private key: write the public one alone');
  if (typeof publicKeyPem !== 'string' || !publicPem.test(publicKeyPem))
    throw configurationError('publicKeyPem', 'malformed-key', 'must be one public key: -----BEGIN PUBLIC KEY-----');
  return () => after(crypto.readPublicKey(publicKeyPem, algorithm), (jwk) => checkJwk(jwk, 'publicKeyPem', algorithm));
}

/** Whatever is wrong with a secret, it is too weak for a signature. */
function readSecret(secretBase64: string): Uint8Array {
  try {
    return readSharedSecret(secretBase64, ['HS256']);
  } catch (error) {
    const [fault] = isConfigurationError(error) ? error.faults : [];
    if (fault?.reason !== 'public-key-as-secret') throw error;
    throw configurationError('secretBase64', 'weak-secret', fault.message.replace('jwks', 'publicKeyPem'));
  }
}

function checkJwk(jwk: Jwk, path: string, algorithm: string): Jwk {
  const fault = findJwkFault(jwk);
  if (fault !== undefined)
    throw configurationError(path, fault, 'is malformed or too weak, or no public key for verifying');
  if (!keyFits(jwk, algorithm)) throw configurationError(path, 'alg-key-mismatch', 'is no key of this alg');
  return jwk;
}

class ImportedKey implements SignatureKey {
  readonly keyid: string;
  readonly alg: SignatureAlgorithm;
  readonly endsAt: number;
  readonly #algorithm: string;
  #key: Awaitable<VerificationKey> | undefined;
  readonly #load: () => Awaitable<VerificationKey>;

  constructor(keyid: string, alg: SignatureAlgorithm, endsAt: number, material: Material) {
    this.keyid = keyid;
    this.alg = alg;
    this.endsAt = endsAt;
    this.#algorithm = toJoseName(alg);
    this.#load = () =>
      typeof material === 'function'
        ? after(material(), (jwk) => crypto.importPublicKey(jwk))
        : crypto.importSecret(material);
    try {
      // Where the platform answers at once, a key that it refuses shows at the start; else at `ready()`.
      void after(this.#find(), () => undefined);
    } catch (error) {
      refuse(error);
    }
  }

  verify(signature: Uint8Array, base: Uint8Array): Awaitable<boolean> {
    return after(this.#find(), (key) => key.verify(this.#algorithm, signature, base));
  }

  ready(): Awaitable<void> {
    return after(this.#find(), () => undefined);
  }

  #find(): Awaitable<VerificationKey> {
    if (this.#key === undefined) {
      const key = this.#load();
      this.#key = key instanceof Promise ? this.#settle(key) : key;
    }
    return this.#key;
  }

  /** Kept once it is there, so that later signatures wait for their own check alone. */
  #settle(key: Promise<VerificationKey>): Promise<VerificationKey> {
    const settled = key.then((loaded) => (this.#key = loaded), refuse);
    settled.catch(() => undefined);
    return settled;
  }
}

/** What the platform says of a key that it refuses may quote it. */
function refuse(error: unknown): never {
  throw isConfigurationError(error)
    ? error
    : configurationError(
        'publicKeyPem',
        'malformed-key',
        'is a key that the platform refuses (a point off its curve?)',
      );
}
