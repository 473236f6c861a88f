import { after, all, isPromise } from '../base/awaitable.js';
import { confirm } from '../confirmation/confirm.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Failure, HeaderList } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import type { Confirmed, Context, Verified } from '../contracts/scheme.js';
import { isFailureError } from '../errors/failure-error.js';
import { failure, failureRows } from '../errors/failures.js';
import { callerOf, type Attempt } from './attempt.js';
import type { Refusal } from './refusal.js';
import type { Proven } from './request-record.js';
import type { Plan, Slot } from './requirement.js';
import { SchemeContext } from './scheme-context.js';
import type { Selection } from './select-scheme.js';

/** Who was proved, by slot; undefined where nothing was sent. */
export type ProvenSlots = readonly (Proven | undefined)[];

// What `request.url` throws.
const faultsOfRequest: ReadonlySet<string> = new Set([
  'authority-missing',
  'forwarded-conflict',
  'forwarded-malformed',
]);
const noHeaders: HeaderList = Object.freeze([]);

/**
 * Proves every credential that was sent, and confirms those that are bound to a key. One that fails refuses the request: a
 * bad credential is never skipped for a good one.
 */
export function proveAll(plan: Plan, selection: Selection, attempt: Attempt): Awaitable<ProvenSlots | Refusal> {
  const results = plan.slots.map((slot, index) => {
    const sent = selection[index];
    return sent && proveAndConfirm(slot, sent.credentials, attempt);
  });
  return after(all<Proven | Failure | undefined>(results), judge);
}

function judge(results: readonly (Proven | Failure | undefined)[]): ProvenSlots | Refusal {
  if (!results.some((result) => result?.kind === 'failure')) return results as ProvenSlots;
  const failures = new Map<number, Failure>();
  for (const [slot, result] of results.entries()) if (result?.kind === 'failure') failures.set(slot, result);
  // What is certainly bad outweighs what could not be asked: an outage says nothing of a credential.
  const [slot, first] = [...failures].find(([, failed]) => failureRows[failed.code].status < 500) ?? [...failures][0]!;
  // What is wrong with the request itself is no credential's fault, and no other credential would help.
  if (faultsOfRequest.has(first.reason)) return { kind: 'refusal', failure: first };
  if (failures.size === 1) return { kind: 'refusal', failure: first, slot };
  return { kind: 'refusal', failure: failure('several', { code: first.code }), slot, failures };
}

function proveAndConfirm(slot: Slot, credentials: unknown, attempt: Attempt): Awaitable<Proven | Failure> {
  const context = new SchemeContext(attempt.settings, slot.name, callerOf(attempt));
  return after(proveOnce(slot, credentials, attempt, context), (proven) => {
    if (proven.kind === 'failure') return proven;
    const confirming = failingAs(attempt, () => confirm(proven.principal, slot.scheme, attempt.request, context));
    return after(confirming, (confirmed) =>
      confirmed.kind === 'failure' ? confirmed : withConfirmed(proven, confirmed),
    );
  });
}

function withConfirmed(proven: Proven, { headers, annotations }: Confirmed): Proven {
  if ((headers ?? annotations) === undefined) return proven;
  return {
    ...proven,
    headers: [...proven.headers, ...(headers ?? noHeaders)],
    annotations: { ...proven.annotations, ...annotations },
  };
}

function proveOnce(slot: Slot, credentials: unknown, attempt: Attempt, context: Context): Awaitable<Proven | Failure> {
  const remembered = attempt.record.proofs.get(slot.name);
  if (remembered === undefined) return prove(slot, credentials, attempt, context);
  // A credential that has ended since is proved again, and refused by its scheme.
  return after(remembered, (proven) =>
    proven.kind === 'proven' && hasEnded(proven.principal, context)
      ? prove(slot, credentials, attempt, context)
      : proven,
  );
}

const hasEnded = ({ expiresAt }: Principal, { clock }: Context): boolean =>
  expiresAt !== undefined && clock.now() >= expiresAt;

function prove(slot: Slot, credentials: unknown, attempt: Attempt, context: Context): Awaitable<Proven | Failure> {
  const { proofs } = attempt.record;
  const proof = verify(slot, credentials, attempt, context);
  if (!isPromise(proof)) {
    if (proof.kind === 'proven') proofs.set(slot.name, proof);
    return proof;
  }
  // Kept while it is under way, for a second guard that asks meanwhile; a failure is not kept.
  proofs.set(slot.name, proof);
  const forget = (): void => void proofs.delete(slot.name);
  proof.then((proven) => (proven.kind === 'proven' ? proofs.set(slot.name, proven) : forget()), forget);
  return proof;
}

function verify(
  { name, scheme }: Slot,
  credentials: unknown,
  attempt: Attempt,
  context: Context,
): Awaitable<Proven | Failure> {
  const judgeVerified = (verified: Verified): Proven | Failure => {
    if (verified.kind === 'failure') return verified;
    // A scheme of somebody's own may answer anything: what is not known is no proof.
    if (verified.kind !== 'verified') throw new TypeError(`the scheme ${name} answered neither verified nor a failure`);
    const principal = Object.freeze({ ...verified.principal, scheme: name, type: scheme.type });
    return {
      kind: 'proven',
      principal,
      headers: verified.headers ?? noHeaders,
      annotations: verified.annotations,
      limit: verified.limit,
    };
  };
  return failingAs(attempt, () => after(scheme.verify(credentials, attempt.request, context), judgeVerified));
}

/** What is thrown for one credential is its failure: an outage of its store says nothing of another credential. */
function failingAs<T>({ request, settings }: Attempt, step: () => Awaitable<T>): Awaitable<T | Failure> {
  const failed = (error: unknown): Failure => {
    if (request.signal?.aborted) throw error;
    settings.onError(error);
    return isFailureError(error) ? error.failure : failure('unexpected');
  };
  try {
    const answer = step();
    return isPromise(answer) ? answer.catch(failed) : answer;
  } catch (error) {
    return failed(error);
  }
}
