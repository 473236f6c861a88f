import type { Failure } from '../contracts/failure.js';
import type { PolicyContext, PolicyEngine, Verdict } from '../contracts/policy.js';
import type { Principal } from '../contracts/principal.js';
import type { Ask } from '../contracts/requirement.js';
import { failure } from '../errors/failures.js';

/**
 * Decides whether a proved principal has what a route asks, but for permissions, which a policy decides.
 * Checks: all scopes; one of the roles, or one that inherits it; one of the authentication contexts, and an authentication that is fresh enough
 * (RFC 9470 §4: what is not known is not enough).
 * @param context with the time, in seconds since the epoch
 * @returns undefined where all that is asked holds.
 */
export function findMissing(
  ask: Ask,
  principal: Principal,
  policy: PolicyEngine | undefined,
  context: PolicyContext & { readonly now: number },
): Failure | undefined {
  const { scopes, roles, acr, maxAgeSeconds } = ask;
  const lacksScope = scopes?.some((scope) => !principal.scopes.has(scope)) === true;
  const weak = acr !== undefined && !acr.includes(principal.assurance?.acr ?? '');
  const old =
    maxAgeSeconds !== undefined && context.now - (principal.assurance?.authenticatedAt ?? -Infinity) > maxAgeSeconds;
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
  if (roles === undefined) return undefined;
  if (policy?.decideRoles === undefined)
    return roles.some((role) => principal.roles.has(role)) ? undefined : failure('role-missing');
  return failureOf(policy.decideRoles({ principal, roles, context }));
}

/** What a verdict refuses with; undefined where it allows. Only a literal `true` allows, and nothing here can do what an obligation asks. */
export function failureOf({ allow, reason, obligations }: Verdict): Failure | undefined {
  // An engine of somebody else may answer anything.
  const given: unknown = allow;
  if (given === true) return (obligations?.length ?? 0) === 0 ? undefined : failure('obligation-unknown');
  return failure(reason ?? 'policy-denied', { code: 'permission-denied' });
}
