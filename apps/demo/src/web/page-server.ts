import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import type { Board } from '../board.js';
import { closeServer, listen, loopbackPort, portOf, urlOf } from '../servers/server.js';
import { readPageFiles } from './files.js';
import type { Live } from './live.js';
import { turnAway } from './same-site.js';
import { readSendOrder } from './send-order.js';
import { showBoard, showCell } from './show.js';
import type { KeysView } from './view.js';

export interface PageServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export interface PageOptions {
  readonly port: number;
  readonly board: Board;
  readonly live: Live;
  readonly keys: KeyDesk;
}

/** The keys of the issuer, as the page sees and moves them. */
export interface KeyDesk {
  readonly show: () => KeysView;
  /** Makes the next key sign. @returns false where it is too early for that. */
  readonly rotate: () => Promise<boolean>;
}

type Respond = (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** Serves the page to this machine alone. */
export async function startPageServer({ port, live, ...shown }: PageOptions): Promise<PageServer> {
  const routes = await createRoutes({ live, ...shown });
  const server = createServer((req, res) => {
    const { status, why } = turnAway(req, portOf(server)) ?? {};
    for (const [name, value] of Object.entries(securityHeaders)) res.setHeader(name, value);
    if (status !== undefined) return end(res, status, why);
    const respond = routes.get(`${req.method} ${(req.url ?? '').replace(/\?.*$/s, '')}`);
    if (respond === undefined) return end(res, 404, 'No such page.');
    Promise.resolve(respond(req, res)).catch(() => (res.headersSent ? res.destroy() : end(res, 500, 'An error.')));
  });
  server.maxConnections = 64;
  await listen(server, loopbackPort(port));
  return {
    url: `${urlOf(server)}/`,
    stop() {
      live.close();
      return closeServer(server);
    },
  };
}

async function createRoutes({ board, live, keys }: Omit<PageOptions, 'port'>): Promise<ReadonlyMap<string, Respond>> {
  const routes = new Map<string, Respond>();
  for (const [path, { type, content }] of await readPageFiles()) {
    routes.set(`GET ${path}`, (_req, res) => void res.setHeader('content-type', type).end(content));
  }
  routes.set('GET /board.json', (_req, res) => json(res, 200, showBoard(board)));
  routes.set('GET /live', (_req, res) => {
    if (!live.listen(res)) end(res, 503, 'Too many pages are open.');
  });
  routes.set('POST /send', async (req, res) => {
    const order = await readSendOrder(req);
    const cell = order && (await board.send(order.request, order.framework));
    if (cell === undefined) end(res, 400, 'No such request.');
    else json(res, 200, showCell(cell, board.servers));
  });
  routes.set('POST /send-all', async (_req, res) => {
    await board.sendAll();
    end(res, 204);
  });
  routes.set('GET /keys.json', (_req, res) => json(res, 200, keys.show()));
  routes.set('POST /rotate', async (_req, res) => {
    if (await keys.rotate()) json(res, 200, keys.show());
    else end(res, 204);
  });
  return routes;
}

function json(res: ServerResponse, status: number, content: object): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

function end(res: ServerResponse, status: number, text?: string): void {
  // What was not read of the body is not waited for.
  res.writeHead(status, { connection: 'close', ...(text !== undefined && { 'content-type': 'text/plain' }) }).end(text);
}
