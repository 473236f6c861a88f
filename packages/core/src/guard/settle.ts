import { deviceOf, fingerprintOf, pathOf } from '../audit/event.js';
import { randomUuid } from '../base/random.js';
import { after, isPromise } from '../base/awaitable.js';
import type { AttemptEvent, AuditEvent, Unnumbered } from '../contracts/audit-event.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Allow, Answer, Decision, Refuse } from '../contracts/decision.js';
import type { Deed } from '../contracts/endpoint.js';
import type { Failure, HeaderList } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import { explanationOf } from '../errors/explanations.js';
import { failure, failureRows } from '../errors/failures.js';
import { isLoopback } from '../http/transport.js';
import { askStore } from '../stores/ask-store.js';
import { clientOf, type Attempt } from './attempt.js';
import type { ProvenSlots } from './prove.js';
import type { Refusal } from './refusal.js';
import { extractedBy, type RequestRecord } from './request-record.js';
import type { Settings } from './settings.js';

// Decision: where nothing says when to come again, this long.
const retryAfterSeconds = 5;
const ofKnownSubject: ReadonlySet<string> = new Set(['wrong-password', 'subject-disabled']);
// Stands for a pass where nobody was proved; no scheme can be called so.
const nobody = '';

/** Lets a request through: records it, and writes the event of a pass unless this request has it already. */
export function settleAllow(attempt: Attempt, allow: Allow, proven: ProvenSlots): Allow {
  const { settings, record, plan } = attempt;
  record.allowed = allow;
  alertSpoofed(attempt);
  if (settings.audit !== undefined && attempt.silent !== true && isNews(record, proven)) {
    const reason = plan?.root.form === 'public' ? 'public' : allow.principal === null ? 'anonymous' : 'ok';
    const everyone = proven.flatMap((slot) => slot?.principal ?? []);
    recordEvent(attempt, {
      ...eventOf(attempt, allow.principal),
      outcome: 'allow',
      reason,
      code: null,
      status: null,
      ...Object.assign({}, ...proven.map((slot) => slot?.annotations)),
      ...(everyone.length > 1 && {
        principals: everyone.map(({ scheme, issuer, subject }) => ({ scheme, issuer, subject })),
      }),
    });
  }
  return allow;
}

/** Hands an event to the sinks, and keeps whether it arrives for whoever must not go on without. */
function recordEvent(attempt: Attempt, event: Unnumbered<AuditEvent>): void {
  const { audit } = attempt.settings;
  const written = audit?.emitter.emit(event) ?? true;
  if (audit?.required === true)
    attempt.written = after(attempt.written, (before) => after(written, (now) => before && now));
}

/** A connection that was let in ends with its credential. */
export function recordEnd(attempt: Attempt, principal: Principal, { code, reason }: Failure): void {
  if (attempt.settings.audit === undefined) return;
  const outcome = failureRows[code].status >= 500 ? 'error' : 'refuse';
  recordEvent(attempt, { ...eventOf(attempt, principal), outcome, reason, code, status: null });
}

/** The caller left before anything was decided: nobody is answered. */
export function recordGone(attempt: Attempt): void {
  if (attempt.settings.audit === undefined) return;
  recordEvent(attempt, { ...eventOf(attempt, null), outcome: 'refuse', reason: 'aborted', code: null, status: null });
}

/** Where the audit is required: what was decided, once its event has arrived; a refusal where it has not. */
export function whenRecorded<D extends Answer | Decision>(attempt: Attempt, decided: D): Awaitable<D | Refuse> {
  const { audit, onError } = attempt.settings;
  if (audit?.required !== true) return decided;
  const refuse = (): Refuse => settleRefusal(attempt, { kind: 'refusal', failure: failure('audit-unavailable') });
  const waited = askStore(() => attempt.written, undefined, 'audit-unavailable');
  if (!isPromise(waited)) return waited ? decided : refuse();
  return waited.then(
    (arrived) => (arrived ? decided : refuse()),
    (error: unknown) => {
      onError(error);
      return refuse();
    },
  );
}

