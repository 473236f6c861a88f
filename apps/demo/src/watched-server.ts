import type { AuditEvent } from '@auth/core';

import { createApiAuth, type Trusted } from './auth.js';
import type { AttemptEvent } from './judge.js';
import type { RunningServer, StartServer } from './servers/server.js';
import { createShop } from './shop.js';

/** What happened in a server since it was asked last. */
export interface Happened {
  readonly events: readonly AttemptEvent[];
  readonly explanations: readonly string[];
  readonly handlerRuns: number;
}

/** A server, and what can be seen of it from inside. */
export interface WatchedServer extends RunningServer {
  readonly name: string;
  /** The same API over TLS. */
  readonly secureUrl: string;
  /** Whom the certificate of the server is by: a path. */
  readonly ca: string;
  readonly takeHappened: () => Happened;
}

/** @param onEvent told of each event at once. */
export async function startWatched(
  [name, start]: readonly [name: string, start: StartServer],
  trusted: Trusted,
  onEvent: (server: string, event: AuditEvent) => void = () => undefined,
): Promise<WatchedServer> {
  let events: AttemptEvent[] = [];
  let explanations: string[] = [];
  let handlerRuns = 0;
  const auth = createApiAuth(trusted, {
    audit(event) {
      if (event.kind === 'attempt') events.push(event);
      onEvent(name, event);
    },
    explainRefusals: (explanation) => void explanations.push(explanation),
  });
  await auth.ready();
  const shop = createShop(() => handlerRuns++);
  const server = await start(auth, shop);
  const secure = await start(auth, shop, trusted.tls);
  return {
    ...server,
    name,
    secureUrl: secure.url,
    ca: trusted.ca,
    takeHappened() {
      const happened = { events, explanations, handlerRuns };
      [events, explanations, handlerRuns] = [[], [], 0];
      return happened;
    },
    async stop() {
      await Promise.all([server.stop(), secure.stop()]);
      await auth.close();
    },
  };
}
