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
  const lacksScope = scopes?.some((scope) => !principal.scopes.has(scope)) === true;
  const weak = acr !== undefined && !acr.includes(principal.assurance?.acr ?? '');
  const old = maxAgeSeconds !== undefined && now - (principal.assurance?.authenticatedAt ?? -Infinity) > maxAgeSeconds;
  if (weak || old) {
    // Decision: step-up first; a scope that is missing stands in the same challenge, so that one new token mends both.
    const required = {
      ...(acr !== undefined && { acr }),
      ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
      ...(lacksScope && { scopes: scopes }),
    };
    return failure(weak ? 'acr-insufficient' : 'authentication-too-old', { required });
  }
  // RFC 6750 §3: the challenge names the scopes that the route needs.
  if (lacksScope) return failure('insufficient-scope', { required: { scopes: scopes } });
  if (roles !== undefined && !roles.some((role) => policy.include(principal.roles, role)))
    return failure('role-missing');
  const own = principal.permissions;
  if (permissions?.some((permission) => !own?.has(permission) && !policy.grant(principal.roles, permission)))
    return failure('permission-missing');
  return undefined;
}
