import type { Allow } from '../contracts/decision.js';
import type { Principal } from '../contracts/principal.js';
import type { Requirement } from '../contracts/requirement.js';
import type { NodeGuard } from './bridge.js';

/** What a handler has that is a guard. */
export interface DeclaredGuard<Req> {
  readonly principal: (req: Req) => Principal | null;
  readonly decision: (req: Req) => Allow;
}

const requirements = new WeakMap<object, Requirement>();

/** Makes a handler of a framework a guard: it tells whom it let through, and is known for one by `requirementOf`. */
export function declareGuard<Handler extends object, Req>(
  handler: Handler,
  guard: NodeGuard<Req>,
): Handler & DeclaredGuard<Req> {
  const { decision, requirement } = guard;
  requirements.set(handler, requirement).set(decision, requirement);
  return Object.assign(handler, { principal: (req: Req) => decision(req).principal, decision });
}

/**
 * What a handler asks; undefined where it is no guard. Instrumentation puts a function of its own, with the members of the
 * first, in the place of a guard.
 */
export function requirementOf(handler: { readonly decision?: object }): Requirement | undefined {
  return requirements.get(handler) ?? (handler.decision && requirements.get(handler.decision));
}

/** What several guards in a row ask: one requirement as it is, several each for itself; null where there is none. */
export function combineRequirements(found: readonly Requirement[]): Requirement | null {
  return found.length > 1 ? { allOf: found, sameSubject: false } : (found[0] ?? null);
}
