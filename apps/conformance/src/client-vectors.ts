import type { ClientEvent } from '@auth/client';
import { createTestClock } from '@auth/core/testing';
import type { StartClient } from '@auth/test-vectors';

import { readClient } from './request-configuration.js';

/** The time of every case of the client's suite. */
const start = Date.UTC(2026, 0, 1) / 1000;

/** Makes the client that a case of the suite describes, with a clock that goes on only where the client waits. */
export const startClient: StartClient = async (configuration) => {
  const clock = createTestClock(start);
  const events: ClientEvent[] = [];
  const onEvent = (event: ClientEvent): void => {
    events.push(event);
    // Whoever waits for a time has told so just before.
    if (event.kind === 'retry') queueMicrotask(() => clock.advance(event.waitSeconds));
  };
  const client = await readClient(configuration, { onEvent, clock });
  return {
    async send({ target, headers, ...init }) {
      const response = await client.fetch(target, { ...init, headers: [...headers] as [string, string][] });
      const attempts = client.findReport(response)?.attempts;
      return { status: response.status, body: await response.text(), ...(attempts !== undefined && { attempts }) };
    },
    events: () => events,
    advance: (seconds) => clock.advance(seconds),
    close: () => client.close(),
  };
};
