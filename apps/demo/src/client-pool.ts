import { createClient, type Client, type Fetch } from '@auth/client';

import type { DemoRequest } from './requests/request.js';
import { send, type Received } from './send.js';

/** Sends as applications do, with `@auth/client`, and sees what went over the wire. */
export interface ClientPool {
  readonly send: (url: string, request: DemoRequest) => Promise<Received>;
  readonly close: () => Promise<void>;
}

/** A client that an application has for a server, and the latest that it sent there. */
interface Watched {
  readonly client: Client;
  readonly takeReceived: () => Received | undefined;
}

export function createClientPool(): ClientPool {
  // They stay, so that tokens are kept and renewed as in an application.
  const clients = new Map<string, Watched>();
  return {
    async send(url, request) {
      const key = `${url} ${request.id}`;
      const watched = clients.get(key) ?? watchClient(url, request);
      clients.set(key, watched);
      const { method, path } = request;
      try {
        await watched.client.fetch(path, { method });
        return watched.takeReceived() ?? nothing(request, 'the client sent nothing');
      } catch (error) {
        return watched.takeReceived() ?? nothing(request, String(error));
      }
    },
    async close() {
      await Promise.all([...clients.values()].map(({ client }) => client.close()));
    },
  };
}

function watchClient(origin: string, { caller }: DemoRequest): Watched {
  let received: Received | undefined;
  const fetch: Fetch = async (url, init) => {
    // To the authorization server.
    if (!url.startsWith(`${origin}/`)) return globalThis.fetch(url, init);
    const { method = 'GET', headers, signal } = init;
    const lines = [...new Headers(headers)];
    received = await send(origin, { method, path: url.slice(origin.length), headers: lines }, signal ?? undefined);
    return toResponse(received);
  };
  return {
    client: createClient({ origin, auth: caller!, fetch }),
    takeReceived() {
      const taken = received;
      received = undefined;
      return taken;
    },
  };
}

function toResponse({ statusLine, answerHeaders, body, outcome }: Received): Response {
  if (statusLine === null) throw new TypeError(outcome);
  const headers = answerHeaders.map(([name, value]): [string, string] => [name, value]);
  return new Response(body, { status: Number(statusLine.split(' ')[1]), headers });
}

const nothing = ({ method, path }: DemoRequest, why: string): Received => ({
  requestLine: `${method} ${path} HTTP/1.1`,
  requestHeaders: [],
  statusLine: null,
  answerHeaders: [],
  body: '',
  outcome: `no answer: ${why}`,
  challenged: false,
  ms: 0,
});
