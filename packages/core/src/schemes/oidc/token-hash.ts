import { encodeBase64url } from '../../base/base64.js';
import { constantTimeEqual } from '../../base/constant-time.js';
import { fromAscii, toUtf8 } from '../../base/bytes.js';
import { findAlgorithm } from '../../crypto/algorithms.js';

/**
 * Whether `at_hash` or `c_hash` is that of a value: the left half of its hash, by the digest of the ID token's own algorithm
 * (OpenID Connect Core §3.1.3.6). Ed25519 stands on SHA-512 (RFC 8032 §5.1).
 */
export async function isHashOf(hash: unknown, value: string, algorithm: string): Promise<boolean> {
  if (typeof hash !== 'string') return false;
  const digest = (findAlgorithm(algorithm)?.digest ?? 'sha512').replace('sha', 'SHA-');
  const whole = new Uint8Array(await crypto.subtle.digest(digest, toUtf8(value)));
  const half = encodeBase64url(whole.subarray(0, whole.length / 2));
  return constantTimeEqual(toUtf8(hash), fromAscii(half));
}
