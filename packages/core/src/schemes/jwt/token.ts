import { crypto } from '#crypto';

import { toUtf8 } from '../../base/bytes.js';
import { parseJsonObject, type JsonObject } from '../../base/strict-json.js';

/** A JWT in compact form (RFC 7519 §7.2), taken apart; nothing in it is proved. */
export interface ParsedToken {
  readonly text: string;
  readonly header: JoseHeader;
  readonly claims: JsonObject;
  readonly signature: Uint8Array;
}

/** The header parameters that are looked at (RFC 7515 §4.1). Keys in a header (`jwk`, `jku`, `x5u`, `x5c`) are not. */
export interface JoseHeader {
  readonly alg: string;
  readonly kid?: string;
  /** Lower case, without `application/` (RFC 7515 §4.1.9). */
  readonly typ?: string;
  /** Whether `crit` names an extension; none is understood here. */
  readonly critical: boolean;
}

const maxKeyidBytes = 256;
const registered = new Set(['alg', 'jku', 'jwk', 'kid', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'typ', 'cty', 'crit']);

/**
 * Takes a compact JWS apart.
 * Checks: three parts, the first two not empty, each in canonical base64url; header and claims are JSON objects without doubled members;
 * `alg`, `kid`, `typ` and `crit` have the shape of RFC 7515 §4.1. A JWE (five parts) is not a token here.
 * Does not check: anything that these say.
 * @returns undefined where the text is no such token. Linear in time.
 */
export function parseToken(text: string, headers = new HeaderMemory()): ParsedToken | undefined {
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (first <= 0 || second === first + 1 || second === -1) return undefined;
  if (text.includes('.', second + 1)) return undefined;
  const header = headers.parse(text.slice(0, first));
  if (header === undefined) return undefined;
  const claims = decodeObject(text.slice(first + 1, second));
  const signature = crypto.decodeBase64url(text.slice(second + 1));
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
    const header = bytes && parseHeader(parseJsonObject(bytes));
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
  return crypto.fromAscii(token.text.slice(0, token.text.lastIndexOf('.')));
}

function decodeObject(part: string): JsonObject | undefined {
  const bytes = crypto.decodeBase64url(part);
  return bytes === undefined ? undefined : parseJsonObject(bytes);
}

function parseHeader(header: JsonObject | undefined): JoseHeader | undefined {
  if (header === undefined) return undefined;
  const { alg, kid, typ, cty, crit } = header;
  if (typeof alg !== 'string' || alg === '') return undefined;
  if (kid !== undefined && (typeof kid !== 'string' || !isKeyid(kid))) return undefined;
  if (typ !== undefined && typeof typ !== 'string') return undefined;
  // A nested token (RFC 7519 §5.2) is none of ours.
  if (cty !== undefined) return undefined;
  if (crit === undefined ? 'b64' in header : !isCritical(crit, header)) return undefined;
  return Object.freeze({
    alg,
    critical: crit !== undefined,
    ...(kid !== undefined && { kid }),
    ...(typ !== undefined && { typ: typ.toLowerCase().replace(/^application\//, '') }),
  });
}

function isKeyid(kid: string): boolean {
  // A UTF-16 unit is at most three bytes: most need no counting.
  return kid !== '' && (kid.length * 3 <= maxKeyidBytes || toUtf8(kid).length <= maxKeyidBytes);
}

/** RFC 7515 §4.1.11: a list, not empty, of distinct names of extensions that are there. */
function isCritical(crit: unknown, header: JsonObject): boolean {
  if (!Array.isArray(crit) || crit.length === 0 || new Set(crit).size !== crit.length) return false;
  return crit.every((name) => typeof name === 'string' && !registered.has(name) && name in header);
}
