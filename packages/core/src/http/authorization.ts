import { encodeBase64 } from '../base/base64.js';
import { toUtf8 } from '../base/bytes.js';
import type { Failure } from '../contracts/failure.js';
import type { AuthRequest } from '../contracts/request.js';
import { failure } from '../errors/failures.js';

/** One well-formed `Authorization` field (RFC 9110 §11.6.2), still without a meaning. */
export interface Authorization {
  readonly kind: 'authorization';
  /** The auth-scheme in lower case: its name is case-insensitive (RFC 9110 §11.1). */
  readonly authScheme: string;
  /** All after the scheme and its spaces; empty where nothing follows. */
  readonly rest: string;
}

const absent = Object.freeze({ kind: 'absent' } as const);
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Further credentials after a comma: a scheme name, spaces, and something that is no parameter's equals sign.
const secondCredentials = /,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+ +[^ =,]/;

/**
 * Reads the `Authorization` field.
 * Checks: at most one field line, one credential in it, the grammar up to the credentials.
 * Does not check: the credentials themselves, which each scheme knows (`token68`, parameters).
 */
export function parseAuthorization(request: AuthRequest): Authorization | typeof absent | Failure {
  const lines = request.headers.getAll('authorization');
  if (lines.length === 0) return absent;
  if (lines.length > 1) return failure('duplicate-authorization');
  // RFC 9110 §11.4: auth-scheme [ 1*SP ( token68 / auth-params ) ].
  const value = trimOws(lines[0]!);
  const space = value.indexOf(' ');
  const authScheme = space === -1 ? value : value.slice(0, space);
  if (!token.test(authScheme)) return failure('malformed-authorization');
  const rest = space === -1 ? '' : value.slice(skipSpaces(value, space));
  if (rest.includes(',') && secondCredentials.test(withoutQuoted(rest))) return failure('duplicate-authorization');
  return { kind: 'authorization', authScheme: authScheme.toLowerCase(), rest };
}

/** Drops quoted strings (RFC 9110 §5.6.4), where a comma separates nothing. By hand: a pattern would try every quote again. */
function withoutQuoted(text: string): string {
  if (!text.includes('"')) return text;
  let kept = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '"') quoted = !quoted;
    else if (!quoted) kept += char;
    else if (char === '\\') i++;
  }
  return kept;
}

/** Optional white space around a field value is no part of it (RFC 9110 §5.5). */
function trimOws(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isOws(value.charCodeAt(start))) start++;
  while (end > start && isOws(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function skipSpaces(value: string, start: number): number {
  let end = start;
  while (value.charCodeAt(end) === 0x20) end++;
  return end;
}

const isOws = (code: number): boolean => code === 0x20 || code === 0x09;

/** Whether the query of a request target has a parameter of this name, however it is encoded. */
export function hasQueryParameter(target: string, name: string): boolean {
  const query = target.indexOf('?');
  return query !== -1 && new URLSearchParams(target.slice(query + 1)).has(name);
}

/** The value of an `Authorization` field for user name and password (RFC 7617 §2), as UTF-8. Nothing is checked here. */
export function formatBasic(username: string, password: string): string {
  return `Basic ${encodeBase64(toUtf8(`${username}:${password}`))}`;
}
