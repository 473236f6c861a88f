import { constants, createHash } from 'node:crypto';
import { createSecureContext, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';

import type { AdapterSide } from '../guard/create-auth.js';
import { configurationError } from '../errors/configuration-error.js';
import { Faults } from '../errors/faults.js';
import { watchFile, type WatchedFile } from './watch-file.js';

/** Whether clients are asked for a certificate: never, asked, or turned away in the handshake without a good one. */
export type ClientCertificateMode = 'off' | 'allow' | 'require';

/** Options of `serverTls`: paths of files in PEM, which may be replaced while the server runs. */
export interface ServerTlsOptions {
  readonly key: string;
  /** The certificate of the server, with its intermediates. */
  readonly cert: string;
  /** The authorities of clients: needed where they are asked for a certificate, since Node would take those of the system. */
  readonly ca?: string;
  /** Revocation lists of clients, for `mtls({ crl })`; with `require` the handshake asks them too. */
  readonly crl?: string;
  /** Default `off`. With `allow` the guard decides about each request, with a reason; prefer it. */
  readonly clientCertificate?: ClientCertificateMode;
  /** Default `TLSv1.2`, which is the least (RFC 8996). */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Milliseconds between two looks at the files, 50 to 60000; default 1000. */
  readonly pollMs?: number;
}

/** The options of a server, in the members that `https`, `http2` and Fastify take. */
export interface TlsServerOptions extends SecureContextOptions {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
}

/** TLS of one server. */
export interface ServerTls {
  /** For `https.createServer`, `http2.createSecureServer`, or `https` of Fastify. */
  readonly options: TlsServerOptions;
  /** For `mtls({ ca, crl })`: the same files. */
  readonly ca: WatchedFile | undefined;
  readonly crl: WatchedFile | undefined;
  /**
   * Gives a server what changes: new handshakes use it, and no connection ends. Files that cannot be used are told to `onError` of
   * `auth`, and what was there stays; handshakes that are refused over a certificate or a version have an event.
   */
  follow(server: Server, auth?: TlsFollower): void;
  /** Ends all timers. */
  close(): void;
}

/** Whom a server tells of handshakes that were refused, and of files that cannot be used: what `createAuth` answers. */
export interface TlsFollower {
  readonly forAdapters: Pick<AdapterSide, 'connectionRefused' | 'onError'>;
}

const files = ['key', 'cert', 'ca', 'crl'] as const;
const known = [...files, 'clientCertificate', 'minVersion', 'pollMs'] as const satisfies readonly (keyof ServerTlsOptions)[]; // prettier-ignore

/**
 * Sets up TLS for a server in one call: TLS 1.2 or newer, no renegotiation, no sessions of other set-ups; client certificates asked for, and
 * only authorities of one's own; keys, certificates, authorities and revocation lists that follow their files.
 * @throws ConfigurationError with every fault: of the options, and of the files
 * @example
 * const tls = serverTls({ key: 'server.key', cert: 'server.pem', ca: 'clients-ca.pem', clientCertificate: 'allow' });
 * const server = https.createServer(tls.options, app);
 * tls.follow(server);
 */
export function serverTls(options: ServerTlsOptions): ServerTls {
  checkOptions(options);
  const { clientCertificate = 'off', pollMs = 1000 } = options;
  const faults = new Faults();
  const watched = Object.fromEntries(
    files.flatMap((name) => {
      const path = options[name];
      const file = path === undefined ? undefined : faults.within(name, () => watchFile(path, { pollMs }));
      return file === undefined ? [] : [[name, file] as const];
    }),
  ) as Partial<Record<(typeof files)[number], WatchedFile>>;
  const close = (): void => Object.values(watched).forEach((file) => file.close());
  const context = (): SecureContextOptions => contextOf(options, watched);
  try {
    if (faults.found.length === 0) faults.within('', () => check(context()));
    faults.throwIfAny();
  } catch (error) {
    close();
    throw error;
  }
  const asked = { requestCert: clientCertificate !== 'off', rejectUnauthorized: clientCertificate === 'require' };
  return Object.freeze({
    options: Object.freeze({ ...context(), ...asked }),
    ca: watched.ca,
    crl: watched.crl,
    follow: (server: Server, auth?: TlsFollower) => follow(server, { watched, context, told: auth?.forAdapters }),
    close,
  });
}

function contextOf(
  { clientCertificate = 'off', minVersion = 'TLSv1.2', ...paths }: ServerTlsOptions,
  { key, cert, ca, crl }: Partial<Record<(typeof files)[number], WatchedFile>>,
): SecureContextOptions {
  // A session is good for one set-up alone: one that was made without a certificate must not stand in for one with (CVE-2025-23419).
  const sessionIdContext = createHash('sha256')
    .update(JSON.stringify([clientCertificate, minVersion, paths.cert, paths.ca]))
    .digest('hex')
    .slice(0, 32);
  return {
    key: key!.read(),
    cert: cert!.read(),
    minVersion,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    sessionIdContext,
    ...(ca !== undefined && clientCertificate !== 'off' && { ca: ca.read() }),
    // With `allow` the guard asks them, and says why; OpenSSL would go by the clock of the machine.
    ...(crl !== undefined && clientCertificate === 'require' && { crl: crl.read() }),
  };
}

function check(context: SecureContextOptions): void {
  try {
    createSecureContext(context);
  } catch (error) {
    throw configurationError(
      'cert',
      'tls-unusable',
      `cannot be used with key, ca and crl: ${(error as Error).message}`,
    );
  }
}

function checkOptions(options: ServerTlsOptions): void {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { clientCertificate = 'off', minVersion = 'TLSv1.2', ca } = options;
  for (const name of files) {
    const needed = name === 'key' || name === 'cert';
    if (typeof options[name] !== 'string' && (needed || options[name] !== undefined))
      faults.add(name, 'invalid-option', 'must be the path of a file in PEM');
  }
  if (!['off', 'allow', 'require'].includes(clientCertificate))
    faults.add('clientCertificate', 'invalid-option', 'must be "off", "allow" or "require"');
  else if (clientCertificate !== 'off' && ca === undefined)
    faults.add('ca', 'ca-required', 'must name the authorities of your clients: Node would take those of the system');
  if (!['TLSv1.2', 'TLSv1.3'].includes(minVersion))
    faults.add('minVersion', 'tls-version-too-low', 'must be "TLSv1.2" or "TLSv1.3" (RFC 8996)');
  faults.throwIfAny();
}

interface Following {
  readonly watched: Partial<Record<string, WatchedFile>>;
  readonly context: () => SecureContextOptions;
  readonly told: TlsFollower['forAdapters'] | undefined;
}

function follow(server: Server, { watched, context, told }: Following): void {
  let due = false;
  const apply = (): void => {
    due = false;
    try {
      const next = context();
      // Key and certificate come one after the other: until they fit, what was there stays.
      createSecureContext(next);
      server.setSecureContext(next);
    } catch (error) {
      told?.onError(error);
    }
  };
  const change = (): void => {
    if (!due) setImmediate(apply);
    due = true;
  };
  const stops = Object.values(watched).map((file) => file!.onChange(change));
  if (told !== undefined)
    server.on('tlsClientError', (error: Error & { readonly code?: string }, socket) => {
      const reason = reasonOf(error, socket);
      // Whoever only looks at the port, or goes away, has refused nothing.
      if (reason !== undefined) told.connectionRefused({ reason, address: socket.remoteAddress ?? null });
    });
  // A client certificate whose signature is wrong leaves an error in OpenSSL's queue, of which the next read of a good connection would die;
  // asking for the certificate empties it.
  server.prependListener('secureConnection', (socket) => void socket.getPeerX509Certificate());
  server.once('close', () => stops.forEach((stop) => stop()));
}

const reasons: Readonly<Record<string, string>> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'certificate-required',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'tls-version',
  ERR_SSL_VERSION_TOO_LOW: 'tls-version',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-expired',
  CERT_REVOKED: 'certificate-revoked',
};

/** Node ends a connection whose certificate it does not take after the handshake, with an error that says nothing. */
function reasonOf({ code = '' }: { readonly code?: string }, socket: TLSSocket): string | undefined {
  const authorizationError = socket.authorizationError as unknown as string | null;
  if (authorizationError) return reasons[authorizationError] ?? 'certificate-untrusted';
  return reasons[code];
}
