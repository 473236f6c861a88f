import type { Failure } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import { failure } from '../errors/failures.js';
import { findMissingPermission } from '../policy/permission.js';
import type { ProvenSlots } from './prove.js';
import type { Refusal } from './refusal.js';
import type { Plan, PlanNode, Slot } from './requirement.js';

/** What a requirement, or a branch of one, comes to. */
export type Evaluation = Held | NotHeld;

export interface Held {
  readonly kind: 'held';
  readonly principal: Principal | null;
  /** A list; by name for a named `allOf`. */
  readonly principals: readonly (Principal | null)[] | Readonly<Record<string, Principal | null>>;
}

interface NotHeld {
  readonly kind: 'not-held';
  readonly failure: Failure;
  readonly slot: number;
  /** Whether everybody who is needed was proved, and permission alone is missing. */
  readonly principal?: Principal;
}

const anonymous: Held = Object.freeze({ kind: 'held', principal: null, principals: Object.freeze([]) });

/**
 * Decides permission: whether the requirement holds for those who were proved.
 * @param now seconds since the epoch
 */
export function evaluate(plan: Plan, proven: ProvenSlots, now: number): Held | Refusal {
  const different = findDifferentSubjects(plan, proven);
  if (different !== undefined) return { kind: 'refusal', failure: failure('subject-mismatch'), principal: different };
  const evaluation = evaluateNode(plan.root, proven, now);
  if (evaluation.kind === 'held') return evaluation;
  const { failure: failed, slot, principal } = evaluation;
  // Whoever was not proved has no failure of their own: every challenge is plain.
  return principal === undefined
    ? { kind: 'refusal', failure: failed }
    : { kind: 'refusal', failure: failed, slot, principal };
}

function evaluateNode(node: PlanNode, proven: ProvenSlots, now: number): Evaluation {
  switch (node.form) {
    case 'public':
      return anonymous;
    case 'optional':
      return node.slots.some((slot) => proven[slot] !== undefined) ? evaluateNode(node.inner, proven, now) : anonymous;
    case 'scheme': {
      const principal = proven[node.slot]?.principal;
      if (principal === undefined) return { kind: 'not-held', failure: failure('no-credentials'), slot: node.slot };
      const missing = findMissingPermission(node.ask, principal, now);
      if (missing !== undefined) return { kind: 'not-held', failure: missing, slot: node.slot, principal };
      return { kind: 'held', principal, principals: [principal] };
    }
    case 'anyOf':
      return evaluateAny(node.branches.map((branch) => evaluateNode(branch, proven, now)));
    case 'allOf':
      return evaluateAll(
        node.branches.map((branch) => evaluateNode(branch, proven, now)),
        node.names,
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
  };
}

/** Permission is never told to those who have not all proved themselves. */
function evaluateAll(branches: readonly Evaluation[], names: readonly string[] | undefined): Evaluation {
  const missing = branches.filter((branch) => branch.kind === 'not-held');
  if (missing.length > 0) return missing.find((branch) => branch.principal === undefined) ?? missing[0]!;
  const principals = (branches as readonly Held[]).map((branch) => branch.principal);
  return {
    kind: 'held',
    principal: principals[0]!,
    principals:
      names === undefined ? principals : Object.fromEntries(names.map((name, index) => [name, principals[index]!])),
  };
}

/** All who were proved on one request must be one subject, unless the requirement lets them differ. */
function findDifferentSubjects(plan: Plan, proven: ProvenSlots): Principal | undefined {
  const present = proven.flatMap((slot, index) => (slot === undefined ? [] : [{ index, principal: slot.principal }]));
  for (const a of present) {
    for (const b of present) {
      if (a.index >= b.index || plan.mayDiffer.has(`${a.index},${b.index}`)) continue;
      if (!sameSubject(a.principal, plan.slots[a.index]!, b.principal, plan.slots[b.index]!)) return a.principal;
    }
  }
  return undefined;
}

/**
 * A subject is a name inside its issuer. Where one is our own and the other comes from a scheme with a single issuer, the
 * subject alone decides; everything else needs a stated mapping.
 */
function sameSubject(a: Principal, slotOfA: Slot, b: Principal, slotOfB: Slot): boolean {
  if (a.subject !== b.subject) return false;
  if (a.issuer === b.issuer) return true;
  return (
    (a.issuer === null && slotOfB.scheme.issuer !== undefined) ||
    (b.issuer === null && slotOfA.scheme.issuer !== undefined)
  );
}
