import type { AuditEvent } from '@auth/core';

import { createApiAuth, type TrustedKeys } from './auth.js';
import { findFaults, reasonsOf } from './judge.js';
import type { DemoRequest } from './requests.js';
import { send } from './send.js';
import type { RunningServer, StartServer } from './servers/server.js';
import { createShop } from './shop.js';

/** A server, and what can be seen of it from inside. */
export interface WatchedServer extends RunningServer {
  readonly name: string;
  /** Since it was asked last. */
  readonly takeEvents: () => readonly AuditEvent[];
  /** Since it was asked last. */
  readonly takeHandlerRuns: () => number;
}

export async function startWatched(name: string, start: StartServer, keys: TrustedKeys): Promise<WatchedServer> {
  let events: AuditEvent[] = [];
  let runs = 0;
  const auth = createApiAuth(keys, (event) => void events.push(event));
  await auth.ready();
  const server = await start(
    auth,
    createShop(() => runs++),
  );
  return {
    ...server,
    name,
    takeEvents() {
      const taken = events;
      events = [];
      return taken;
    },
    takeHandlerRuns() {
      const taken = runs;
      runs = 0;
      return taken;
    },
    async stop() {
      await server.stop();
      await auth.close();
    },
  };
}

/** One request at one server. */
export interface Cell {
  readonly framework: string;
  readonly outcome: string;
  readonly reason: string;
  readonly ms: number;
  readonly faults: readonly string[];
}

export interface Row {
  readonly request: DemoRequest;
  readonly cells: readonly Cell[];
}

/** Sends every request to every server, one after the other, so that each event belongs to one request. */
export async function runRequests(
  requests: readonly DemoRequest[],
  servers: readonly WatchedServer[],
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const request of requests) {
    const cells: Cell[] = [];
    for (const server of servers) cells.push(await ask(server, request));
    rows.push({ request, cells });
  }
  return rows;
}

async function ask(server: WatchedServer, request: DemoRequest): Promise<Cell> {
  const received = await send(server.url, request);
  const events = server.takeEvents();
  return {
    framework: server.name,
    outcome: received.outcome,
    reason: reasonsOf(events),
    ms: received.ms,
    faults: findFaults(request.expected, { received, events, handlerRuns: server.takeHandlerRuns() }),
  };
}

export const isAsExpected = ({ faults }: Cell): boolean => faults.length === 0;
