import type { Hooks } from 'ky';

import type { Client } from '../create-client.js';

/**
 * Hooks for ky that send its requests by a client: all that `client.fetch` does holds for them.
 * @example const api = ky.create({ baseUrl: 'https://api.example', hooks: kyHooks(client) });
 */
export function kyHooks(client: Client): Hooks {
  return { beforeRequest: [({ request, options }) => send(client, request, options.body)] };
}

async function send(client: Client, request: Request, given: unknown): Promise<Response> {
  const { url, method, headers, signal } = request;
  // A Request makes a stream of every body; what was none can be sent again.
  const isStream = typeof given === 'object' && given !== null && 'getReader' in given;
  const body = request.body === null ? null : isStream ? request.body : await request.arrayBuffer();
  return client.fetch(url, { method, headers, signal, body });
}
