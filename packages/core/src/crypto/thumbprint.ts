import { crypto } from '#crypto';

import type { Jwk } from '../contracts/key.js';

// In this order (RFC 7638 §3.3); RFC 8037 §2 for OKP.
const requiredMembers: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/**
 * The thumbprint of a public key (RFC 7638), by SHA-256, in base64url: the same for every way to write the key.
 * Checks: that the members which make the key are texts.
 * Does not check: that they are a key.
 * @throws TypeError for another type of key, and where a member is missing.
 * @example jwkThumbprint(publicJwk)   // '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'
 */
export function jwkThumbprint(jwk: Jwk): string {
  const kty = jwk['kty'];
  const names = typeof kty === 'string' && Object.hasOwn(requiredMembers, kty) ? requiredMembers[kty]! : [];
  if (names.length === 0 || !names.every((name) => typeof jwk[name] === 'string'))
    throw new TypeError('jwkThumbprint: must be a JWK of the type EC, OKP or RSA with all its public members');
  return crypto.sha256Text(JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]]))));
}

// The last of 43 characters has two bits that are none of a hash: zeros, in the one spelling (RFC 4648 §3.5).
const thumbprint = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** Whether a text can be a SHA-256 in base64url: 43 characters in their one spelling. */
export const isThumbprint = (value: unknown): value is string => typeof value === 'string' && thumbprint.test(value);
