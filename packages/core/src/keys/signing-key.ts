import { crypto } from '#crypto';

import type { Jwk } from '../contracts/key.js';
import type { SigningKey } from '../contracts/signer.js';
import { asymmetricAlgorithms, findAlgorithm, isSymmetric } from '../crypto/algorithms.js';
import type { Sign } from '../crypto/crypto.js';
import { keyFits } from '../crypto/fits.js';
import { findPrivateJwkFault } from '../crypto/jwk.js';
import { configurationError } from '../errors/configuration-error.js';
import { Faults } from '../errors/faults.js';
import { readSharedSecret } from './shared-secret.js';

/** Options of `createSigningKey`. Exactly one of `privateJwk`, `privateKeyPem` and `secretBase64`. */
export interface SigningKeyOptions {
  /** One algorithm: `ES256`, `EdDSA`, `RS256`, `HS256` … Default: `alg` of the JWK. */
  readonly algorithm?: string;
  /** A private JWK (RFC 7517). */
  readonly privateJwk?: Jwk;
  /** A private key in PEM: PKCS #8, `-----BEGIN PRIVATE KEY-----`. */
  readonly privateKeyPem?: string;
  /** A shared secret: base64 with padding, at least as long as the digest (RFC 7518 §3.2). */
  readonly secretBase64?: string;
  /** `kid` of what it signs; default that of the JWK. */
  readonly keyid?: string;
}

const known = ['algorithm', 'privateJwk', 'privateKeyPem', 'secretBase64', 'keyid'];
const sources = ['privateJwk', 'privateKeyPem', 'secretBase64'] as const;

/**
 * Makes a key that signs, for tokens, assertions and proofs.
 *
 * Checks: that the key is for the algorithm, and as strong as a verifier asks: RSA of 2048 bits, a secret as long as the digest.
 * Does not check: how the key came here. It is not kept but in the platform's own form.
 * @throws ConfigurationError with every fault of the options; none shows the key.
 * @example await createSigningKey({ algorithm: 'ES256', privateKeyPem, keyid: '2026-01' })
 */
export async function createSigningKey(options: SigningKeyOptions): Promise<SigningKey> {
  const { privateJwk, secretBase64 } = options;
  const algorithm = checkSigningKeyOptions(options);
  const keyid = options.keyid ?? privateJwk?.['kid'];
  const sign =
    secretBase64 === undefined
      ? await importPrivateKey(options, algorithm)
      : await crypto.importSigningSecret(readSharedSecret(secretBase64, [algorithm]), algorithm);
  return Object.freeze({ algorithm, sign, ...(typeof keyid === 'string' && { keyid }) });
}

/**
 * Checks the options of `createSigningKey`, but not the key itself.
 * @returns the algorithm
 * @throws ConfigurationError with every fault
 */
export function checkSigningKeyOptions(options: SigningKeyOptions): string {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { privateJwk, secretBase64, keyid } = options;
  const algorithm: unknown = options.algorithm ?? (privateJwk as Jwk | null | undefined)?.['alg'];
  if (sources.filter((name) => options[name] !== undefined).length !== 1)
    faults.add('privateJwk', 'keys-required', `write exactly one of ${sources.join(', ')}`);
  if (typeof algorithm !== 'string' || findAlgorithm(algorithm) === undefined) {
    faults.add(
      'algorithm',
      'unknown-algorithm',
      `must be one of ${asymmetricAlgorithms.join(', ')}, HS256, HS384, HS512`,
    );
  } else if (isSymmetric(algorithm) !== (secretBase64 !== undefined)) {
    faults.add(
      'algorithm',
      'mixed-algorithm-families',
      'must be HS256, HS384 or HS512 beside secretBase64, and only there',
    );
  }
  if (keyid !== undefined && (typeof keyid !== 'string' || keyid === ''))
    faults.add('keyid', 'invalid-option', 'must be text, and not empty');
  faults.throwIfAny();
  return algorithm as string;
}

async function importPrivateKey({ privateJwk, privateKeyPem }: SigningKeyOptions, algorithm: string): Promise<Sign> {
  const name = privateJwk === undefined ? 'privateKeyPem' : 'privateJwk';
  // What the platform says of a key that it refuses may quote it.
  const refuse = (): never => {
    throw configurationError(name, 'malformed-key', 'is no private key that the platform takes; PEM must be PKCS #8');
  };
  const jwk = privateJwk ?? (await attempt(() => crypto.readPrivateKey(privateKeyPem!, algorithm)).catch(refuse));
  const fault = findPrivateJwkFault(jwk);
  if (fault !== undefined) throw configurationError(name, fault, 'is malformed or too weak, or not for signing');
  if (!keyFits(jwk, algorithm)) throw configurationError(name, 'alg-key-mismatch', `is no key for ${algorithm}`);
  const { kty, crv, n, e, x, y, d, p, q, dp, dq, qi } = jwk;
  const members =
    kty === 'RSA' ? { kty, n, e, d, p, q, dp, dq, qi } : kty === 'EC' ? { kty, crv, x, y, d } : { kty, crv, x, d };
  return attempt(() => crypto.importPrivateKey(members, algorithm)).catch(refuse);
}

/** One back end throws at once, the other later. */
const attempt = async <T>(step: () => T | Promise<T>): Promise<T> => step();
