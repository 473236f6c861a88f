import { crypto } from '#crypto';

import { encodeBase64url } from '../base/base64.js';
import { toUtf8 } from '../base/bytes.js';
import { systemClock } from '../base/clock.js';
import { systemRandom } from '../base/random.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Clock, RandomSource } from '../contracts/clock.js';
import type { Jwk } from '../contracts/key.js';
import type { SigningKey } from '../contracts/signer.js';
import { asymmetricAlgorithms } from '../crypto/algorithms.js';
import type { Sign } from '../crypto/crypto.js';
import { signCompact } from '../crypto/jws.js';
import { jwkThumbprint } from '../crypto/thumbprint.js';
import { Faults } from '../errors/faults.js';
import { createSigningKey } from '../keys/signing-key.js';

/** Options of `createDpopKey`. */
export interface DpopKeyOptions {
  /** An asymmetric algorithm; default that of the JWK, else `ES256`. */
  readonly algorithm?: string;
  /** A private key that is there already (RFC 7517). Default: a new one, which cannot be taken out of this process. */
  readonly privateJwk?: Jwk;
}

/** A key that signs proofs. Shows its public part alone. */
export interface DpopKey extends SigningKey {
  readonly publicJwk: Jwk;
  /** What tokens are bound to: `cnf.jkt`, `dpop_jkt` (RFC 7638). */
  readonly thumbprint: string;
}

/** The request that a proof is for. */
export interface DpopRequest {
  /** As it will be on the wire: `POST`. */
  readonly method: string;
  /** An http or https URL; query and fragment are left out. */
  readonly url: string | URL;
  /** The token that is sent along; none to a token endpoint. */
  readonly accessToken?: string;
  /** The last `DPoP-Nonce` of this server. */
  readonly nonce?: string;
}

/** Where time and randomness of proofs come from. */
export interface DpopProofOptions {
  readonly clock?: Pick<Clock, 'now'>;
  readonly random?: RandomSource;
}

// RFC 9449 §4.2: at least 96 bits.
const tokenIdBytes = 12;

/**
 * Makes the key of a client for DPoP (RFC 9449).
 * @throws ConfigurationError with every fault of the options; none shows the key.
 * @example const key = await createDpopKey();
 */
export async function createDpopKey(options: DpopKeyOptions = {}): Promise<DpopKey> {
  const faults = new Faults();
  faults.addUnknown(options, ['algorithm', 'privateJwk']);
  const { privateJwk } = options;
  const algorithm = options.algorithm ?? (privateJwk?.['alg'] as string | undefined) ?? 'ES256';
  if (!asymmetricAlgorithms.includes(algorithm))
    faults.add('algorithm', 'unknown-algorithm', `must be one of ${asymmetricAlgorithms.join(', ')}`);
  faults.throwIfAny();
  if (privateJwk === undefined) {
    const { sign, publicJwk } = await crypto.generateKeyPair(algorithm);
    return toDpopKey(algorithm, sign, publicJwk);
  }
  const key = await createSigningKey({ algorithm, privateJwk });
  return toDpopKey(algorithm, (data) => key.sign(data), privateJwk);
}

function toDpopKey(algorithm: string, sign: Sign, { kty, crv, x, y, n, e }: Jwk): DpopKey {
  const publicJwk = Object.freeze(kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x });
  return Object.freeze({ algorithm, sign, publicJwk, thumbprint: jwkThumbprint(publicJwk) });
}

/**
 * Signs a DPoP proof for one request (RFC 9449 §4.2): the value of the field `DPoP`.
 *
 * Checks: that the URL is one of http or https.
 * Does not check: whether the server takes the algorithm, or wants a nonce; it answers `use_dpop_nonce` then.
 * @returns at once, or a promise where the key takes its time (RSA, Web Crypto). A proof is good once: each try needs its own.
 * @throws TypeError for another URL.
 * @example headers.set('dpop', await signDpopProof({ method: 'GET', url, accessToken, nonce }, key))
 */
export function signDpopProof(
  { method, url, accessToken, nonce }: DpopRequest,
  key: DpopKey,
  { clock = systemClock, random = systemRandom }: DpopProofOptions = {},
): Awaitable<string> {
  const claims = {
    jti: encodeBase64url(random(tokenIdBytes)),
    htm: method,
    htu: withoutQuery(url),
    iat: Math.floor(clock.now()),
    ...(accessToken !== undefined && { ath: crypto.sha256Text(accessToken) }),
    ...(nonce !== undefined && { nonce }),
  };
  const header = { typ: 'dpop+jwt', alg: key.algorithm, jwk: key.publicJwk };
  return signCompact(JSON.stringify(header), toUtf8(JSON.stringify(claims)), key);
}

function withoutQuery(url: string | URL): string {
  const { protocol, origin, pathname } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new TypeError('signDpopProof: url must be one of https, or http to this machine');
  return `${origin}${pathname}`;
}
