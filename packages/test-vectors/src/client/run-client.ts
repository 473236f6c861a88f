import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadClientCases } from '../data.js';
import type { JsonObject } from '../case.js';
import { textOf } from '../server.js';
import type { RunningClient, StartClient } from './client.js';
import type { ClientCase, Rule, ServerName } from './client-case.js';
import { ClientRun } from './client-run.js';
import { findLeaks } from './leaks.js';
import { startScriptedServer, type ScriptedServer } from './scripted-server.js';

/** How to run the client's part of the suite. */
export interface ClientSuiteOptions {
  /** Runs these alone: ids of cases or of rows. */
  readonly only?: string | readonly string[];
  /** Strategies (`auth.type`) and members of the configuration that the client does not have: their cases are left out. */
  readonly without?: readonly string[];
  /** How long a step may take, in milliseconds; default 60000. */
  readonly timeoutMs?: number;
  /** Other cases than those of the suite: for tests of the runner. */
  readonly cases?: readonly ClientCase[];
}

/** What became of a case. */
export interface ClientResult {
  readonly id: string;
  readonly row: string;
  readonly title: string;
  /** `except`: left out, since the client cannot do it; the message says what. */
  readonly outcome: 'passed' | 'failed' | 'except';
  readonly messages: readonly string[];
}

/**
 * Runs the client's part of the suite: scripted servers play each case, and the client must behave.
 * A client that fails in any way fails cases; it never makes the run throw.
 * @example for await (const { id, outcome, messages } of runClientSuite(start)) report(id, outcome, messages);
 */
export async function* runClientSuite(
  start: StartClient,
  options: ClientSuiteOptions = {},
): AsyncGenerator<ClientResult, void, undefined> {
  const { only, without = [], cases = loadClientCases() } = options;
  const wanted = only === undefined ? undefined : new Set([only].flat());
  for (const one of cases) {
    const row = one.id.slice(0, one.id.lastIndexOf('.'));
    if (wanted !== undefined && !wanted.has(one.id) && !wanted.has(row)) continue;
    const result = { id: one.id, row, title: one.title };
    const lacking = findNeeds(one).filter((need) => without.includes(need));
    if (lacking.length > 0) {
      yield { ...result, outcome: 'except', messages: [`the client has no ${lacking.join(', ')}`] };
      continue;
    }
    const outcome = await runCase(start, one, options.timeoutMs ?? 60_000);
    if (outcome === 'no-clock') {
      yield { ...result, outcome: 'except', messages: ['the clock of the client cannot be moved'] };
      continue;
    }
    yield { ...result, outcome: outcome.length === 0 ? 'passed' : 'failed', messages: outcome };
  }
}

function findNeeds({ client, also = {} }: ClientCase): readonly string[] {
  return [client, ...Object.values(also)].flatMap((each) => {
    const { auth, ...others } = each as { readonly auth?: JsonObject };
    const type = auth?.['type'];
    return typeof type === 'string' ? Object.keys(others).concat(type) : Object.keys(others);
  });
}

async function runCase(
  start: StartClient,
  one: ClientCase,
  timeoutMs: number,
): Promise<readonly string[] | 'no-clock'> {
  const names: readonly ServerName[] = ['api', 'issuer', 'other'];
  const started = await Promise.all(names.map(async (name) => [name, await startScriptedServer()] as const));
  const servers = Object.fromEntries(started) as Record<ServerName, ScriptedServer>;
  const folder = await mkdtemp(join(tmpdir(), 'client-case-'));
  const clients: RunningClient[] = [];
  let client: RunningClient | undefined;
  try {
    const filled = fillPlaces(one, servers, folder);
    servers.api.play(filled.api ?? []);
    servers.other.play(filled.api ?? []);
    servers.issuer.play([...(filled.issuer ?? []), grants]);
    let refusal: unknown;
    try {
      client = await start(filled.client);
      clients.push(client);
    } catch (error) {
      refusal = error;
    }
    if (one.steps.some((step) => 'advanceSeconds' in step) && client !== undefined && client.advance === undefined)
      return 'no-clock';
    const also = new Map<string, RunningClient>();
    for (const [name, configuration] of Object.entries(filled.also ?? {}))
      also.set(name, clients[clients.push(await start(configuration)) - 1]!);
    const run = new ClientRun({ client, also, folder, refusal, servers, timeoutMs });
    const faults = await run.steps(filled.steps);
    return faults.length > 0 ? faults : [...findStray(filled, servers), ...findLeaks(filled, run.errors, client)];
  } catch (error) {
    return [textOf(error)];
  } finally {
    // What a step left waiting ends with the servers, so that closing waits for nothing.
    await Promise.all(Object.values(servers).map((server) => server.stop()));
    await Promise.race([
      Promise.allSettled(clients.map(async (each) => each.close())),
      new Promise((end) => setTimeout(end, timeoutMs).unref()),
    ]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** What an issuer answers that the case says nothing of. */
const grants: Rule = {
  answer: { json: { access_token: 'token-{{n}}', token_type: 'Bearer', expires_in: 1000 } },
};

function fillPlaces(
  one: ClientCase,
  servers: Readonly<Record<ServerName, ScriptedServer>>,
  folder: string,
): ClientCase {
  const asText = JSON.stringify(folder).slice(1, -1);
  const placed = JSON.stringify(one).replaceAll('{{folder}}', () => asText);
  const text = placed.replaceAll(/\{\{(api|issuer|other)(:host)?\}\}/g, (_all, name: ServerName, host?: string) =>
    host === undefined ? servers[name].origin : new URL(servers[name].origin).host,
  );
  return JSON.parse(text) as ClientCase;
}

/** Nothing ever goes to an origin that the case does not speak of. */
function findStray({ steps }: ClientCase, { other }: Readonly<Record<ServerName, ScriptedServer>>): readonly string[] {
  const spoken = steps.some((step) => 'received' in step && step.received.other !== undefined);
  return !spoken && other.received.length > 0 ? ['a request went to another origin'] : [];
}
