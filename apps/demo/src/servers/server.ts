import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Route } from '@auth/core';

import type { ApiAuth } from '../auth.js';
import type { Shop } from '../shop.js';

export interface RunningServer {
  readonly url: string;
  /** Every route with its requirement; null where nobody declared one. */
  readonly routes: readonly Route[];
  readonly stop: () => Promise<void>;
}

/** Starts the API in one framework. */
export type StartServer = (auth: ApiAuth, shop: Shop) => Promise<RunningServer>;

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

export const urlOf = (server: Server): string => `http://${freeLoopbackPort.host}:${portOf(server)}`;

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
