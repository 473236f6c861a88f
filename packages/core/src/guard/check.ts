import { after, isPromise } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Decision, Refuse } from '../contracts/decision.js';
import type { Failure, HeaderList } from '../contracts/failure.js';
import type { AuthRequest } from '../contracts/request.js';
import type { RateLimit } from '../contracts/stores.js';
import { isFailureError } from '../errors/failure-error.js';
import { failure } from '../errors/failures.js';
import { checkAuthority } from '../http/authority.js';
import { checkTransport } from '../http/transport.js';
import type { Admission } from '../throttle/throttle.js';
import { evaluate, type Held } from './evaluate.js';
import { contextOf, judgePermissions, type Judgements, type ResourceParameters } from './permissions.js';
import { proveAll, type ProvenSlots } from './prove.js';
import type { Refusal } from './refusal.js';
import type { Plan } from './requirement.js';
import { selectSchemes, type Selection } from './select-scheme.js';
import type { Settings } from './settings.js';
import { AllowDecision } from './allow.js';
import { clientOf, type Attempt } from './attempt.js';
import { admit, charge, endTry, limitHeaders } from './limits.js';
import { recordGone, settleAllow, settleRefusal, whenRecorded } from './settle.js';

/** How one guard refuses, beside its requirement. */
export interface CheckOptions {
  /** 404 `not-found` instead of 403, so that nobody learns what exists. */
  readonly hideForbidden?: boolean;
  /** What the route acts upon, for the policy: names of its path parameters, and the type. */
  readonly resource?: ResourceParameters;
  /** Requests of one caller for this route: of a subject, or of an address where nobody was proved. */
  readonly limit?: RateLimit;
}

const nobody: ProvenSlots = Object.freeze([]);
const anyone: Held = Object.freeze({
  kind: 'held',
  principal: null,
  principals: Object.freeze([]),
  apart: Object.freeze([]),
});

/**
 * Decides one request. The order of the steps is fixed: format, limits, proof, possession, permission, record.
 * @returns a decision at once, or a promise of one where something had to wait.
 * @throws what aborted the request; nothing else.
 */
export function check(
  settings: Settings,
  request: AuthRequest,
  plan: Plan,
  options: CheckOptions,
): Awaitable<Decision> {
  const attempt = beginAttempt(settings, request, plan);
  let decision: Awaitable<Decision>;
  try {
    decision = decide(attempt, plan, options);
  } catch (error) {
    decision = refuseThrown(attempt, error);
  }
  if (isPromise(decision)) decision = decision.catch((error: unknown) => refuseThrown(attempt, error));
  return settings.audit?.required === true ? after(decision, (made) => whenRecorded(attempt, made)) : decision;
}

/** Refuses a route that has no requirement. */
export function refuseUndeclared(settings: Settings, request: AuthRequest): Refuse {
  return settleRefusal(beginAttempt(settings, request, undefined), {
    kind: 'refusal',
    failure: failure('no-requirement'),
  });
}

export function beginAttempt(settings: Settings, request: AuthRequest, plan: Plan | undefined): Attempt {
  return {
    settings,
    request,
    plan,
    record: settings.records(request),
    startedMs: settings.audit === undefined ? 0 : performance.now(),
    written: true,
  };
}

/** What is wrong with the way a request came, whoever sends it. */
export function checkConnection(attempt: Attempt): Failure | undefined {
  const { settings, request } = attempt;
  const client = clientOf(attempt);
  return client.kind === 'failure'
    ? client
    : (checkTransport(request, client, settings.insecureTransport) ?? checkAuthority(request));
}

export function decide(attempt: Attempt, plan: Plan, options: CheckOptions): Awaitable<Decision> {
  const { settings, request, record } = attempt;
  if (plan.root.form === 'public') return allowUnlessRefused(attempt, plan, options, { held: anyone, proven: nobody });

  const refused = checkConnection(attempt);
  if (refused !== undefined) return settleRefusal(attempt, { kind: 'refusal', failure: refused });

  const selection = selectSchemes(plan, request, record, settings);
  if (!isPromise(selection)) return decideSelected(attempt, selection, { plan, options });
  return selection.then((late) => {
    request.signal?.throwIfAborted();
    return decideSelected(attempt, late, { plan, options });
  });
}

/** All that comes after the format. */
function decideSelected(
  attempt: Attempt,
  selection: Selection | Refusal,
  { plan, options }: { readonly plan: Plan; readonly options: CheckOptions },
): Awaitable<Decision> {
  if ('kind' in selection) return settleRefusal(attempt, selection);
  return after(admit(attempt, plan, selection), (admission) => {
    if (admission.kind === 'failure') return settleRefusal(attempt, { kind: 'refusal', failure: admission });
    return tryToProve(attempt, plan, selection, admission, options);
  });
}

