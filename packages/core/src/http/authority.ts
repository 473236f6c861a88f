import type { Failure } from '../contracts/failure.js';
import type { AuthRequest } from '../contracts/request.js';
import { failure } from '../errors/failures.js';

/**
 * Refuses a request that names two authorities: two `Host` lines (RFC 9112 §3.2), or an absolute target that contradicts
 * `Host` (§3.2.2). Never one of the two is chosen.
 */
export function checkAuthority({ headers, target }: AuthRequest): Failure | undefined {
  const hosts = headers.getAll('host');
  if (hosts.length > 1) return failure('authority-conflict');
  if (target.startsWith('/') || hosts[0] === undefined || !URL.canParse(target)) return undefined;
  const named = `http://${hosts[0]}`;
  return URL.canParse(named) && new URL(named).host === new URL(target).host
    ? undefined
    : failure('authority-conflict');
}
