import type { Failure } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import type { Ask } from '../contracts/requirement.js';
import { failure } from '../errors/failures.js';
import type { Roles } from './roles.js';

/**
 * Decides whether a proved principal has what a route asks.
 * Checks: all scopes; one of the roles, or one that inherits it; all permissions, by the roles or the credential itself; one of the authentication contexts, and an authentication that is fresh enough
 * (RFC 9470 §4: what is not known is not enough).
 * @param now seconds since the epoch
 * @returns undefined where all that is asked holds.
 */
export function findMissingPermission(ask: Ask, principal: Principal, policy: Roles, now: number): Failure | undefined {
  const { scopes, roles, permissions, acr, maxAgeSeconds } = ask;
  if (acr !== undefined && !acr.includes(principal.assurance?.acr ?? '')) {
    return failure('acr-insufficient', { required: { acr, ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) } });
  }
  if (maxAgeSeconds !== undefined && now - (principal.assurance?.authenticatedAt ?? -Infinity) > maxAgeSeconds) {
    return failure('authentication-too-old', { required: { maxAgeSeconds, ...(acr !== undefined && { acr }) } });
  }
  // RFC 6750 §3: the challenge names the scopes that the route needs.
  if (scopes?.some((scope) => !principal.scopes.has(scope)))
    return failure('insufficient-scope', { required: { scopes } });
  if (roles !== undefined && !roles.some((role) => policy.include(principal.roles, role)))
    return failure('role-missing');
  const own = principal.permissions;
  if (permissions?.some((permission) => !own?.has(permission) && !policy.grant(principal.roles, permission)))
    return failure('permission-missing');
  return undefined;
}
