import { decodeBase64 } from '../base/base64.js';
import { fromUtf8 } from '../base/bytes.js';
import { findAlgorithm } from '../crypto/algorithms.js';
import { configurationError } from '../errors/configuration-error.js';

const shortestSecret = 32;

/**
 * Reads `secretBase64`.
 * Checks: base64; no public key in disguise (RFC 8725 §3.1); as long as the longest digest (RFC 7518 §3.2); no example.
 * @throws ConfigurationError
 */
export function readSharedSecret(secretBase64: unknown, algorithms: readonly string[]): Uint8Array {
  const secret = typeof secretBase64 === 'string' ? decodeBase64(secretBase64) : undefined;
  if (secret === undefined)
    throw configurationError('secretBase64', 'malformed-secret', 'must be base64 with its padding (RFC 4648 §4)');
  if (looksLikePublicKey(secret))
    throw configurationError(
      'secretBase64',
      'public-key-as-secret',
      'is a public key, which is no secret; write it under jwks with its own algorithms',
    );
  const length = Math.max(shortestSecret, ...algorithms.map((name) => findAlgorithm(name)?.signatureLength ?? 0));
  if (secret.length < length || isExampleSecret(secret))
    throw configurationError(
      'secretBase64',
      'weak-secret',
      `must be at least ${length} random bytes (RFC 7518 §3.2); make one with: openssl rand -base64 ${length}`,
    );
  return secret;
}

/** PEM, JWK or JWK Set text, an OpenSSH key, or DER (a SEQUENCE that is as long as it says). */
function looksLikePublicKey(secret: Uint8Array): boolean {
  const text = fromUtf8(secret)?.trim() ?? '';
  if (/-----BEGIN |^(?:ssh-|ecdsa-sha2-)/.test(text)) return true;
  if (/^[[{]/.test(text) && /"(?:kty|keys)"/.test(text)) return true;
  if (secret[0] !== 0x30 || secret.length < 32) return false;
  const long = secret[1]! & 0x7f;
  if (secret[1]! < 0x80) return secret.length === 2 + secret[1]!;
  return (
    long > 0 &&
    long <= 3 &&
    secret.length === 2 + long + secret.subarray(2, 2 + long).reduce((length, byte) => length * 256 + byte, 0)
  );
}

// Secrets that stand in documents and on web pages: whoever copied one has none.
const exampleSecrets: ReadonlySet<string> = new Set([
  'a-string-secret-at-least-256-bits-long',
  'a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long',
  'your-256-bit-secret-your-256-bit-secret',
  'your-super-secret-jwt-token-with-at-least-32-characters-long',
  'super-secret-jwt-token-with-at-least-32-characters-long',
]);

function isExampleSecret(secret: Uint8Array): boolean {
  return new Set(secret).size < 8 || exampleSecrets.has(fromUtf8(secret) ?? '');
}
