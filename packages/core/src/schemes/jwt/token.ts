import { crypto } from '#crypto';

import { parseJsonObject, type JsonObject } from '../../base/strict-json.js';
import { decodeJsonPart, parseJoseHeader, signingInputOf, splitCompact, type JoseHeader } from '../../crypto/jws.js';

/** A JWT in compact form (RFC 7519 §7.2), taken apart; nothing in it is proved. */
export interface ParsedToken {
  readonly text: string;
  readonly header: JoseHeader;
  readonly claims: JsonObject;
  readonly signature: Uint8Array;
}

/**
 * Takes a compact JWS apart.
 * Checks: three parts, the first two not empty, each in canonical base64url; header and claims are JSON objects without doubled members;
 * `alg`, `kid`, `typ` and `crit` have the shape of RFC 7515 §4.1. A JWE (five parts) is not a token here.
 * Does not check: anything that these say.
 * @returns undefined where the text is no such token. Linear in time.
 */
export function parseToken(text: string, headers = new HeaderMemory()): ParsedToken | undefined {
  const parts = splitCompact(text);
  const header = parts && headers.parse(parts.header);
  if (parts === undefined || header === undefined) return undefined;
  const claims = decodeJsonPart(parts.payload);
  const signature = crypto.decodeBase64url(parts.signature);
  if (claims === undefined || signature === undefined) return undefined;
  return { text, header, claims, signature };
}

const maxHeaders = 64;
const longestHeader = 256;

/** Remembers headers: all tokens of one key have the same. What it answers depends on the text alone. */
export class HeaderMemory {
  readonly #parsed = new Map<string, JoseHeader>();

  parse(part: string): JoseHeader | undefined {
    const known = this.#parsed.get(part);
    if (known !== undefined) return known;
    const bytes = crypto.decodeBase64url(part);
    const object = bytes && parseJsonObject(bytes);
    const header = object && parseJoseHeader(object);
    if (bytes === undefined || header === undefined || part.length > longestHeader) return header;
    // Whoever invents headers only empties it.
    if (this.#parsed.size >= maxHeaders) this.#parsed.clear();
    // Written anew: a slice would keep its whole token in memory.
    this.#parsed.set(crypto.encodeBase64url(bytes), header);
    return header;
  }
}

/** The bytes that were signed (RFC 7515 §5.1): header and claims as sent. */
export function signingInput(token: ParsedToken): Uint8Array {
  return signingInputOf(token.text);
}
