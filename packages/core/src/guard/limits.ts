import type { Awaitable } from '../contracts/awaitable.js';
import { after } from '../base/awaitable.js';
import type { Failure, HeaderList } from '../contracts/failure.js';
import type { RateLimit } from '../contracts/stores.js';
import { formatRateLimits } from '../throttle/fields.js';
import type { Admission, Charge } from '../throttle/throttle.js';
import { fingerprintOf } from '../audit/event.js';
import { clientOf, type Attempt } from './attempt.js';
import { extractedBy } from './request-record.js';
import type { ProvenSlots } from './prove.js';
import type { Refusal } from './refusal.js';
import type { Plan } from './requirement.js';
import type { Selection } from './select-scheme.js';

const admitted: Admission = Object.freeze({ kind: 'admitted', states: [], end: () => undefined });

/**
 * Step 2: whether this caller may try. Its address pays once a request; each credential that is still to be proved is a try of its own, so
 * that nobody guesses behind a guard that let them through.
 */
export function admit(attempt: Attempt, plan: Plan, selection: Selection): Awaitable<Admission | Failure> {
  const { settings, record } = attempt;
  const { throttle } = settings;
  if (!throttle.asksBefore || (record.limits !== undefined && isProved(attempt, plan, selection))) return admitted;
  const claimed = plan.slots.flatMap(({ name }, slot) => {
    const subject = selection[slot]?.claimedSubject;
    return subject === undefined ? [] : [`${name} ${subject}`];
  });
  return admitAs(attempt, claimed);
}

/** Whether a caller may try to prove to be somebody to an endpoint of ours. */
export function admitClaim(attempt: Attempt, claimed: string): Awaitable<Admission | Failure> {
  return attempt.settings.throttle.asksBefore ? admitAs(attempt, [claimed]) : admitted;
}

function admitAs(attempt: Attempt, claimed: readonly string[]): Awaitable<Admission | Failure> {
  const { settings, request, record } = attempt;
  const client = clientOf(attempt);
  const address = client.kind === 'client' ? client.address : null;
  settings.proxyWatch?.see(address, hasForwarded(attempt));
  const asker = { address, claimed, signal: request.signal, paid: record.limits?.states };
  return after(settings.throttle.admit(asker), (admission) => {
    if (admission.kind === 'admitted') record.limits ??= { states: admission.states, charged: new Set() };
    return admission;
  });
}

const isProved = ({ record }: Attempt, plan: Plan, selection: Selection): boolean =>
  plan.slots.every(({ name }, slot) => selection[slot] === undefined || record.proofs.has(name));

/** Tells what became of a try. What only came too late or too early was no guess. */
export function endTry(admission: Admission, refusal: Refusal | undefined): Awaitable<void> {
  if (refusal === undefined) return admission.end('right');
  const failures = refusal.failures === undefined ? [refusal.failure] : [...refusal.failures.values()];
  return admission.end(failures.some(isGuess) ? 'wrong' : 'neither');
}

const guessed: ReadonlySet<string> = new Set([
  'invalid-credentials', 'invalid-token', 'invalid-signature', 'invalid-dpop-proof', 'invalid-certificate',
]); // prettier-ignore
// Decision: what was good, or will be, is refused but not counted as a guess: it is how clients learn to fetch a new token.
const outOfTime: ReadonlySet<string> = new Set([
  'expired', 'not-yet-valid', 'too-old', 'key-expired', 'key-not-yet-valid', 'key-revoked', 'revoked', 'dpop-proof-stale',
]); // prettier-ignore

const isGuess = ({ code, reason }: Failure): boolean => guessed.has(code) && !outOfTime.has(reason);

/** Charges those who were proved, and the route, once a request each. */
export function charge(
  attempt: Attempt,
  plan: Plan,
  proven: ProvenSlots,
  limit: RateLimit | undefined,
): Awaitable<undefined | Refusal> {
  const { settings, request, record } = attempt;
  const all = chargesOf(attempt, plan, proven, limit);
  if (all.length === 0) return undefined;
  const limits = (record.limits ??= { states: [], charged: new Set() });
  const charges = all.filter((each) => !limits.charged.has(keyOf(each)));
  return after(settings.throttle.charge(charges, request.signal), (result) => {
    if (result.kind === 'failure') return { kind: 'refusal', failure: result };
    for (const each of charges) limits.charged.add(keyOf(each));
    limits.states = [...limits.states, ...result.states];
    return undefined;
  });
}

const keyOf = ({ name, parts }: Charge): string => JSON.stringify([name, ...parts]);

/** The fields of a pass: what is left of every limit that this request was held against. */
export function limitHeaders({ settings, record }: Attempt): HeaderList {
  if (record.limits === undefined || !settings.throttle.fields) return [];
  return formatRateLimits(record.limits.states);
}

function chargesOf(
  { settings, request, record }: Attempt,
  plan: Plan,
  proven: ProvenSlots,
  limit: RateLimit | undefined,
): readonly Charge[] {
  const { perSubject, perCredential } = settings.throttle;
  const charges: Charge[] = [];
  for (const [slot, each] of proven.entries()) {
    if (each === undefined) continue;
    const { principal } = each;
    const { name, scheme } = plan.slots[slot]!;
    const own = each.limit ?? perCredential;
    if (own !== undefined)
      charges.push({
        name: 'credential',
        parts: [name, credentialOf(record, name, scheme.type, principal.credentialId)],
        limit: own,
        reason: scheme.type === 'apiKey' ? 'key-limit' : 'credential-limit',
      });
    if (perSubject !== undefined)
      charges.push({
        name: 'subject',
        parts: [principal.issuer, principal.subject],
        limit: perSubject,
        reason: 'subject-limit',
      });
  }
  if (limit !== undefined) {
    const first = proven.find((each) => each !== undefined)?.principal;
    const who = first === undefined ? ['address', addressOf(record.client)] : [first.issuer, first.subject];
    charges.push({
      name: 'route',
      parts: [request.method, request.route ?? '', JSON.stringify(limit), ...who],
      limit,
      reason: 'route-limit',
    });
  }
  return charges;
}

function credentialOf(record: Attempt['record'], name: string, type: string, credentialId: string | undefined): string {
  if (credentialId !== undefined) return credentialId;
  const sent = extractedBy(record, name);
  return sent?.kind === 'credentials' ? fingerprintOf(type, sent.identifier) : '';
}

const addressOf = (client: Attempt['record']['client']): string | null =>
  client?.kind === 'client' ? client.address : null;

const hasForwarded = ({ request }: Attempt): boolean =>
  request.headers.get('x-forwarded-for') !== undefined || request.headers.get('forwarded') !== undefined;
