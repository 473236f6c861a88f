import { ClientError } from './client-error.js';

// What a URL parser drops without a word, or turns into something else.
const control = /[\p{Cc}\u2028\u2029]/u;
const absolute = /^https?:\/\/(?![\\/])/i;

/**
 * Turns the target of a call into a URL of the client's origin, or refuses it.
 * Checks: no control character; a path that begins with one slash, or an absolute URL; then exactly this scheme, host and port, no
 * user name and no password. Nothing is resolved against a base, so that no spelling of another host can slip in.
 * Does not check: where the path leads on that origin.
 * @throws ClientError `invalid-request`, `origin-mismatch` or `credentials-in-url`
 */
export function assertOrigin(target: string | URL, origin: string): URL {
  const url = typeof target === 'string' ? parseTarget(target, origin) : copyUrl(target);
  if (url === undefined || url.origin !== origin)
    throw new ClientError(
      'origin-mismatch',
      `the target must be a path that begins with one "/", or a URL of ${origin}`,
    );
  if (url.username !== '' || url.password !== '')
    throw new ClientError('credentials-in-url', 'the target must hold no user name and no password');
  // What dot segments leave behind: the next proxy may read it as a host.
  if (url.pathname.startsWith('//')) throw new ClientError('origin-mismatch', 'the path must begin with one "/"');
  url.hash = '';
  return url;
}

function parseTarget(target: string, origin: string): URL | undefined {
  if (control.test(target) || !target.isWellFormed())
    throw new ClientError('invalid-request', 'the target must hold no control characters');
  if (absolute.test(target)) return URL.canParse(target) ? new URL(target) : undefined;
  // Decision: `/@…` is refused too. Joined to an origin elsewhere, all before the `@` is a user name.
  if (!/^\/(?![/\\@])/.test(target)) return undefined;
  return URL.canParse(origin + target) ? new URL(origin + target) : undefined;
}

function copyUrl(target: unknown): URL | undefined {
  // Of another realm, or a class that only looks like one: what counts is the text that it gives once.
  const href = (target as { readonly href?: unknown } | null | undefined)?.href;
  return typeof href === 'string' && URL.canParse(href) ? new URL(href) : undefined;
}
