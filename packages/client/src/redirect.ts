import type { Call } from './call.js';
import { ClientError } from './client-error.js';
import { takeBody } from './body.js';

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const contentFields: readonly string[] = ['content-encoding', 'content-language', 'content-location', 'content-type'];

/** `refuse` fails for every redirect; `same-origin` follows those that stay. */
export type Redirects = 'refuse' | 'same-origin';

/**
 * The call that a redirect asks for (RFC 9110 §15.4); undefined where the answer is none.
 * Checks: that the target is of exactly this scheme, host and port, and that the body can be sent again.
 * @throws ClientError `redirect-refused`, `credentials-in-url` or `body-not-replayable`
 */
export function findRedirect(response: Response, call: Call, mode: Redirects): Call | undefined {
  // A browser hides where it leads: that is a redirect all the same.
  if (response.type === 'opaqueredirect') throw refused('a redirect', response);
  const location = redirects.has(response.status) ? response.headers.get('location') : null;
  if (location === null) return undefined;
  const url = URL.canParse(location, call.url.href) ? new URL(location, call.url) : undefined;
  if (url?.origin !== call.url.origin) throw refused('a redirect to another origin', response);
  if (url.username !== '' || url.password !== '')
    throw new ClientError('credentials-in-url', 'a redirect with a user name or password in it', { response });
  if (mode === 'refuse') throw refused('a redirect; write redirects: "same-origin" to follow it', response);
  if (becomesGet(response.status, call.method)) return withoutBody(call, url);
  if (!call.body.replayable)
    throw new ClientError('body-not-replayable', 'a redirect asks for a body that can be sent once only', { response });
  return { ...call, url };
}

const refused = (what: string, response: Response): ClientError =>
  new ClientError('redirect-refused', `the answer ${response.status} is ${what}`, { response });

/** As every browser does it (Fetch, "HTTP-redirect fetch"). */
function becomesGet(status: number, method: string): boolean {
  const upper = method.toUpperCase();
  return status === 303 ? upper !== 'GET' && upper !== 'HEAD' : status < 303 && upper === 'POST';
}

function withoutBody(call: Call, url: URL): Call {
  const headers = new Headers(call.headers);
  for (const name of contentFields) headers.delete(name);
  return { ...call, url, headers, method: 'GET', body: takeBody(null) };
}
