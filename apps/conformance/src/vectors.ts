import type { AuditEvent } from '@auth/core';
import { createAuth } from '@auth/core';
import { readConfig } from '@auth/core/testing';
import { runSuite, type Start } from '@auth/test-vectors';

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

/** `vectors`: runs the suite in each framework; one line a case, then `N passed, N failed`. */
export async function runVectors(frameworks: readonly string[], only: string | undefined): Promise<boolean> {
  let passed = 0;
  let failed = 0;
  for (const framework of frameworks) {
    for await (const { id, title, outcome, messages } of runSuite(startIn(framework), {
      host: framework,
      ...(only !== undefined && { only }),
    })) {
      if (outcome === 'passed') passed++;
      if (outcome === 'failed') failed++;
      process.stdout.write(`${[outcome, framework, id, [title, ...messages].join(' | ')].join(' ')}\n`);
    }
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0;
}
