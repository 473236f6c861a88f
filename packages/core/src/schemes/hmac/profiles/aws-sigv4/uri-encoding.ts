import { toUtf8 } from '../../../../base/bytes.js';

// What SigV4 leaves as it is (RFC 3986 §2.3).
const unreserved = /^[A-Za-z0-9\-._~]$/;

/**
 * Encodes a path as it stands in the request: what is encoded there already is encoded once more, its percent sign that is.
 * @example encodePathAgain('/a%20b')   // '/a%2520b'
 */
export function encodePathAgain(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~/]/gu, percent);
}

/** Encodes what may not stand in a path, and leaves what is encoded: for S3, whose paths are names, each encoded once. */
export function encodePathOnce(path: string): string {
  return path.replace(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~/]/gu, (part) => (part.length === 3 ? part : percent(part)));
}

/** Path segments without `.`, `..` and empty ones (RFC 3986 §5.2.4); a slash at the end stays. */
export function normalizePath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

/** One name or value of a query in the one spelling that is signed. A plus is a space, as those who read queries have it. */
export function encodeQueryPart(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~]/gu, (part, hex?: string) => {
    if (part === '+') return '%20';
    if (hex === undefined) return percent(part);
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return unreserved.test(char) ? char : part.toUpperCase();
  });
}

function percent(char: string): string {
  let encoded = '';
  for (const byte of toUtf8(char)) encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return encoded;
}
