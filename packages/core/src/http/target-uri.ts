import type { Slot } from '../base/slot.js';
import type { AuthRequest, Connection, RequestHeaders } from '../contracts/request.js';
import { FailureError } from '../errors/failure-error.js';
import { failure } from '../errors/failures.js';
import { findClient, type TrustedProxies } from './trusted-proxy.js';

/** What the makers of requests go by; of the options of `createAuth`. */
export interface RequestSettings {
  readonly bodyLimitBytes: number;
  readonly proxies: TrustedProxies | undefined;
  /** The one `AuthRequest` of each request of a framework, for this guard: another has proxies and limits of its own. */
  readonly known: Slot<object, AuthRequest>;
}

/** What a target URI is made of. */
export interface Target {
  readonly target: string;
  /** What the request itself names as its host; undefined where it names none. */
  readonly authority: string | undefined;
  readonly headers: RequestHeaders;
  readonly connection: Connection;
}

// RFC 9110 §7.2, RFC 3986 §3.2.2: a name or an address, and a port; nothing that could begin another part of the URI.
const authorityPattern = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::\d{0,5})?$/i;

/**
 * The target URI (RFC 9110 §7.1) as the client meant it: host and scheme of a trusted proxy where it tells them, else of the
 * request itself.
 * @throws FailureError `authority-missing` where no host is known, `forwarded-conflict` or `forwarded-malformed`.
 */
export function findTargetUri(
  { target, authority, headers, connection }: Target,
  proxies: TrustedProxies | undefined,
): URL {
  const client = findClient(headers, connection, proxies);
  if (client.kind === 'failure') throw new FailureError(client);
  const host = client.host ?? authority;
  const path = pathOfTarget(target);
  if (host === undefined || !authorityPattern.test(host)) throw new FailureError(failure('authority-missing'));
  // Joined as text: resolving `//evil.example/` against a base would change the host.
  const uri = `${client.encrypted ? 'https' : 'http'}://${host}${path}`;
  if (!URL.canParse(uri)) throw new FailureError(failure('authority-missing'));
  return new URL(uri);
}

/** Path and query of a request target. The guard has refused an absolute one that contradicts `Host`. */
export function pathOfTarget(target: string): string {
  if (target.startsWith('/')) return target;
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  // `*` (§9.3.7) names the server as a whole.
  return path.startsWith('/') || path.startsWith('?') ? path : '/';
}
