import type { Case, Configuration, Host, JsonObject } from './case.js';
import { loadCases, loadCodes, loadConfigurations, loadPrivateKeys, loadPublicKeys, loadTexts } from './data.js';
import { createEventReader } from './events.js';
import { startIssuer, type Issuer } from './issuer/issuer.js';
import { replaceIn } from './placeholders.js';
import { createServerClock, needsControl, runSteps, type CaseContext } from './run-case.js';
import { startServer, stopServer, textOf, type RefusedStart, type RunningServer, type Start } from './server.js';

/** How to run the suite. */
export interface SuiteOptions {
  /** What the server is built with: cases that cannot be seen through it are not run. Left out: all are. */
  readonly host?: Host | (string & {});
  /** Runs these alone: ids of cases or of rows. */
  readonly only?: string | readonly string[];
  /** Ends the run: the server is stopped and the iteration throws the reason. */
  readonly signal?: AbortSignal;
  /** How long one answer may take, in milliseconds; default 5000. */
  readonly timeoutMs?: number;
  /** Other cases than those of the suite: for tests of the runner. */
  readonly cases?: readonly Case[];
  /** Other configurations than those of the suite. */
  readonly configurations?: Readonly<Record<string, Configuration>>;
}

/** What became of a case. */
export interface Result {
  readonly id: string;
  readonly row: string;
  readonly title: string;
  readonly configuration: string;
  /** `except`: not run, since it cannot be seen through this host; the message says why. */
  readonly outcome: 'passed' | 'failed' | 'except';
  /** What is wrong, or why the case was not run. */
  readonly messages: readonly string[];
}

/**
 * Runs the suite against servers that `start` makes: one a configuration, one case after another on it. A case with an issuer,
 * with commands, or of a configuration with `control` has a server of its own, so that nothing of it is left for others.
 * A server that answers wrongly, late or not at all fails cases; it never makes the run throw.
 * @throws the reason of `signal`, once aborted
 * @example for await (const { id, outcome, messages } of runSuite(start, { host: 'express' })) report(id, outcome, messages);
 */
export async function* runSuite(start: Start, options: SuiteOptions = {}): AsyncGenerator<Result, void, undefined> {
  const configurations = options.configurations ?? loadConfigurations();
  const shared = {
    texts: loadTexts(),
    codes: loadCodes(),
    publicKeys: loadPublicKeys(),
    privateKeys: loadPrivateKeys(),
    instances: new Set<string>(),
    byFetch: options.host === 'fetch',
    timeoutMs: options.timeoutMs ?? 5000,
    signal: options.signal,
  };
  for (const cases of groups(selectCases(options), configurations)) {
    options.signal?.throwIfAborted();
    const name = cases[0]!.configuration;
    const configuration = configurations[name];
    if (configuration === undefined) {
      yield* cases.map((one) => failed(one, [`there is no configuration ${name}`]));
      continue;
    }
    yield* runWithIssuer(start, configuration, cases, { ...shared, host: options.host });
  }
}

type Shared = Omit<CaseContext, 'server' | 'url' | 'events' | 'clock' | 'issuer'> & {
  readonly host: string | undefined;
  readonly publicKeys: Readonly<Record<string, JsonObject>>;
};

/** Starts the issuer of a case, where it has one, and tells the configuration where it is. */
async function* runWithIssuer(
  start: Start,
  configuration: Configuration,
  cases: readonly Case[],
  shared: Shared,
): AsyncGenerator<Result, void, undefined> {
  const [{ issuer: script }] = cases as readonly [Case];
  if (script === undefined) {
    yield* runConfiguration(start, configuration, cases, { ...shared, issuer: undefined });
    return;
  }
  const issuer = await startIssuer(shared.publicKeys);
  try {
    const texts = { ...shared.texts, issuer: issuer.texts };
    issuer.change(replaceIn(script, texts));
    yield* runConfiguration(start, replaceIn(configuration, texts), cases, { ...shared, texts, issuer });
  } finally {
    await issuer.stop();
  }
}

type WithIssuer = Shared & { readonly issuer: Issuer | undefined };

