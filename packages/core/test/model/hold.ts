import {
  createAuth,
  failure,
  type Allow,
  type Auth,
  type AuditEvent,
  type AuthOptions,
  type AuthRequest,
  type Awaitable,
  type CheckOptions,
  type Code,
  type Decision,
  type Failure,
  type Guard,
  type Principal,
  type Requirement,
} from '../../src/index.js';
import { createPolicy } from '../../src/policy.js';
import { createTestClock } from '../../src/testing.js';
import { startOfTests } from '../fixtures/guard.js';
import { proxies, toRequest, type Case, type Route } from './case.js';
import { schemes } from './population.js';
import { decide, eventsOf } from './reference.js';
import { lastWords, policy, situationOf, type Spent } from './situation.js';
import type { Person, Principals, Verdict } from './verdict.js';

/** A fault that is put into the guard from outside, to see that the model finds it. */
export interface Tampering {
  readonly options?: (options: AuthOptions) => AuthOptions;
  readonly requirement?: (requirement: Requirement) => Requirement;
  readonly checkOptions?: (options: CheckOptions) => CheckOptions;
  /** Stands before the checks of one guard: may change what goes in and what comes out. */
  readonly check?: (check: Check, asked: Requirement) => Check;
}

export type Check = (request: AuthRequest) => Awaitable<Decision>;

/** Where guard and model differ: the first such step of a case, and what each said. */
export interface Difference {
  readonly step: number;
  readonly guard: Told;
  readonly model: Told;
}

/** What can be seen of a decision; `reason` is null where no event was written. */
export interface Told {
  readonly kind: string;
  readonly status: number | null;
  readonly code: string | null;
  readonly reason: string | null;
  readonly challenges: readonly string[];
  readonly principal: string | null;
  readonly principals: unknown;
  readonly events: number;
}

/** Puts a case before guard and model, step by step; `seen` is told of each verdict on which both agree. */
export async function hold(
  from: Case,
  tampering: Tampering = {},
  seen?: (verdict: Told) => void,
): Promise<Difference | undefined> {
  const events: AuditEvent[] = [];
  const clock = createTestClock(startOfTests);
  const auth = createAuth(toOptions(from, { clock, audit: (event) => void events.push(event) }, tampering));
  const checks = from.routes.map((route) => toCheck(auth, route, tampering));
  const requests = from.requests.map(toRequest);
  const spent: Spent = new Map();
  const before = from.requests.map((): Verdict[] => []);
  for (const [step, { request, route, seconds }] of from.steps.entries()) {
    clock.advance(seconds);
    events.length = 0;
    const pending = checks[route]!(requests[request]!);
    const decision = pending instanceof Promise ? await pending : pending;
    const { require, hideForbidden } = from.routes[route]!;
    const verdict = decide(require, situationOf(from, hideForbidden, { now: clock.offsetSeconds, request, spent }));
    const model = tellVerdict(verdict, eventsOf(verdict, before[request]!));
    const guard = tellDecision(decision, events);
    if (JSON.stringify(guard) !== JSON.stringify(model)) return { step, guard, model };
    before[request]!.push(verdict);
    seen?.(guard);
  }
  return undefined;
}

/** The guard of a route, made when it is first asked. */
function toCheck(auth: Auth, { require, hideForbidden }: Route, tampering: Tampering): Check {
  const { requirement = same, checkOptions = same, check = same } = tampering;
  let guard: Guard | undefined;
  const ask: Check = (request) =>
    (guard ??= auth.forAdapters.guard(requirement(require), checkOptions({ hideForbidden }))).check(request);
  return check(ask, require);
}

const same = <T>(given: T): T => given;

function toOptions(from: Case, more: Pick<AuthOptions, 'clock' | 'audit'>, { options = same }: Tampering): AuthOptions {
  const { onAllow } = from;
  return options({
    schemes: Object.fromEntries(from.schemes.map((name) => [name, schemes[name]])),
    insecureTransport: from.insecureTransport,
    ...(from.trustsProxies && { trustProxy: proxies }),
    ...(from.hasPolicy && { policy: createPolicy({ roles: policy }) }),
    ...(onAllow !== undefined && {
      onAllow: (allow) => (allow.principal?.subject === onAllow.subject ? lastWord(onAllow.does) : undefined),
    }),
    ...more,
  });
}

function lastWord(does: keyof typeof lastWords): Failure | Promise<Failure> {
  if (does === 'throws') throw new Error('onAllow');
  const { code, reason } = lastWords[does];
  const said = failure(reason, { code: code as Code });
  return does === 'forbids late' ? Promise.resolve(said) : said;
}

const nameOf = (person: Principal | Person | null): string | null =>
  person === null ? null : `${person.scheme} ${person.issuer} ${person.subject}`;

const namesOf = (principals: Principals | Allow['principals']): unknown =>
  Array.isArray(principals)
    ? principals.map(nameOf)
    : Object.fromEntries(
        Object.entries(principals as Readonly<Record<string, Person | null>>).map(([name, person]) => [
          name,
          nameOf(person),
        ]),
      );

function tellDecision(decision: Decision, events: readonly AuditEvent[]): Told {
  const refused = decision.kind === 'refuse';
  return {
    kind: decision.kind,
    status: refused ? decision.status : null,
    code: refused ? decision.code : null,
    reason: events[0]?.reason ?? null,
    challenges: decision.headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value),
    principal: refused ? null : nameOf(decision.principal),
    principals: refused ? null : namesOf(decision.principals),
    events: events.length,
  };
}

function tellVerdict(verdict: Verdict, events: number): Told {
  const refused = verdict.kind === 'refuse';
  return {
    kind: verdict.kind,
    status: refused ? verdict.status : null,
    code: refused ? verdict.code : null,
    reason: events === 0 ? null : verdict.reason,
    challenges: refused ? verdict.challenges.map(([scheme, error]) => `${scheme} ${error ?? ''}`) : [],
    principal: refused ? null : nameOf(verdict.principal),
    principals: refused ? null : namesOf(verdict.principals),
    events,
  };
}
