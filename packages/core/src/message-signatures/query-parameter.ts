import { fromUtf8, toUtf8 } from '../base/bytes.js';
import type { Failure } from '../contracts/failure.js';
import { failure } from '../errors/failures.js';

/**
 * The value of a query parameter for a signature (RFC 9421 §2.2.8), decoded and encoded anew.
 * Decision: a query that is no UTF-8 is ambiguous: decoders turn different bytes into the same replacement character.
 * @param query without its question mark
 * @param name encoded, as it stands in the component
 */
export function findQueryParameter(query: string, name: string): string | Failure {
  let found: string | undefined;
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = reencode(equals === -1 ? part : part.slice(0, equals));
    if (key === undefined) return failure('component-ambiguous');
    if (key !== name) continue;
    const value = reencode(equals === -1 ? '' : part.slice(equals + 1));
    if (value === undefined || found !== undefined) return failure('component-ambiguous');
    found = value;
  }
  return found ?? failure('component-missing');
}

function reencode(text: string): string | undefined {
  const decoded = fromUtf8(percentDecode(text.replaceAll('+', ' ')));
  return decoded === undefined ? undefined : percentEncode(decoded);
}

/** URL Standard §1.3: what is no escape stays as it is. */
function percentDecode(text: string): Uint8Array {
  const input = toUtf8(text);
  const output = new Uint8Array(input.length);
  let length = 0;
  for (let i = 0; i < input.length; i++) {
    const hex = input[i] === 0x25 ? String.fromCharCode(input[i + 1] ?? 0, input[i + 2] ?? 0) : '';
    const escaped = /^[0-9A-Fa-f]{2}$/.test(hex);
    output[length++] = escaped ? Number.parseInt(hex, 16) : input[i]!;
    if (escaped) i += 2;
  }
  return output.subarray(0, length);
}

/** The application/x-www-form-urlencoded percent-encode set (URL Standard §1.3), and `%20` for a space. */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