/** Whatever becomes of a try, its place among those under way is given back. */
function tryToProve(
  attempt: Attempt,
  plan: Plan,
  selection: Selection,
  admission: Admission,
  options: CheckOptions,
): Awaitable<Decision> {
  const { request } = attempt;
  const judge = (proven: ProvenSlots | Refusal): Awaitable<Decision> =>
    after(endTry(admission, 'kind' in proven ? proven : undefined), () => judgeProven(attempt, plan, proven, options));
  try {
    const proven = proveAll(plan, selection, attempt);
    if (!isPromise(proven)) return judge(proven);
    const judged = proven.then((late) => {
      // Whoever has gone meanwhile is let in nowhere.
      request.signal?.throwIfAborted();
      return judge(late);
    });
    return judged.catch(async (error: unknown) => {
      await admission.end('neither');
      throw error;
    });
  } catch (error) {
    void admission.end('neither');
    throw error;
  }
}

function judgeProven(
  attempt: Attempt,
  plan: Plan,
  proven: ProvenSlots | Refusal,
  options: CheckOptions,
): Awaitable<Decision> {
  if ('kind' in proven) return settleRefusal(attempt, hide(proven, options));
  return after(charge(attempt, plan, proven, options.limit), (refused) => {
    if (refused !== undefined) return settleRefusal(attempt, refused);
    const judgements = judgePermissions(attempt, plan, proven, options.resource);
    if (!isPromise(judgements)) return judgePermitted(attempt, plan, { proven, judgements }, options);
    return judgements.then((late) => {
      attempt.request.signal?.throwIfAborted();
      return judgePermitted(attempt, plan, { proven, judgements: late }, options);
    });
  });
}

function judgePermitted(
  attempt: Attempt,
  plan: Plan,
  { proven, judgements }: { readonly proven: ProvenSlots; readonly judgements: Judgements },
  options: CheckOptions,
): Awaitable<Decision> {
  const { policy, clock } = attempt.settings;
  const now = clock.now();
  // Where nobody's policy asks, no address is looked for.
  const context = policy === undefined ? { now } : { ...contextOf(attempt), now };
  const evaluation = evaluate(plan, proven, { policy, judgements, context });
  return evaluation.kind === 'held'
    ? allowUnlessRefused(attempt, plan, options, { held: evaluation, proven })
    : settleRefusal(attempt, hide(evaluation, options));
}

/** `onAllow` has the last word: an account suspended, a tenant closed. */
function allowUnlessRefused(
  attempt: Attempt,
  plan: Plan,
  options: CheckOptions,
  { held, proven }: { readonly held: Held; readonly proven: ProvenSlots },
): Awaitable<Decision> {
  const { settings, request } = attempt;
  const allow = new AllowDecision(held, [...headersOf(proven), ...limitHeaders(attempt)], attempt);
  return after(settings.onAllow?.(allow, request), (refused) => {
    if (refused === undefined) return settleAllow(attempt, allow, proven);
    if (refused?.kind !== 'failure') throw new TypeError('onAllow must answer nothing, or a failure made by failure()');
    const slot = plan.slots.findIndex(({ name }) => name === held.principal?.scheme);
    const refusal: Refusal = {
      kind: 'refusal',
      failure: refused,
      ...(held.principal !== null && { slot, principal: held.principal }),
    };
    return settleRefusal(attempt, hide(refusal, options));
  });
}

function headersOf(proven: ProvenSlots): HeaderList {
  const [only] = proven;
  return proven.length === 1 && only !== undefined ? only.headers : proven.flatMap((slot) => slot?.headers ?? []);
}

/** A refusal of permission looks like a thing that is not there, where the route asks for it; the event still tells. */
function hide(refusal: Refusal, { hideForbidden = false }: CheckOptions): Refusal {
  const { code, reason } = refusal.failure;
  const forbidden = code === 'permission-denied' || code === 'insufficient-scope' || code === 'subject-mismatch';
  return hideForbidden && forbidden ? { ...refusal, failure: failure(reason, { code: 'not-found' }) } : refusal;
}

/** Fails closed: whatever was thrown, the handler does not run, and the caller learns nothing of it. */
export function refuseThrown(attempt: Attempt, error: unknown): Refuse {
  if (attempt.request.signal?.aborted) {
    recordGone(attempt);
    throw error;
  }
  const failed: Failure = isFailureError(error) ? error.failure : failure('unexpected');
  attempt.settings.onError(error);
  return settleRefusal(attempt, { kind: 'refusal', failure: failed });
}
