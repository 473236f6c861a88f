import type { AuthRequest } from '../contracts/request.js';

// RFC 9110 §9.2.1.
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Whether a request may change something: by its method, or since it opens a WebSocket, which answers to no preflight. */
export const isUnsafe = ({ method, headers }: AuthRequest): boolean =>
  !safeMethods.has(method) || headers.get('upgrade') !== undefined;

/**
 * Whether a browser says that a page of this very origin sent the request: by `Sec-Fetch-Site` (Fetch Metadata §2.4), which no page
 * can write, and where it is absent by `Origin` (RFC 6454 §7). A request that says neither is none of a browser of our days.
 */
export function isSameOrigin(request: AuthRequest): boolean {
  const { headers } = request;
  const sites = headers.getAll('sec-fetch-site');
  if (sites.length > 0) return sites.length === 1 && sites[0] === 'same-origin';
  const origins = headers.getAll('origin');
  return origins.length === 1 && origins[0] === request.url.origin;
}
