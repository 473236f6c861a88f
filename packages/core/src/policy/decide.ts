import type { Verdict } from '../contracts/policy.js';
import type { Principal } from '../contracts/principal.js';
import type { Audience, Bucket, CompiledPolicy, Rule } from './compile.js';
import { ConditionError, type Judged } from './condition.js';
import { keysOfPrincipal } from './subject.js';

/** Why a rule that spoke of the action did not let it pass; of several, the first of these is told. */
const reasons = [
  'condition-error',
  'tenant-mismatch',
  'not-owner',
  'grant-expired',
  'grant-not-yet-valid',
  'condition-unmet',
] as const;
type Miss = (typeof reasons)[number];

/** What a rule came to. */
export type Outcome = 'met' | Miss;

/** Who asks, as a policy sees them. */
export interface Standing {
  /** All roles, with what they inherit. */
  readonly roles: readonly string[];
  readonly unknownRoles: readonly string[];
  /** Roles of grants that are over. */
  readonly expiredRoles: readonly string[];
  readonly subjects: readonly string[];
}

/** Where a failing condition is told of. */
export type Tell = (error: unknown) => void;

const none: readonly never[] = Object.freeze([]);

export function standingOf({ roles, roleGrants }: CompiledPolicy, principal: Principal, judged: Pick<Judged, 'now' | 'own'>): Standing {
  const subjects = keysOfPrincipal(principal, judged.own);
  const held: string[] = [...principal.roles];
  const over: string[] = [];
  if (roleGrants.size > 0)
    for (const key of subjects)
      for (const grant of roleGrants.get(key) ?? none)
        (judged.now >= grant.expiresAt ? over : judged.now >= grant.notBefore ? held : []).push(...grant.roles);
  if (held.length === 1 && over.length === 0) {
    const closure = roles.closure(held[0]!);
    return { roles: closure ?? held, unknownRoles: closure === undefined ? held : none, expiredRoles: none, subjects };
  }
  const all = new Set<string>();
  for (const role of held) for (const each of roles.closure(role) ?? [role]) all.add(each);
  const expiredRoles = over.flatMap((role) => roles.closure(role) ?? role).filter((role) => !all.has(role));
  return { roles: [...all], unknownRoles: held.filter((role) => !roles.has(role)), expiredRoles, subjects };
} // prettier-ignore

/**
 * Decides by a compiled policy. Deny wins; nothing that allows means deny.
 * The cost is that of the rules that speak of this action, this type of resource and these roles or this subject.
 */
export function decide(policy: CompiledPolicy, judged: Judged, tell: Tell): Verdict {
  const { action, principal, resource } = judged.query;
  const standing = standingOf(policy, principal, judged);
  const { unknownRoles } = standing;
  const about = unknownRoles.length > 0 ? { unknownRoles } : undefined;
  const buckets = policy.index.find(action);
  for (const { rule, role } of candidatesOf(buckets, 'deny', resource.type, standing)) {
    const outcome = denies(rule, judged, tell);
    if (outcome === undefined) continue;
    rule.uses++;
    return verdictOf(false, outcome, { rule, role }, about);
  }
  let best: { readonly miss: Miss; readonly rule: Rule; readonly role: string | undefined } | undefined;
  for (const { rule, role } of candidatesOf(buckets, 'allow', resource.type, standing)) {
    const outcome = allows(rule, judged, tell);
    if (outcome === 'met') {
      rule.uses++;
      return verdictOf(true, 'ok', { rule, role }, about);
    }
    if (best === undefined || reasons.indexOf(outcome) < reasons.indexOf(best.miss)) best = { miss: outcome, rule, role };
  }
  if (principal.permissions?.has(action) === true) {
    if (isSameTenant(judged)) return { allow: true, reason: 'ok', rules: ['credential'], ...about };
    return { allow: false, reason: 'tenant-mismatch', rules: ['credential'], ...about };
  }
  if (best !== undefined) return verdictOf(false, best.miss, best, about);
  return { allow: false, reason: missingReason(policy, buckets, judged, standing), rules: none, ...about };
} // prettier-ignore

function verdictOf(allow: boolean, reason: string, by: { readonly rule: Rule; readonly role: string | undefined }, about: object | undefined): Verdict {
  return { allow, reason, rules: [by.rule.name], ...(by.role !== undefined && { roles: [by.role] }), ...about };
} // prettier-ignore

/**
 * Nobody in reach of a rule: `grant-expired` where a role that is over would have been; `no-rule` where the policy has rules and none speaks of the action,
 * which may be a misspelt name; else `permission-missing`.
 */
function missingReason(policy: CompiledPolicy, buckets: readonly Bucket[], { query: { resource } }: Judged, standing: Standing): string {
  const { expiredRoles } = standing;
  if (expiredRoles.length > 0) {
    const past = { roles: expiredRoles, subjects: none };
    for (const candidate of candidatesOf(buckets, 'allow', resource.type, past)) if (candidate.role !== undefined) return 'grant-expired';
  }
  return policy.data.rules !== undefined && buckets.length === 0 ? 'no-rule' : 'permission-missing';
} // prettier-ignore

interface Candidate {
  readonly rule: Rule;
  /** By which role it concerns the principal. */
  readonly role: string | undefined;
}

/** The rules of some patterns that concern a principal. */
export function candidatesOf(
  buckets: readonly Bucket[],
  effect: 'allow' | 'deny',
  type: string | undefined,
  standing: Pick<Standing, 'roles' | 'subjects'>,
): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const bucket of buckets) for (const audience of bucket.of(effect, type)) addCandidates(audience, standing, found);
  return found;
} // prettier-ignore

function addCandidates(audience: Audience, { roles, subjects }: Pick<Standing, 'roles' | 'subjects'>, found: Candidate[]): void {
  const { everybody, byRole, bySubject } = audience;
  if (byRole.size > 0)
    for (const role of roles) for (const rule of byRole.get(role) ?? none) found.push({ rule, role });
  if (bySubject.size > 0)
    for (const subject of subjects)
      for (const rule of bySubject.get(subject) ?? none) {
        const role = rule.roles && roles.find((each) => rule.roles!.has(each));
        if (rule.roles === undefined || role !== undefined) found.push({ rule, role });
      }
  for (const rule of everybody) found.push({ rule, role: undefined });
} // prettier-ignore

/** A deny holds unless its condition is known not to: what cannot be told is not in anybody's favour. */
function denies({ condition }: Rule, judged: Judged, tell: Tell): 'explicit-deny' | 'condition-error' | undefined {
  if (condition === undefined) return 'explicit-deny';
  try {
    return condition.truth(judged) === false ? undefined : 'explicit-deny';
  } catch (error) {
    tell(error);
    return 'condition-error';
  }
}

function allows(rule: Rule, judged: Judged, tell: Tell): Outcome {
  const { condition, anyTenant, expiresAt, notBefore } = rule;
  if (judged.now >= expiresAt) return 'grant-expired';
  if (judged.now < notBefore) return 'grant-not-yet-valid';
  if (!anyTenant && !isSameTenant(judged)) return 'tenant-mismatch';
  if (condition === undefined) return 'met';
  try {
    return condition.truth(judged) === true ? 'met' : condition.reason;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    tell(error);
    return 'condition-error';
  }
}

/** Decision: what belongs to a tenant is for its own alone, unless a rule says `anyTenant`. A tenant that is not known is nobody's. */
function isSameTenant({ query: { principal, resource } }: Judged): boolean {
  return resource.tenant === undefined || (resource.tenant !== null && resource.tenant === principal.tenant);
}
