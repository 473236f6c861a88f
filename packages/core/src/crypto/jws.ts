import { crypto } from '#crypto';

import { encodeBase64url } from '../base/base64.js';
import { fromAscii, toUtf8 } from '../base/bytes.js';
import { after } from '../base/awaitable.js';
import { parseJsonObject, type JsonObject } from '../base/strict-json.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { SigningKey } from '../contracts/signer.js';

/** The header parameters that are looked at (RFC 7515 §4.1). Keys in a header (`jwk`, `jku`, `x5u`, `x5c`) are not. */
export interface JoseHeader {
  readonly alg: string;
  readonly kid?: string;
  /** Lower case, without `application/` (RFC 7515 §4.1.9). */
  readonly typ?: string;
  /** Whether `crit` names an extension; none is understood here. */
  readonly critical: boolean;
}

/** A compact JWS (RFC 7515 §7.1) in its three parts, each still encoded. */
export interface CompactParts {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

const maxKeyidBytes = 256;
const registered = new Set(['alg', 'jku', 'jwk', 'kid', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'typ', 'cty', 'crit']);

/** Takes a text apart at its two dots; undefined for any other number, and where one of the first two parts is empty. */
export function splitCompact(text: string): CompactParts | undefined {
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (first <= 0 || second === first + 1 || second === -1) return undefined;
  if (text.includes('.', second + 1)) return undefined;
  return { header: text.slice(0, first), payload: text.slice(first + 1, second), signature: text.slice(second + 1) };
}

/** The bytes that were signed (RFC 7515 §5.1): header and payload as sent. */
export function signingInputOf(text: string): Uint8Array {
  return crypto.fromAscii(text.slice(0, text.lastIndexOf('.')));
}

/** Canonical base64url of one JSON object without doubled members; undefined for anything else. */
export function decodeJsonPart(part: string): JsonObject | undefined {
  const bytes = crypto.decodeBase64url(part);
  return bytes === undefined ? undefined : parseJsonObject(bytes);
}

/** Reads a header; undefined where `alg`, `kid`, `typ` or `crit` has not the shape of RFC 7515 §4.1. */
export function parseJoseHeader(header: JsonObject): JoseHeader | undefined {
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

/** Signs bytes under a protected header as they are: a compact JWS (RFC 7515 §5.1). */
export function signCompact(header: string, payload: Uint8Array, key: SigningKey): Awaitable<string> {
  const input = `${encodeBase64url(toUtf8(header))}.${encodeBase64url(payload)}`;
  return after(key.sign(fromAscii(input)), (signature) => `${input}.${encodeBase64url(signature)}`);
}