/**
 * Whom the credentials of a refusal name. In clear only where it is known that there is such a subject: a name that nobody has may be a
 * password that was typed into the wrong field.
 */
function claimedBy(
  { settings, record, plan }: Attempt,
  { failure: { reason }, slot, principal }: Refusal,
): string | null {
  if (principal !== undefined) return null;
  const asked = slot === undefined ? plan?.slots : [plan!.slots[slot]!];
  for (const { name } of asked ?? []) {
    const sent = extractedBy(record, name);
    if (sent?.kind !== 'credentials' || sent.claimedSubject === undefined) continue;
    return ofKnownSubject.has(reason) ? sent.claimedSubject : settings.audit!.nameUnverified(sent.claimedSubject);
  }
  return null;
}

/** Writes the event of what an endpoint did; `alert` marks a further one. */
export function recordDeed(
  attempt: Attempt,
  { outcome, target, ...deed }: Omit<Deed, 'outcome'> & { readonly outcome: Deed['outcome'] | 'alert' },
  { principal, status }: { readonly principal: Principal | null; readonly status: number | null },
): void {
  const { audit } = attempt.settings;
  if (audit === undefined) return;
  const about = { kind: 'credential', outcome, status, code: null, target: target ?? null } as const;
  recordEvent(attempt, { ...eventOf(attempt, principal), ...about, ...deed });
}

/** Somebody sent a certificate in a field that is for trusted proxies: not read, and told once, whatever became of the request. */
function alertSpoofed(attempt: Attempt): void {
  const { settings, record } = attempt;
  const { certificates } = record;
  if (certificates?.kind !== 'certificates' || !certificates.spoofed || record.alerted) return;
  record.alerted = true;
  void settings.audit?.emitter.emit({
    ...eventOf(attempt, null),
    outcome: 'alert',
    reason: 'certificate-header-spoofed',
    code: null,
    status: null,
  });
}

/** Whether a pass proves more than those of this request that have their event: several guards write one. */
function isNews(record: RequestRecord, proven: ProvenSlots): boolean {
  const recorded = (record.recorded ??= new Set());
  const before = recorded.size;
  for (const slot of proven) if (slot !== undefined) recorded.add(slot.principal.scheme);
  if (before === 0 && recorded.size === 0) recorded.add(nobody);
  return recorded.size > before;
}

/** Refuses a request: the answer, and its event. */
export function settleRefusal(attempt: Attempt, refusal: Refusal): Refuse {
  const { settings, plan } = attempt;
  const { code, reason, headers = [], retryAfterSeconds: retryAfter } = refusal.failure;
  const row = failureRows[code];
  const challenges = challengesOf(attempt, refusal, row.status);
  const status = challenges.status ?? row.status;
  const instance = `urn:uuid:${randomUuid(settings.random)}`;
  const waits = status === 429 || status === 503;
  alertSpoofed(attempt);
  if (settings.audit !== undefined) {
    recordEvent(attempt, {
      ...eventOf(attempt, refusal.principal ?? null, refusal.slot),
      claimedSubject: claimedBy(attempt, refusal),
      outcome: row.status >= 500 ? 'error' : 'refuse',
      reason,
      code,
      status,
      ...(refusal.failures !== undefined && {
        failures: [...refusal.failures].map(([slot, failed]) => ({
          scheme: plan!.slots[slot]!.name,
          reason: failed.reason,
        })),
      }),
      instance,
    });
  }
  explain(attempt, refusal.failure, status);
  return Object.freeze({
    kind: 'refuse',
    code,
    status,
    headers: Object.freeze([
      ['content-type', 'application/problem+json'],
      ['cache-control', 'no-store'],
      ...challenges.headers,
      ...headers,
      ...(waits ? [['retry-after', String(retryAfter ?? retryAfterSeconds)] as const] : []),
    ] as const),
    body: settings.writeProblem(code, status, instance),
  });
}

