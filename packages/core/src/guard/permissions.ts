import { permissionOf } from '../audit/event.js';
import { after, all } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Failure } from '../contracts/failure.js';
import type { PolicyContext, Resource } from '../contracts/policy.js';
import type { AuthRequest } from '../contracts/request.js';
import type { Ask } from '../contracts/requirement.js';
import { failureOf, findMissing } from '../policy/permission.js';
import { clientOf, type Attempt } from './attempt.js';
import type { ProvenSlots } from './prove.js';
import type { Plan } from './requirement.js';

/** What a route acts upon: the names of the path parameters that say so, and the type by itself. */
export interface ResourceParameters {
  /** The type itself: `order`. */
  readonly type?: string;
  readonly id?: string;
  readonly owner?: string;
  readonly tenant?: string;
}

/** What the policy said of each ask that names permissions; undefined where it allows all of them. */
export type Judgements = ReadonlyMap<Ask, Failure | undefined>;

const nothingAsked: Judgements = new Map();

/** Asks the policy for the permissions of a requirement, of those who were proved and have all else that is asked. */
export function judgePermissions(
  attempt: Attempt,
  plan: Plan,
  proven: ProvenSlots,
  parameters: ResourceParameters | undefined,
): Awaitable<Judgements> {
  const { policy, clock } = attempt.settings;
  if (plan.permissionAsks.length === 0 || policy === undefined) return nothingAsked;
  const resource = resourceOf(attempt.request, parameters);
  const context = { ...contextOf(attempt), now: clock.now() };
  const asked = plan.permissionAsks.flatMap(({ slot, ask }) => {
    const principal = proven[slot]?.principal;
    if (principal === undefined || findMissing(ask, principal, policy, context) !== undefined) return [];
    return ask.permissions!.map((action) => ({ ask, action, principal }));
  });
  const verdicts = all(asked.map(({ action, principal }) => policy.decide({ principal, action, resource, context })));
  return after(verdicts, (answers) => {
    const failures = new Map<Ask, Failure | undefined>();
    for (const [index, { ask }] of asked.entries())
      failures.set(ask, failures.get(ask) ?? failureOf(answers[index]!));
    attempt.permissions = asked.map(({ action }, index) => permissionOf(action, answers[index]!));
    const unknownRoles = [...new Set(answers.flatMap((verdict) => verdict.unknownRoles ?? []))];
    if (unknownRoles.length > 0) attempt.unknownRoles = unknownRoles;
    return failures;
  });
} // prettier-ignore

/** For conditions: where the request comes from. */
export function contextOf(attempt: Attempt): PolicyContext {
  const client = clientOf(attempt);
  return { address: client.kind === 'client' ? client.address : null };
}

function resourceOf(
  { parameters = {} }: Pick<AuthRequest, 'parameters'>,
  names: ResourceParameters | undefined,
): Resource {
  if (names === undefined) return {};
  const { type, id, owner, tenant } = names;
  const valueOf = (name: string): string | null =>
    Object.hasOwn(parameters, name) ? (parameters[name] ?? null) : null;
  return {
    ...(type !== undefined && { type }),
    ...(id !== undefined && Object.hasOwn(parameters, id) && { id: parameters[id]! }),
    // What the route names and the request does not have is there and not known: nobody's.
    ...(owner !== undefined && { owner: valueOf(owner) }),
    ...(tenant !== undefined && { tenant: valueOf(tenant) }),
  };
}
