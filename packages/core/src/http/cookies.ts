import type { AuthRequest } from '../contracts/request.js';

// RFC 6265 §4.1.1: cookie-octet, without the quotes that some put around.
const cookieValue = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
/** RFC 6265bis §4.1.3.2: a cookie of this prefix comes from this host alone, over TLS, and for every path. */
const hostName = /^__Host-[A-Za-z0-9_-]{1,40}$/;

export const isHostCookieName = (name: unknown): name is string => typeof name === 'string' && hostName.test(name);

/** Every value of a cookie in a `Cookie` field, or in a `Set-Cookie` field, whose attributes look the same. */
export function cookieValues(field: string, name: string): readonly string[] {
  return field.split(';').flatMap((pair) => {
    const equals = pair.indexOf('=');
    return equals !== -1 && pair.slice(0, equals).trim() === name ? [pair.slice(equals + 1).trim()] : [];
  });
}

/** The `Cookie` field of a request: several lines, as HTTP/2 has them, make one (RFC 9113 §8.2.3). */
export const cookieField = ({ headers }: AuthRequest): string => headers.getAll('cookie').join('; ');

/**
 * Formats a `Set-Cookie` field for a `__Host-` cookie: `Secure`, `HttpOnly`, `Path=/`, no `Domain`, `SameSite=Lax`.
 * @param maxAgeSeconds 0 removes it
 */
export function formatHostCookie(name: string, value: string, maxAgeSeconds: number): string {
  if (!isHostCookieName(name) || !cookieValue.test(value)) throw new TypeError('no name or value of a cookie');
  return `${name}=${value}; Max-Age=${Math.floor(maxAgeSeconds)}; Path=/; Secure; HttpOnly; SameSite=Lax`;
}
