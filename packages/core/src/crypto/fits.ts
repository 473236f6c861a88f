import type { Jwk } from '../contracts/key.js';
import { findAlgorithm, sameAlgorithm } from './algorithms.js';

/** Whether a key's type, curve and own `alg` fit an algorithm: what may be done is decided by options and key, never by a header. */
export function keyFits(jwk: Jwk, algorithm: string): boolean {
  const wanted = findAlgorithm(algorithm);
  if (wanted === undefined || wanted.kty !== jwk['kty']) return false;
  if (wanted.crv !== undefined && wanted.crv !== jwk['crv']) return false;
  const own = jwk['alg'];
  return own === undefined || (typeof own === 'string' && sameAlgorithm(own, algorithm));
}
