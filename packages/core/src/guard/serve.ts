import type { Answer } from '../contracts/decision.js';
import type { EndpointContext, ServeEndpoint, Served } from '../contracts/endpoint.js';
import type { HeaderList } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import type { AuthRequest } from '../contracts/request.js';
import { callerOf, type Attempt } from './attempt.js';
import { beginAttempt, checkConnection, decide, refuseThrown } from './check.js';
import { admitClaim } from './limits.js';
import type { Plan } from './requirement.js';
import { SchemeContext } from './scheme-context.js';
import { recordDeed, settleRefusal, whenRecorded } from './settle.js';
import type { Settings } from './settings.js';

/** Who is served, and what the answer must carry beside its own fields. */
interface Pass {
  readonly principal: Principal | null;
  readonly headers: HeaderList;
}

const anybody: Pass = Object.freeze({ principal: null, headers: Object.freeze([]) });

/**
 * Serves one request of an endpoint: what the guard refuses is refused as on every route, and what the endpoint does has one event.
 * @throws what aborted the request; nothing else.
 */
export async function serve(
  settings: Settings,
  request: AuthRequest,
  { plan, work }: { readonly plan: Plan | undefined; readonly work: Parameters<ServeEndpoint>[2] },
): Promise<Answer> {
  const attempt: Attempt = { ...beginAttempt(settings, request, plan), silent: true };
  try {
    const pass = plan === undefined ? letThrough(attempt) : await decide(attempt, plan, {});
    const answer = 'status' in pass ? pass : settle(attempt, pass, await work(contextOf(attempt, pass)));
    return await whenRecorded(attempt, answer);
  } catch (error) {
    return refuseThrown(attempt, error);
  }
}

function letThrough(attempt: Attempt): Pass | Answer {
  const failure = checkConnection(attempt);
  return failure === undefined ? anybody : settleRefusal(attempt, { kind: 'refusal', failure });
}

function settle(attempt: Attempt, { principal, headers }: Pass, served: Served): Answer {
  if (served.kind === 'failure') {
    const slot = attempt.plan?.slots.findIndex(({ name }) => name === principal?.scheme);
    return settleRefusal(attempt, {
      kind: 'refusal',
      failure: served,
      ...(principal !== null && slot !== undefined && { slot, principal }),
    });
  }
  const { answer, deed } = served;
  if (deed !== null) recordDeed(attempt, deed, { principal, status: answer.status });
  return headers.length === 0 ? answer : { ...answer, headers: [...answer.headers, ...headers] };
}

function contextOf(attempt: Attempt, { principal }: Pass): EndpointContext {
  const { settings, request } = attempt;
  const context = new SchemeContext(settings, 'endpoint', callerOf(attempt));
  return {
    principal,
    clock: settings.clock,
    random: settings.random,
    realm: settings.realm,
    clientAddress: context.clientAddress,
    clientCertificates: settings.clientCertificates,
    ...(request.signal !== undefined && { signal: request.signal }),
    isRevoked: (token) => context.isRevoked(token),
    useOnce: (use) => context.useOnce(use),
    onError: settings.onError,
    admit: (claimed) => admitClaim(attempt, claimed),
    alert: (alert) => recordDeed(attempt, { ...alert, outcome: 'alert' }, { principal, status: null }),
  };
}
