import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createSecureServer, createServer as createHttp2Server, type Http2Session } from 'node:http2';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
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

type Listener = (req: IncomingMessage, res: ServerResponse) => void;

/** The server that a configuration asks for. Those of HTTP/2 answer with the messages of HTTP/1.1 in Node's compatibility layer. */
export function createServerFor({ tls, http2 }: Config, listener: Listener): Server {
  if (tls === undefined)
    return http2 ? (createHttp2Server(listener as never) as unknown as Server) : createServer(listener);
  if (!http2) return createTlsServer(tls.options, listener);
  return createSecureServer({ ...tls.options, allowHTTP1: true }, listener as never) as unknown as Server;
}

/** As Fastify takes it. */
export function serverOptions({ tls, http2 }: Config): object {
  return {
    ...(http2 && { http2 }),
    ...(tls !== undefined && { https: { ...tls.options, ...(http2 && { allowHTTP1: true }) } }),
  };
}

/** Listens where the configuration says. */
export async function listen(server: Server, config: Config, auth: Auth): Promise<RunningServer> {
  prepare(server, config, auth);
  await listenAt(server, config.listen);
  return { url: urlOf(server, config), stop: () => stop(server, config, auth) };
}

/** What every server of the program has, whatever framework made it. */
export function prepare(server: Server, { tls }: Config, auth: Auth): void {
  continueOnRead(server);
  tls?.follow(server as TlsServer, auth);
  const open = new Set<Http2Session>();
  sessions.set(server, open);
  server.on('session', (session: Http2Session) => {
    open.add(session);
    session.once('close', () => open.delete(session));
  });
}

/** Of HTTP/2: Node's servers do not know their own. */
const sessions = new WeakMap<Server, Set<Http2Session>>();

/** @throws the server's error where nothing can listen there */
export function listenAt(server: Server, { host, port }: Config['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

export function urlOf(server: Server, { tls }: Pick<Config, 'tls'> = { tls: undefined }): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `${tls === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

async function stop(server: Server, config: Config, auth: Auth): Promise<void> {
  await closeInTime(
    server,
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        // Not there on a server of HTTP/2.
        server.closeIdleConnections?.();
      }),
  );
  config.tls?.close();
  await auth.close();
}

/** Closes a server, and cuts off what is in flight still when a second has gone. */
export async function closeInTime(server: Server, close: () => Promise<unknown>): Promise<void> {
  const open = sessions.get(server) ?? new Set();
  const cut = setTimeout(() => {
    server.closeAllConnections?.();
    for (const session of open) session.destroy();
  }, graceMs);
  // What is in flight on them ends first.
  for (const session of open) session.close();
  await close();
  clearTimeout(cut);
}
