import { X509Certificate } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type SecureVersion } from 'node:tls';

import type { CaseConnection } from '../case.js';
import { within } from '../server.js';

/** The connections of one server: those that stay open, and the sessions that may be resumed, by name. */
export interface Connections {
  /** @throws Error where none comes to be */
  open(url: URL, connection: CaseConnection, timeoutMs: number): Promise<Socket>;
  /** What TLS is set up with. */
  optionsOf(connection: CaseConnection): ConnectionOptions;
  /** Ends those that are open still. */
  close(): void;
}

/** @param files certificates and keys in PEM, by name */
export function createConnections(files: Readonly<Record<string, string>>): Connections {
  const open = new Map<string, Socket>();
  const sessions = new Map<string, Buffer>();
  const optionsOf = ({ certificate, http2, maxVersion, serverName, resume }: CaseConnection): ConnectionOptions => {
    const session = resume === undefined ? undefined : sessions.get(resume);
    return {
      ca: files['server-ca.pem']!,
      // The server's URL has an address; that its certificate is of our authority is what counts.
      checkServerIdentity: () => undefined,
      ...(certificate !== undefined && { cert: files[`${certificate}.pem`]!, key: files[`${certificate}.key`]! }),
      ...(maxVersion !== undefined && { maxVersion, minVersion: oldest(maxVersion) }),
      ...(maxVersion === 'TLSv1.1' && { ciphers: 'DEFAULT@SECLEVEL=0' }),
      ...(http2 === true && { ALPNProtocols: ['h2'] }),
      ...(serverName !== undefined && { servername: serverName }),
      ...(session !== undefined && { session }),
    };
  };
  return {
    optionsOf,
    async open(url, connection, timeoutMs) {
      const { keep, resume } = connection;
      const kept = keep === undefined ? undefined : open.get(keep);
      if (kept !== undefined) {
        if (kept.destroyed) throw new Error(`the server closed the connection ${keep}`);
        return kept;
      }
      const mustResume = resume !== undefined && sessions.has(resume);
      const socket = await within(
        dial(url, optionsOf(connection), { resume, mustResume, sessions, expected: fingerprintIn(files, connection) }),
        timeoutMs,
        'the handshake',
      );
      if (keep !== undefined) open.set(keep, socket);
      return socket;
    },
    close() {
      for (const socket of open.values()) socket.destroy();
    },
  };
}

function fingerprintIn(
  files: Readonly<Record<string, string>>,
  { serverCertificate }: CaseConnection,
): string | undefined {
  return serverCertificate === undefined
    ? undefined
    : new X509Certificate(files[`${serverCertificate}.pem`]!).fingerprint256;
}

const oldest = (maxVersion: SecureVersion): SecureVersion => (maxVersion === 'TLSv1.3' ? 'TLSv1.2' : maxVersion);

interface Handshake {
  /** Of the certificate that the server must show. */
  readonly expected: string | undefined;
  readonly resume: string | undefined;
  readonly mustResume: boolean;
  readonly sessions: Map<string, Buffer>;
}

function dial(
  url: URL,
  options: ConnectionOptions,
  { resume, mustResume, sessions, expected }: Handshake,
): Promise<Socket> {
  const at = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(new Error(`the connection failed: ${error.message}`));
    if (url.protocol !== 'https:') {
      const socket: Socket = connectPlain(at, () => resolve(socket.off('error', fail))).on('error', fail);
      return;
    }
    const socket = connectTls({ ...at, ...options }, () => {
      socket.off('error', fail);
      // Node goes on where nobody hears; the exchange does.
      socket.on('error', () => undefined);
      if (expected !== undefined && socket.getPeerX509Certificate()?.fingerprint256 !== expected)
        fail(new Error('the server shows another certificate'));
      else if (!mustResume || socket.isSessionReused()) resolve(socket);
      else fail(new Error('the session was not resumed'));
    }).on('error', fail);
    socket.on('session', (session) => void (resume !== undefined && sessions.set(resume, session)));
  });
}
