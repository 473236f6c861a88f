import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Auth } from '@auth/core';
import type { Config } from '@auth/core/testing';

import { continueOnRead } from './continue.js';

/** A server that runs a configuration in one framework. */
export interface RunningServer {
  readonly url: string;
  /** Finishes what is in flight, cuts off what does not end within a second, and closes the guard. */
  readonly stop: () => Promise<void>;
}

/** Starts a configuration in one framework; all that a host adds is the framework. */
export type StartHost = (config: Config, auth: Auth) => Promise<RunningServer>;

const graceMs = 1000;

/** Listens where the configuration says. */
export async function listen(server: Server, at: Config['listen'], auth: Auth): Promise<RunningServer> {
  continueOnRead(server);
  await listenAt(server, at);
  return { url: urlOf(server), stop: () => stop(server, auth) };
}

/** @throws the server's error where nothing can listen there */
export function listenAt(server: Server, { host, port }: Config['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

export function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

async function stop(server: Server, auth: Auth): Promise<void> {
  await closeInTime(
    server,
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeIdleConnections();
      }),
  );
  await auth.close();
}

/** Closes a server, and cuts off what is in flight still when a second has gone. */
export async function closeInTime(server: Server, close: () => Promise<unknown>): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await close();
  clearTimeout(cut);
}