async function* runConfiguration(
  start: Start,
  configuration: Configuration,
  cases: readonly Case[],
  shared: WithIssuer,
): AsyncGenerator<Result, void, undefined> {
  const runnable: Case[] = [];
  for (const one of cases) {
    const unseen = one.except?.[shared.host as Host];
    if (unseen === undefined) runnable.push(one);
    else yield result(one, 'except', [unseen]);
  }
  if (runnable.length === 0) return;
  let started: RunningServer | RefusedStart;
  try {
    started = await startServer(start, configuration);
  } catch (error) {
    yield* runnable.map((one) => failed(one, [`the server could not be started: ${textOf(error)}`]));
    return;
  }
  if ('refused' in started) {
    const { refused } = started;
    yield* runnable.map((one) => judged(one, checkRefusedStart(one, refused, configuration)));
    return;
  }
  yield* runOnServer(started, configuration, runnable, shared);
}

async function* runOnServer(
  server: RunningServer,
  { clock }: Configuration,
  cases: readonly Case[],
  shared: WithIssuer,
): AsyncGenerator<Result, void, undefined> {
  let pending: { readonly one: Case; readonly faults: readonly string[] } | undefined;
  let stopped: string | undefined;
  try {
    const context: CaseContext = {
      ...shared,
      server,
      url: new URL(server.url),
      events: createEventReader(server),
      clock: createServerClock(clock),
    };
    for (const one of cases) {
      shared.signal?.throwIfAborted();
      if (pending !== undefined) yield judged(pending.one, pending.faults);
      pending = undefined;
      if (needsControl(one) && server.control === undefined) {
        yield result(one, 'except', ['the server takes no commands']);
        continue;
      }
      const faults =
        one.expectStart === undefined
          ? await runSteps(one, context)
          : ['the configuration was taken, should be refused'];
      pending = { one, faults };
    }
    // What comes after the last answer belongs to the last case.
    const late = await context.events.late();
    if (pending !== undefined && pending.faults.length === 0 && late.length > 0)
      pending = { ...pending, faults: ['another audit event came later'] };
  } catch (error) {
    if (shared.signal?.aborted === true) throw error;
    if (pending !== undefined) pending = { ...pending, faults: [...pending.faults, textOf(error)] };
  } finally {
    stopped = await stopServer(server);
  }
  if (pending !== undefined)
    yield judged(pending.one, [...pending.faults, ...(stopped === undefined ? [] : [stopped])]);
}

function checkRefusedStart(
  { expectStart }: Case,
  refused: RefusedStart['refused'],
  configuration: Configuration,
): string[] {
  const told = refused.map(({ path, reason, message }) => `${path}: ${reason}: ${message}`);
  if (expectStart === undefined) return ['the configuration was refused', ...told];
  const { path, reason } = expectStart.refused;
  const found = refused.some((fault) => fault.path === path && fault.reason === reason);
  const shown = secretsOf(configuration).some((secret) => told.some((text) => text.includes(secret)));
  return [
    ...(found ? [] : [`no fault ${reason} at ${path}`, ...told]),
    ...(shown ? ['a fault shows a secret of the configuration'] : []),
  ];
}

const secretMembers = new Set(['secretBase64', 'dpopNonceSecretBase64', 'password', 'passwordHash', 'key', 'd', 'k']);

/** Secrets that stand in a configuration, at any depth. */
function secretsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    typeof member === 'string' && member !== '' && secretMembers.has(name) ? [member] : secretsOf(member),
  );
}

function selectCases({ cases = loadCases(), only }: SuiteOptions): readonly Case[] {
  if (only === undefined) return cases;
  const wanted = new Set(typeof only === 'string' ? [only] : only);
  return cases.filter(({ id }) => wanted.has(id) || wanted.has(rowOf(id)));
}

/** The cases that share a server, in the order of the first of each. */
function groups(
  cases: readonly Case[],
  configurations: Readonly<Record<string, Configuration>>,
): Iterable<readonly Case[]> {
  const byName = new Map<string, Case[]>();
  for (const one of cases) {
    const own = one.issuer !== undefined || needsControl(one) || configurations[one.configuration]?.control === true;
    const name = own ? `case ${one.id}` : one.configuration;
    byName.set(name, [...(byName.get(name) ?? []), one]);
  }
  return byName.values();
}

/** The row of the catalogue that a case belongs to. */
function rowOf(id: string): string {
  return id.slice(0, id.lastIndexOf('.'));
}

const result = (
  { id, title, configuration }: Case,
  outcome: Result['outcome'],
  messages: readonly string[],
): Result => ({
  id,
  row: rowOf(id),
  title,
  configuration,
  outcome,
  messages,
});
const failed = (one: Case, messages: readonly string[]): Result => result(one, 'failed', messages);
const judged = (one: Case, faults: readonly string[]): Result =>
  result(one, faults.length === 0 ? 'passed' : 'failed', faults);
