import { OidcError } from './oidc-error.js';

const longest = 2048;
// Visible ASCII without the backslash, which browsers take for a slash.
const characters = /^\/[\x21-\x5b\x5d-\x7e]*$/;

/**
 * Checks where somebody is sent after a login: a path of this origin, with its query, and nothing that any reader could take
 * for another host (RFC 9700 §4.11).
 * @throws OidcError `return-to-not-allowed`
 */
export function checkReturnTo(returnTo: unknown): string {
  if (typeof returnTo === 'string' && returnTo.length <= longest && characters.test(returnTo)) {
    const base = 'https://origin.invalid';
    const { origin, pathname } = new URL(returnTo, base);
    // `/.//host` comes to `//host` once its dots are gone.
    if (origin === base && !pathname.startsWith('//')) return returnTo;
  }
  throw new OidcError('return-to-not-allowed', 'returnTo must be a path of this origin, such as "/orders"');
}
