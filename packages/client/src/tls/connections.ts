import type { Socket } from 'node:net';

import { Agent, buildConnector, ProxyAgent } from 'undici';

import { toTls, type ClientCertificate } from './certificate.js';
import type { ProxyOptions } from './options.js';
import type { Connections } from './switching-dispatcher.js';

export interface ConnectionsOptions {
  readonly certificate: ClientCertificate | undefined;
  readonly ca: string | undefined;
  readonly proxy: ProxyOptions | undefined;
}

/** Makes connections that show one certificate, straight or through a proxy. */
export function createConnections({ certificate, ca, proxy }: ConnectionsOptions): Connections {
  // Whatever the environment says.
  const verifying = { rejectUnauthorized: true, ...(ca !== undefined && { ca }) };
  const tls = { ...verifying, minVersion: 'TLSv1.2' as const, ...(certificate !== undefined && toTls(certificate)) };
  return proxy === undefined ? createStraight(tls) : createProxied(proxy, tls, verifying);
}

type Tls = buildConnector.BuildOptions;

/** undici does not cut off what is under way once it was told to close: the sockets are kept for that. */
function createStraight(tls: Tls): Connections {
  const sockets = new Set<Socket>();
  const connector = buildConnector(tls);
  const dispatcher = new Agent({
    connect: (options, callback) => {
      connector(options, (...[error, socket]) => {
        // A failure comes without a socket.
        if (error !== null) return callback(error, null);
        sockets.add(socket.once('close', () => sockets.delete(socket)));
        callback(null, socket);
      });
    },
  });
  return {
    dispatcher,
    cut: () => {
      for (const socket of sockets) socket.destroy(new Error('the certificate of this connection was replaced'));
    },
  };
}

/** The certificate and the credentials of the proxy go to one of them each. */
function createProxied({ url, username, password }: ProxyOptions, requestTls: Tls, proxyTls: Tls): Connections {
  const token = username === undefined ? {} : { token: `Basic ${toBase64(`${username}:${password}`)}` };
  const dispatcher = new ProxyAgent({ uri: url, ...token, requestTls, proxyTls, proxyTunnel: true });
  return { dispatcher, cut: () => void dispatcher.destroy().catch(() => undefined) };
}

const toBase64 = (text: string): string => Buffer.from(text).toString('base64');
