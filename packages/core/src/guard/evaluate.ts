import type { Failure } from '../contracts/failure.js';
import type { PolicyContext, PolicyEngine } from '../contracts/policy.js';
import type { Principal } from '../contracts/principal.js';
import { failure } from '../errors/failures.js';
import { findMissing } from '../policy/permission.js';
import type { Judgements } from './permissions.js';
import type { ProvenSlots } from './prove.js';
import type { Refusal } from './refusal.js';
import type { Plan, PlanNode } from './requirement.js';

type AllOf = Extract<PlanNode, { form: 'allOf' }>;

/** What a requirement, or a branch of one, comes to. */
export type Evaluation = Held | NotHeld;

export interface Held {
  readonly kind: 'held';
  readonly principal: Principal | null;
  /** A list; by name for a named `allOf`. */
  readonly principals: readonly (Principal | null)[] | Readonly<Record<string, Principal | null>>;
  /** Pairs of slots whose subjects may differ by an `allOf` that holds. */
  readonly apart: readonly string[];
}

interface NotHeld {
  readonly kind: 'not-held';
  readonly failure: Failure;
  readonly slot: number;
  /** Whether everybody who is needed was proved, and permission alone is missing. */
  readonly principal?: Principal;
}

const anonymous: Held = Object.freeze({
  kind: 'held',
  principal: null,
  principals: Object.freeze([]),
  apart: Object.freeze([]),
});

/** What permission is judged by: the policy, what it said of permissions, and the moment. */
export interface Grounds {
  readonly policy: PolicyEngine | undefined;
  readonly judgements: Judgements;
  readonly context: PolicyContext & { readonly now: number };
}

/** Decides permission: whether the requirement holds for those who were proved. */
export function evaluate(plan: Plan, proven: ProvenSlots, grounds: Grounds): Held | Refusal {
  const mismatchOf = (mayDiffer: ReadonlySet<string>): Refusal | undefined => {
    const different = findDifferentSubjects(plan, proven, mayDiffer);
    return different && { kind: 'refusal', failure: failure('subject-mismatch'), principal: different };
  };
  const mismatch = mismatchOf(plan.mayDiffer);
  if (mismatch !== undefined) return mismatch;
  const evaluation = evaluateNode(plan, plan.root, proven, grounds);
  // What lets subjects differ and does not hold loosens nothing.
  if (evaluation.kind === 'held')
    return (plan.mayDiffer.size === 0 ? undefined : mismatchOf(new Set(evaluation.apart))) ?? evaluation;
  const { failure: failed, slot, principal } = evaluation;
  // Whoever was not proved has no failure of their own: every challenge is plain.
  return principal === undefined
    ? { kind: 'refusal', failure: failed }
    : { kind: 'refusal', failure: failed, slot, principal };
}

function evaluateNode(plan: Plan, node: PlanNode, proven: ProvenSlots, grounds: Grounds): Evaluation {
  switch (node.form) {
    case 'public':
      return anonymous;
    case 'optional':
      return node.slots.some((slot) => proven[slot] !== undefined)
        ? evaluateNode(plan, node.inner, proven, grounds)
        : anonymous;
    case 'scheme': {
      const principal = proven[node.slot]?.principal;
      if (principal === undefined) return { kind: 'not-held', failure: failure('no-credentials'), slot: node.slot };
      const missing =
        findMissing(node.ask, principal, grounds.policy, grounds.context) ?? grounds.judgements.get(node.ask);
      if (missing !== undefined) return { kind: 'not-held', failure: missing, slot: node.slot, principal };
      return { kind: 'held', principal, principals: [principal], apart: [] };
    }
    case 'anyOf':
      return evaluateAny(node.branches.map((branch) => evaluateNode(plan, branch, proven, grounds)));
    case 'allOf':
      return evaluateAll(
        plan,
        node,
        node.branches.map((branch) => evaluateNode(plan, branch, proven, grounds)),
      );
  }
}

/** One branch is enough; where none holds, the failure of whoever was proved tells more than that somebody was not. */
function evaluateAny(branches: readonly Evaluation[]): Evaluation {
  const held = branches.filter((branch) => branch.kind === 'held');
  if (held.length === 0)
    return branches.find((branch) => branch.kind === 'not-held' && branch.principal !== undefined) ?? branches[0]!;
  return {
    kind: 'held',
    principal: held.find((branch) => branch.principal !== null)?.principal ?? null,
    principals: held.flatMap((branch) => Object.values(branch.principals)),
    apart: held.flatMap((branch) => branch.apart),
  };
}

/** Permission is never told to those who have not all proved themselves. */
function evaluateAll(plan: Plan, { names, sameSubject, apart }: AllOf, branches: readonly Evaluation[]): Evaluation {
  const missing = branches.filter((branch) => branch.kind === 'not-held');
  if (missing.length > 0) return missing.find((branch) => branch.principal === undefined) ?? missing[0]!;
  const held = branches as readonly Held[];
  const different = sameSubject
    ? findDifferent(
        plan,
        held.flatMap((branch) => Object.values(branch.principals)),
      )
    : undefined;
  if (different !== undefined)
    return {
      kind: 'not-held',
      failure: failure('subject-mismatch'),
      slot: slotOf(plan, different),
      principal: different,
    };
  const principals = held.map((branch) => branch.principal);
  return {
    kind: 'held',
    principal: principals[0]!,
    principals:
      names === undefined ? principals : Object.fromEntries(names.map((name, index) => [name, principals[index]!])),
    apart: [...apart, ...held.flatMap((branch) => branch.apart)],
  };
}

/** Of several who must be one subject, one that another differs from. */
function findDifferent(plan: Plan, everybody: readonly (Principal | null)[]): Principal | undefined {
  const present = everybody.filter((principal) => principal !== null);
  return present.find((a) => present.some((b) => !isSameSubject(plan, a, b)));
}

const slotOf = (plan: Plan, { scheme }: Principal): number => plan.slots.findIndex(({ name }) => name === scheme);

/** All who were proved on one request must be one subject, unless branches of an `allOf` let them differ; that holds in these alone. */
function findDifferentSubjects(plan: Plan, proven: ProvenSlots, mayDiffer: ReadonlySet<string>): Principal | undefined {
  if (proven.length < 2) return undefined;
  const present = proven.flatMap((slot, index) => (slot === undefined ? [] : [{ index, principal: slot.principal }]));
  return present.find((a) =>
    present.some((b) => !mayDiffer.has(`${a.index},${b.index}`) && !isSameSubject(plan, a.principal, b.principal)),
  )?.principal;
}

/**
 * A subject is a name inside its issuer. Where one is our own and the other comes from a scheme with a single issuer, the
 * subject alone decides; everything else needs a stated mapping.
 */
function isSameSubject(plan: Plan, a: Principal, b: Principal): boolean {
  if (a.subject !== b.subject) return false;
  if (a.issuer === b.issuer) return true;
  const foreign = a.issuer === null ? b : b.issuer === null ? a : undefined;
  return foreign !== undefined && plan.slots[slotOf(plan, foreign)]?.scheme.issuer !== undefined;
}
