import type { AuditEvent } from '@auth/core';
import { createAuth } from '@auth/core';
import { createHelperCaller, readConfig } from '@auth/core/testing';
import { runCalls, runSuite, type Call, type CallResult, type Result, type Start } from '@auth/test-vectors';

import { createControl } from './control/commands.js';
import { createControlledStores } from './control/stores.js';
import { hosts } from './hosts/index.js';

/** Starts a configuration of the suite in one framework, events in memory. */
export function startIn(framework: string): Start {
  return async (configuration) => {
    const stores = createControlledStores();
    const result = readConfig(configuration, stores);
    if (result.kind === 'faults') return { refused: result.faults };
    const events: AuditEvent[] = [];
    const auth = createAuth({ ...result.config.options, audit: (event) => void events.push(event) });
    await auth.ready();
    const server = await hosts[framework]!(result.config, auth);
    return {
      url: server.url,
      events: () => events,
      stop: server.stop,
      ...(result.config.control && { control: createControl(result.config, stores) }),
    };
  };
}

/** Helpers that are no route, as `call` calls them. */
export function createCall(): Call {
  const caller = createHelperCaller();
  return async (name, input) => (await caller.call(name, input)) as Awaited<ReturnType<Call>>;
}

/** `vectors`: runs the suite in each framework, then the helpers; one line a case, then `N passed, N failed`. */
export async function runVectors(frameworks: readonly string[], only: string | undefined): Promise<boolean> {
  const selected = only === undefined ? {} : { only };
  let passed = 0;
  let failed = 0;
  const report = (where: string, { id, title, outcome, messages }: Result | CallResult): void => {
    if (outcome === 'passed') passed++;
    if (outcome === 'failed') failed++;
    process.stdout.write(`${[outcome, where, id, [title, ...messages].join(' | ')].join(' ')}\n`);
  };
  for (const framework of frameworks)
    for await (const result of runSuite(startIn(framework), { host: framework, ...selected }))
      report(framework, result);
  for await (const result of runCalls(createCall, selected)) report('helpers', result);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0;
}
