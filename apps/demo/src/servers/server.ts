import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { Route } from '@auth/core';
import type { ServerTls } from '@auth/core/node';

import type { ApiAuth } from '../auth.js';
import type { Shop } from '../shop.js';

export interface RunningServer {
  readonly url: string;
  /** Every route with its requirement; null where nobody declared one. */
  readonly routes: readonly Route[];
  readonly stop: () => Promise<void>;
}

/** Starts the API in one framework, over TLS where that is given. */
export type StartServer = (auth: ApiAuth, shop: Shop, tls?: ServerTls) => Promise<RunningServer>;

/** A server whose handshakes are set up by `serverTls`, or one of plain HTTP. */
export function createServerFor(listener: RequestListener, auth: ApiAuth, tls?: ServerTls): Server {
  if (tls === undefined) return createServer(listener);
  const server = createTlsServer(tls.options, listener);
  tls.follow(server, auth);
  return server;
}

/** A port that is reachable from this machine alone. */
export const loopbackPort = (port: number) => ({ host: '127.0.0.1', port }) as const;

export const freeLoopbackPort = loopbackPort(0);

export async function listen(server: Server, where = freeLoopbackPort): Promise<Server> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, resolve);
  });
  return server;
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

export const urlOf = (server: Server | TlsServer): string =>
  `${'setSecureContext' in server ? 'https' : 'http'}://${freeLoopbackPort.host}:${portOf(server)}`;

const graceMs = 1000;

/** Finishes what is under way, and cuts off what does not end within a second. */
export async function closeWithin(server: Server, close: () => Promise<unknown>): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await close();
  clearTimeout(cut);
}

export function closeServer(server: Server): Promise<void> {
  return closeWithin(
    server,
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  );
}
