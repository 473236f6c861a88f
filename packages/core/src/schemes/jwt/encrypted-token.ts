import { decodeBase64url } from '../../base/base64.js';
import { fromUtf8, toUtf8 } from '../../base/bytes.js';
import { parseJsonObject } from '../../base/strict-json.js';
import type { Jwk } from '../../contracts/key.js';
import type { Failure } from '../../contracts/failure.js';
import { failure } from '../../errors/failures.js';
import { parseToken, type HeaderMemory, type ParsedToken } from './token.js';

/** A JWE in compact form (RFC 7516 §7.1), taken apart; nothing in it is proved, and its claims are not known. */
export interface EncryptedToken {
  readonly text: string;
  readonly encrypted: {
    readonly alg: string;
    readonly enc: string;
    readonly keyid: string | undefined;
    readonly compressed: boolean;
    readonly critical: boolean;
  };
}

/** A private key for decryption, still as it stands in the options. */
export interface DecryptionKey {
  readonly jwk: Jwk;
  readonly alg: string;
  readonly keyid: string | undefined;
}

/** Key management by public keys alone: `dir`, key wrapping and passwords prove nothing, and RSA1_5 leaks (RFC 8725 §3.2). */
export const keyManagementAlgorithms: readonly string[] = Object.freeze([
  'RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW',
]); // prettier-ignore
const contentEncryptionAlgorithms = [
  'A128GCM',
  'A192GCM',
  'A256GCM',
  'A128CBC-HS256',
  'A192CBC-HS384',
  'A256CBC-HS512',
];
const maxKeyidBytes = 256;

/**
 * Takes a compact JWE apart.
 * Checks: five parts in canonical base64url, of which only the encrypted key may be empty; a header that is one JSON object with
 * `alg` and `enc`, and a `kid` of at most 256 bytes.
 * @returns undefined where the text is no such token. Linear in time.
 */
export function parseEncryptedToken(text: string): EncryptedToken | undefined {
  const parts = text.split('.', 6);
  if (parts.length !== 5) return undefined;
  const decoded = parts.map(decodeBase64url);
  if (!decoded.every((bytes, index) => bytes !== undefined && (index === 1 || bytes.length > 0))) return undefined;
  const header = parseJsonObject(decoded[0]!);
  if (header === undefined) return undefined;
  const { alg, enc, kid, zip, crit } = header;
  if (typeof alg !== 'string' || typeof enc !== 'string') return undefined;
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || toUtf8(kid).length > maxKeyidBytes))
    return undefined;
  return {
    text,
    encrypted: { alg, enc, keyid: kid, compressed: zip !== undefined, critical: crit !== undefined },
  };
}

/**
 * Decrypts a token, and takes the signed token in it apart (RFC 7519 §5.2).
 * Checks: nothing critical, no compression (RFC 8725 §3.6), key management by one of our keys and its own algorithm alone, one
 * level of encryption. Encryption to a public key proves nothing: what is not signed inside is refused.
 * Does not check: the signature and all else, which come after.
 */
export async function decryptToken(
  { text, encrypted }: EncryptedToken,
  keys: readonly DecryptionKey[],
  headers: HeaderMemory,
): Promise<ParsedToken | Failure> {
  const { alg, enc, keyid, compressed, critical } = encrypted;
  if (critical) return failure('crit-not-understood');
  if (compressed || !contentEncryptionAlgorithms.includes(enc)) return failure('alg-not-allowed');
  if (!keys.some((key) => key.alg === alg)) return failure('alg-not-allowed');
  const named = keys.filter((key) => keyid === undefined || key.keyid === keyid);
  const key = named.find((candidate) => candidate.alg === alg);
  if (key === undefined) return failure(named.length === 0 ? 'unknown-key' : 'alg-key-mismatch');
  const plaintext = await decrypt(text, key);
  if (plaintext === undefined) return failure('decryption-failed');
  const inner = fromUtf8(plaintext);
  const token = inner === undefined ? undefined : parseToken(inner, headers);
  if (token !== undefined) return token;
  return failure(parseJsonObject(plaintext) === undefined ? 'malformed-token' : 'not-signed');
}

async function decrypt(text: string, { jwk, alg }: DecryptionKey): Promise<Uint8Array | undefined> {
  // Loaded by whoever decrypts, not by all who import this package; by their parts, since the whole would come in one piece.
  const { compactDecrypt } = await import('jose/jwe/compact/decrypt');
  const { importJWK } = await import('jose/key/import');
  try {
    const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms };
    return (await compactDecrypt(text, await importJWK(jwk, alg), options)).plaintext;
  } catch {
    // Why is for nobody to know: it would be an oracle.
    return undefined;
  }
}
