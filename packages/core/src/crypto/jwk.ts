import type { Jwk } from '../contracts/key.js';
import { toHex } from '../base/bytes.js';
import { decodeBase64url } from '../base/base64.js';
import { findAlgorithm } from './algorithms.js';

/** Why a key of a set is not used for verifying. */
export type JwkFault =
  | 'not-a-verification-key'
  | 'unknown-key-type'
  | 'malformed-key'
  | 'weak-key'
  | 'private-key-published'
  | 'symmetric-key-published';

const minimumRsaBits = 2048;
// A modulus beyond this only burns time.
const maximumRsaBits = 16_384;
// RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2.
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];
const coordinateLength: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

/**
 * Looks at one JWK of a public set (RFC 7517 §4, RFC 7518 §6) before any back end sees it.
 * Checks: not private, not symmetric, for signatures by `use` and `key_ops`, a known type and curve, members well formed,
 * RSA of at least 2048 bits (RFC 7518 §3.3) with an odd modulus and a proper exponent, `alg` that fits the type.
 * Does not check: that a point lies on its curve; the import does.
 * @returns the fault, or undefined where the key is fit to be imported.
 */
export function findJwkFault(jwk: Jwk): JwkFault | undefined {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return 'malformed-key';
  const { kty, kid, alg } = jwk;
  if (kty === 'oct') return 'symmetric-key-published';
  if (secretMembers.some((name) => name in jwk)) return 'private-key-published';
  if (!forVerifying(jwk)) return 'not-a-verification-key';
  if (kid !== undefined && typeof kid !== 'string') return 'malformed-key';
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return 'unknown-key-type';
  if (alg !== undefined && !algorithmFits(jwk)) return 'unknown-key-type';
  return kty === 'RSA' ? findRsaFault(jwk) : findCurveFault(jwk);
}

const privateMembers: Readonly<Record<string, readonly string[]>> = {
  RSA: ['d', 'p', 'q', 'dp', 'dq', 'qi'],
  EC: ['d'],
  OKP: ['d'],
};

/**
 * Looks at one private JWK (RFC 7518 §6.2.2, §6.3.2; RFC 8037 §2) before any back end sees it.
 * Checks: all that `findJwkFault` checks of its public part; the private members; `use` and `key_ops` for signing.
 * Does not check: that private and public part belong together; the import does.
 */
export function findPrivateJwkFault(jwk: Jwk): JwkFault | undefined {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return 'malformed-key';
  const { kty, key_ops: operations, ...members } = jwk;
  const names = typeof kty === 'string' && Object.hasOwn(privateMembers, kty) ? privateMembers[kty]! : [];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('sign')))
    return 'not-a-verification-key';
  if (!names.every((name) => (octets(jwk[name])?.length ?? 0) > 0)) return 'malformed-key';
  const publicPart = Object.entries(members).filter(([name]) => !names.includes(name));
  return findJwkFault({ kty, ...Object.fromEntries(publicPart) });
}

function forVerifying(jwk: Jwk): boolean {
  const { use, key_ops: operations } = jwk;
  if (use !== undefined && use !== 'sig') return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

function algorithmFits(jwk: Jwk): boolean {
  const algorithm = typeof jwk['alg'] === 'string' ? findAlgorithm(jwk['alg']) : undefined;
  if (algorithm === undefined || algorithm.kty !== jwk['kty']) return false;
  return algorithm.crv === undefined || algorithm.crv === jwk['crv'];
}

function findRsaFault(jwk: Jwk): JwkFault | undefined {
  const modulus = unsignedInteger(jwk['n']);
  const exponent = unsignedInteger(jwk['e']);
  if (modulus === undefined || exponent === undefined) return 'malformed-key';
  const bits = modulus.length * 8 - Math.clz32(modulus[0]!) + 24;
  if (bits < minimumRsaBits || bits > maximumRsaBits || isEven(modulus)) return 'weak-key';
  if (isEven(exponent) || exponent.length > 8 || (exponent.length === 1 && exponent[0]! < 3)) return 'weak-key';
  return undefined;
}

function findCurveFault(jwk: Jwk): JwkFault | undefined {
  const { kty, crv } = jwk;
  if (kty === 'OKP') {
    if (crv !== 'Ed25519') return 'unknown-key-type';
    const point = octets(jwk['x']);
    if (point?.length !== 32) return 'malformed-key';
    return isSmallOrder(point) ? 'weak-key' : undefined;
  }
  const length = typeof crv === 'string' && Object.hasOwn(coordinateLength, crv) ? coordinateLength[crv] : undefined;
  if (length === undefined) return 'unknown-key-type';
  return octets(jwk['x'])?.length === length && octets(jwk['y'])?.length === length ? undefined : 'malformed-key';
}

// y of the points of order 1, 2, 4 and 8 on edwards25519, and of their other spellings, without the sign bit (RFC 8032 §5.1.7).
const smallOrder: ReadonlySet<string> = new Set([
  `00${'00'.repeat(31)}`,
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** Under such a key one signature fits many messages. */
function isSmallOrder(point: Uint8Array): boolean {
  const y = Uint8Array.from(point);
  y[31]! &= 0x7f;
  return smallOrder.has(toHex(y));
}

/** Big-endian, at least one octet, no leading zero (RFC 7518 §2, Base64urlUInt). */
function unsignedInteger(value: unknown): Uint8Array | undefined {
  const bytes = octets(value);
  return bytes !== undefined && bytes.length > 0 && bytes[0] !== 0 ? bytes : undefined;
}

function octets(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? decodeBase64url(value) : undefined;
}

function isEven(integer: Uint8Array): boolean {
  return integer[integer.length - 1]! % 2 === 0;
}