/** No request came of it, so that there is nobody to answer. */
export function recordRefusedConnection(
  { audit, random, clock }: Settings,
  { reason, address }: { readonly reason: string; readonly address: string | null },
): void {
  void audit?.emitter.emit({
    version: 1,
    kind: 'connection',
    id: randomUuid(random),
    time: new Date(clock.now() * 1000).toISOString(),
    outcome: 'refuse',
    reason,
    scheme: null,
    issuer: null,
    address,
  });
}

/** Tells the operator, in words, of refusals to callers on this machine; never the caller. */
function explain(attempt: Attempt, { code, reason }: Failure, status: number): void {
  const { settings, request, plan } = attempt;
  const client = clientOf(attempt);
  if (settings.explainRefusals === undefined || (client.kind === 'client' && !isLoopback(client.address))) return;
  const asked = plan === undefined ? 'nothing' : JSON.stringify(plan.requirement);
  try {
    settings.explainRefusals(
      `${request.method} ${pathOf(request)}: ${status} ${code}, ${reason}: ${explanationOf(reason)} The route asks: ${asked}`,
    );
  } catch (error) {
    settings.onError(error);
  }
}

/**
 * One challenge of each scheme of the route on 400 and 401, in the order of the requirement, where only a scheme that failed
 * says `error`; on 403 for scopes that of the failing scheme alone; else none.
 */
function challengesOf(
  { settings, plan, request }: Attempt,
  refusal: Refusal,
  status: number,
): { status?: number; headers: HeaderList } {
  if (plan === undefined) return { headers: [] };
  const failureOf = (slot: number): Failure | undefined =>
    // RFC 6750 §3.1: no error where no credentials came.
    refusal.failure.code === 'missing-credentials'
      ? undefined
      : (refusal.failures?.get(slot) ?? (slot === refusal.slot ? refusal.failure : undefined));
  const challenge = (slot: number): { status?: number; headers: HeaderList } =>
    plan.slots[slot]!.scheme.challenge(settings.realm, failureOf(slot), request);
  if (refusal.failure.code === 'insufficient-scope' && refusal.slot !== undefined) return challenge(refusal.slot);
  // What is wrong with the request itself concerns no scheme.
  if (status !== 401 && (status !== 400 || refusal.slot === undefined)) return { headers: [] };
  const all = plan.slots.map((_, slot) => challenge(slot));
  const own = refusal.slot === undefined ? undefined : all[refusal.slot]!.status;
  return { headers: all.flatMap((each) => each.headers), ...(own !== undefined && { status: own }) };
}

type Event = Omit<AttemptEvent, 'sequence' | 'outcome' | 'reason' | 'code' | 'status' | 'instance'>;

function eventOf(attempt: Attempt, principal: Principal | null, failed?: number): Event {
  const { settings, request, record, plan, startedMs, permissions, unknownRoles } = attempt;
  const client = clientOf(attempt);
  const slot =
    principal === null ? plan?.slots[failed ?? -1] : plan?.slots.find(({ name }) => name === principal.scheme);
  const sent = slot && extractedBy(record, slot.name);
  return {
    version: 1,
    kind: 'attempt',
    id: randomUuid(settings.random),
    time: new Date(settings.clock.now() * 1000).toISOString(),
    scheme: slot?.name ?? null,
    issuer: principal?.issuer ?? null,
    subject: principal?.subject ?? null,
    claimedSubject: null,
    clientId: principal?.clientId ?? null,
    credentialId: principal?.credentialId ?? null,
    fingerprint:
      slot !== undefined && sent?.kind === 'credentials' ? fingerprintOf(slot.scheme.type, sent.identifier) : null,
    address: client.kind === 'client' ? client.address : request.connection.remoteAddress,
    device: deviceOf(request),
    method: request.method,
    route: request.route ?? null,
    path: pathOf(request),
    ...(permissions !== undefined && { permissions }),
    ...(unknownRoles !== undefined && { unknownRoles }),
    durationMs: Math.round((performance.now() - startedMs) * 1000) / 1000,
  };
}
