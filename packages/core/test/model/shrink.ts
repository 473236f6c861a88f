import type { Requirement } from '../../src/index.js';
import type { Case, Field, Sent, Step } from './case.js';

/** Makes a case smaller as long as it still fails: one thing less at a time, until nothing can go. */
export async function shrink(from: Case, fails: (smaller: Case) => Promise<boolean>): Promise<Case> {
  for (const smaller of smallerCases(from)) if (await fails(smaller)) return shrink(smaller, fails);
  return from;
}

function* smallerCases(from: Case): Generator<Case> {
  for (const steps of withoutOne(from.steps)) if (steps.length > 0) yield { ...from, steps };
  for (const [index, step] of from.steps.entries())
    if (step.seconds > 0) yield { ...from, steps: from.steps.with(index, { ...step, seconds: 0 }) };
  for (const index of from.routes.keys()) {
    const route = from.routes[index]!;
    if (from.steps.every((step) => step.route !== index))
      yield { ...from, routes: from.routes.toSpliced(index, 1), steps: withoutIndex(from.steps, 'route', index) };
    for (const require of smallerRequirements(route.require))
      yield { ...from, routes: from.routes.with(index, { ...route, require }) };
    if (route.hideForbidden) yield { ...from, routes: from.routes.with(index, { ...route, hideForbidden: false }) };
  }
  for (const index of from.requests.keys())
    if (from.steps.every((step) => step.request !== index))
      yield { ...from, requests: from.requests.toSpliced(index, 1), steps: withoutIndex(from.steps, 'request', index) };
  for (const [index, request] of from.requests.entries())
    for (const sent of smallerRequests(request)) yield { ...from, requests: from.requests.with(index, sent) };
  if (from.onAllow !== undefined) yield { ...from, onAllow: undefined };
  if (from.trustsProxies) yield { ...from, trustsProxies: false };
  if (from.hasPolicy && !JSON.stringify(from.routes).includes('"permissions"')) yield { ...from, hasPolicy: false };
  if (from.insecureTransport !== 'loopback') yield { ...from, insecureTransport: 'loopback' };
  const named = JSON.stringify(from.routes);
  const unused = from.schemes.find((name) => from.schemes.length > 1 && !named.includes(`"scheme":"${name}"`));
  if (unused !== undefined) yield { ...from, schemes: from.schemes.filter((name) => name !== unused) };
}

/** The same steps after a route or request that none of them takes has gone. */
const withoutIndex = (steps: readonly Step[], of: 'route' | 'request', gone: number): readonly Step[] =>
  steps.map((step) => (step[of] > gone ? Object.assign({ ...step }, { [of]: step[of] - 1 }) : step));

function* smallerRequests(sent: Sent): Generator<Sent> {
  if (sent.way !== 'tls') yield { ...sent, way: 'tls' };
  if (sent.target !== 'path') yield { ...sent, target: 'path' };
  if (sent.twoHosts) yield { ...sent, twoHosts: false };
  for (const [field, lines] of Object.entries(sent.lines) as [Field, readonly string[]][]) {
    const { [field]: _, ...others } = sent.lines;
    yield { ...sent, lines: others };
    for (const fewer of withoutOne(lines))
      if (fewer.length > 0) yield { ...sent, lines: { ...sent.lines, [field]: fewer } };
    const plain = lines.map((line) => line.replace(/:ann-.*/, ':ann'));
    if (plain.join() !== lines.join() && !lines.some((line) => line.startsWith('users:')))
      yield { ...sent, lines: { ...sent.lines, [field]: plain } };
  }
}

function* smallerRequirements(requirement: Requirement): Generator<Requirement> {
  const { scheme, anyOf, allOf, optional, public: _, ...rest } = requirement as Record<string, unknown>;
  if (scheme !== undefined) for (const name of Object.keys(rest)) yield without(requirement, name);
  if (optional !== undefined) {
    yield optional as Requirement;
    for (const smaller of smallerRequirements(optional as Requirement)) yield { optional: smaller };
  }
  if (allOf !== undefined && 'sameSubject' in rest) yield without(requirement, 'sameSubject');
  const branches = (anyOf ?? allOf) as Readonly<Record<string, Requirement>> | undefined;
  if (branches === undefined) return;
  const form = anyOf === undefined ? 'allOf' : 'anyOf';
  yield* Object.values(branches);
  if (!Array.isArray(branches)) yield { ...requirement, allOf: Object.values(branches) } as Requirement;
  const list = Object.values(branches);
  for (const fewer of withoutOne(list)) if (fewer.length > 0) yield { ...rest, [form]: fewer } as Requirement;
  for (const [index, branch] of list.entries())
    for (const smaller of smallerRequirements(branch))
      yield { ...rest, [form]: list.with(index, smaller) } as Requirement;
}

function without(requirement: Requirement, name: string): Requirement {
  const { [name]: _, ...others } = requirement as Record<string, unknown>;
  return others as Requirement;
}

function* withoutOne<T>(list: readonly T[]): Generator<readonly T[]> {
  for (const index of list.keys()) yield list.toSpliced(index, 1);
}
