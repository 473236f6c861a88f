import { crypto } from '#crypto';

import type { Failure } from '../contracts/failure.js';
import type { RequestHeaders } from '../contracts/request.js';
import { decodeJsonPart, splitCompact } from '../crypto/jws.js';
import { toUtf8 } from '../base/bytes.js';
import { isNumericDate } from '../base/time.js';
import { failure } from '../errors/failures.js';

/** What a proof says (RFC 9449 §4.2), well formed; nothing in it is proved. */
export interface DpopClaims {
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  /** Of a proof that comes with a token alone. */
  readonly ath: string | undefined;
  readonly nonce: string | undefined;
}

/** A DPoP proof, taken apart. */
export interface ParsedProof {
  readonly kind: 'proof';
  readonly text: string;
  /** Still encoded: all proofs by one key have the same. */
  readonly header: string;
  readonly claims: DpopClaims;
  readonly signature: Uint8Array;
}

const maxProofLength = 8192;
// Decision: a UUID has 36; more only fills memory.
const maxTokenIdBytes = 512;
const severalProofs = /^[\w.-]+(?:[ \t]*,[ \t]*[\w.-]+)+$/;
const malformed = failure('dpop-proof-malformed');

/**
 * Reads the `DPoP` field.
 * Checks: one field with one compact JWS of at most 8192 characters in canonical base64url (RFC 9449 §4.3, 1 and 2); claims that are one
 * JSON object with all that a proof has, each of its type (3).
 * Does not check: the header; what the claims say.
 * @param withToken whether it comes with an access token: then it has `ath`
 */
export function parseDpopProof(
  headers: RequestHeaders,
  { withToken }: { readonly withToken: boolean },
): ParsedProof | Failure {
  const [text, ...others] = headers.getAll('dpop');
  if (text === undefined) return failure('dpop-proof-missing');
  if (others.length > 0) return failure('dpop-proof-duplicate');
  if (text.length > maxProofLength) return malformed;
  if (text.includes(',') && severalProofs.test(text)) return failure('dpop-proof-duplicate');
  const parts = splitCompact(text);
  if (parts === undefined) return malformed;
  const payload = decodeJsonPart(parts.payload);
  const signature = crypto.decodeBase64url(parts.signature);
  if (payload === undefined || signature === undefined) return malformed;
  const { jti, htm, htu, iat, ath, nonce } = payload;
  const wellFormed =
    isTokenId(jti) &&
    typeof htm === 'string' &&
    typeof htu === 'string' &&
    isNumericDate(iat) &&
    (typeof ath === 'string' || (ath === undefined && !withToken)) &&
    (nonce === undefined || typeof nonce === 'string');
  if (!wellFormed) return malformed;
  return { kind: 'proof', text, header: parts.header, claims: { jti, htm, htu, iat, ath, nonce }, signature };
}

function isTokenId(jti: unknown): jti is string {
  return (
    typeof jti === 'string' && jti !== '' && jti.length <= maxTokenIdBytes && toUtf8(jti).length <= maxTokenIdBytes
  );
}
