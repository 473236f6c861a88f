import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { Agent, createServer, get, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { createAuth, isConfigurationError, type AuditEvent } from '../../src/index.js';
import { mtls } from '../../src/mtls.js';
import { serverTls, watchFile, type ServerTls, type ServerTlsOptions } from '../../src/node.js';
import { createTestClock } from '../../src/testing.js';
import { now, pemFile } from '../fixtures/certificates.js';
import { requestOf } from '../fixtures/request.js';

const cleanUps: (() => void)[] = [];
afterEach(() => cleanUps.splice(0).forEach((clean) => clean()));

/** Files of the suite in a folder of their own, and what replaces them as a careful operator does. */
function filesOf(...names: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'auth-tls-'));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  const pathOf = (name: string): string => join(folder, name);
  for (const name of names) writeFileSync(pathOf(name), pemFile(name));
  const replace = (name: string, by: string): void => {
    writeFileSync(pathOf(`${name}.new`), by);
    renameSync(pathOf(`${name}.new`), pathOf(name));
  };
  return { pathOf, replace };
}

function tlsOf(options: Partial<ServerTlsOptions> = {}): ServerTls & ReturnType<typeof filesOf> {
  const files = filesOf('server.key', 'server.pem', 'clients-ca.pem');
  const { pathOf } = files;
  const paths = { key: pathOf('server.key'), cert: pathOf('server.pem'), ca: pathOf('clients-ca.pem') };
  const tls = serverTls({ ...paths, clientCertificate: 'allow', pollMs: 50, ...options });
  cleanUps.push(() => tls.close());
  return { ...tls, ...files };
}

const asTrusted: ConnectionOptions = { ca: pemFile('server-ca.pem'), checkServerIdentity: () => undefined };
const asPayments: ConnectionOptions = { ...asTrusted, cert: pemFile('payments.pem'), key: pemFile('payments.key') };

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close().closeAllConnections());
  return (server.address() as AddressInfo).port;
}

const open = (port: number, options: ConnectionOptions = asTrusted): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ...options }, () => resolve(socket)).on('error', reject);
    cleanUps.push(() => socket.destroy());
  });

const faultsOf = (options: unknown): readonly string[] => {
  try {
    serverTls(options as ServerTlsOptions).close();
    return [];
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    return error.faults.map(({ path, reason }) => `${path} ${reason}`);
  }
};

describe('serverTls()', () => {
  it('refuses options that are wrong, each by its path', () => {
    const { pathOf } = filesOf('server.key', 'server.pem', 'server-2.key');
    const good = { key: pathOf('server.key'), cert: pathOf('server.pem') };
    expect(faultsOf(good)).toEqual([]);
    expect(faultsOf({})).toEqual(['key invalid-option', 'cert invalid-option']);
    expect(faultsOf({ ...good, key: pathOf('none') })).toEqual(['key file-unreadable']);
    expect(faultsOf({ ...good, key: pathOf('server-2.key') })).toEqual(['cert tls-unusable']);
    expect(faultsOf({ ...good, clientCertificate: 'allow' })).toEqual(['ca ca-required']);
    expect(faultsOf({ ...good, clientCertificate: 'maybe' })).toEqual(['clientCertificate invalid-option']);
    expect(faultsOf({ ...good, minVersion: 'TLSv1.1' })).toEqual(['minVersion tls-version-too-low']);
    expect(faultsOf({ ...good, ciphers: 'ALL' })).toEqual(['ciphers unknown-option']);
    expect(() => serverTls({ ...good, pollMs: 1 })).toThrow('pollMs');
  });

  it('refuses renegotiation (RFC 5746, CVE-2009-3555)', async () => {
    const tls = tlsOf();
    const port = await listen(createServer(tls.options, (_, res) => res.end()));
    const socket = await open(port, { ...asPayments, maxVersion: 'TLSv1.2' });
    socket.removeAllListeners('error');
    const refused = await new Promise<Error | null>((resolve) => {
      socket.on('error', resolve);
      socket.renegotiate({}, resolve);
    });
    expect(String(refused)).toMatch(/no.renegotiation/i);
  });

  it('resumes no session of another set-up (CVE-2025-23419)', async () => {
    const ticketKeys = Buffer.alloc(48, 7);
    const sessionOf = async (port: number, session?: Buffer) => {
      const socket = await open(port, { ...asPayments, maxVersion: 'TLSv1.2', ...(session && { session }) });
      return { session: socket.getSession()!, reused: socket.isSessionReused() };
    };
    const serve = (tls: ServerTls) => listen(createServer({ ...tls.options, ticketKeys }, (_, res) => res.end()));
    const allow = tlsOf();
    const [one, same, other] = [
      await serve(allow),
      await serve(allow),
      await serve(tlsOf({ clientCertificate: 'off' })),
    ];
    const { session } = await sessionOf(one);
    expect((await sessionOf(same, session)).reused).toBe(true);
    const without = await sessionOf(other);
    // The server of one set-up ends such a handshake, or makes a new session: it never takes the one from elsewhere.
    const elsewhere = await sessionOf(one, without.session).then(
      ({ reused }) => reused,
      () => false,
    );
    expect(elsewhere).toBe(false);
  });

  it('writes an event for each handshake that was refused, with the reason, and none for whoever only looks', async () => {
    const events: AuditEvent[] = [];
    const tls = tlsOf({ clientCertificate: 'require' });
    const scheme = mtls({ ca: tls.ca!, subjects: [{ sanUri: 'spiffe://example/payments', subject: 'payments' }] });
    const auth = createAuth({ schemes: { scheme }, audit: (event) => void events.push(event) });
    const server = createServer(tls.options, (_, res) => res.end());
    tls.follow(server, auth);
    const port = await listen(server);
    const attempt = async (name: string | undefined): Promise<void> => {
      const shown = name === undefined ? {} : { cert: pemFile(`${name}.pem`), key: pemFile(`${name}.key`) };
      const socket = await open(port, { ...asTrusted, ...shown }).catch(() => undefined);
      await new Promise((resolve) =>
        socket === undefined ? resolve(undefined) : socket.on('error', () => undefined).on('close', resolve),
      );
    };
    for (const name of [undefined, 'expired', 'early', 'rogue']) await attempt(name);
    (await open(port, asPayments)).destroy();
    const reasons = ['certificate-required', 'certificate-expired', 'certificate-expired', 'certificate-untrusted'];
    await vi.waitFor(() => expect(events.map(({ reason }) => reason)).toEqual(reasons));
    expect(events[0]).toMatchObject({ kind: 'connection', outcome: 'refuse', address: '127.0.0.1' });
  });

  it('keeps what was there where new files cannot be used, and tells', async () => {
    const errors: unknown[] = [];
    const tls = tlsOf();
    const server = createServer(tls.options, (_, res) => res.end('ok'));
    tls.follow(server, {
      forAdapters: { connectionRefused: () => undefined, onError: (error) => void errors.push(error) },
    });
    const port = await listen(server);
    tls.replace('server.key', pemFile('server-2.key'));
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0));
    expect((await open(port)).authorized).toBe(true);
    tls.replace('server.pem', pemFile('server-2.pem'));
    const shown = async (): Promise<string> => (await open(port)).getPeerX509Certificate()!.toString();
    await vi.waitFor(async () => expect(await shown()).toBe(pemFile('server-2.pem')), 4000);
  });

  it('serves HTTP/2 as well', async () => {
    const tls = tlsOf();
    const server = createSecureServer({ ...tls.options, allowHTTP1: true }, (_, res) => res.end());
    const port = await listen(server as unknown as Server);
    cleanUps.pop();
    const socket = await open(port, { ...asPayments, ALPNProtocols: ['h2'] });
    expect(socket.alpnProtocol).toBe('h2');
    socket.destroy();
    server.close();
  });

  it(
    'rotates key, certificate, authorities and lists ten times under load, and fails no request',
    { timeout: 60_000 },
    async () => {
      const { pathOf, replace } = filesOf('server.key', 'server.pem', 'clients-ca.pem', 'clients.crl');
      const paths = { key: pathOf('server.key'), cert: pathOf('server.pem'), ca: pathOf('clients-ca.pem') };
      const tls = serverTls({ ...paths, crl: pathOf('clients.crl'), clientCertificate: 'allow', pollMs: 50 });
      cleanUps.push(() => tls.close());
      const subjects = [
        { sanUri: 'spiffe://example/payments', subject: 'payments' },
        { subjectDn: 'CN=billing,OU=Ops,O=Example', subject: 'billing' },
      ];
      const cert = mtls({ ca: tls.ca!, crl: tls.crl!, subjects });
      const auth = createAuth({ schemes: { cert }, clock: createTestClock(now) });
      const server = createServer(tls.options, (req, res) => {
        const peerCertificates = [(req.socket as TLSSocket).getPeerX509Certificate()!.raw];
        const decided = auth.check(requestOf({ connection: { peerCertificates } }), { scheme: 'cert' });
        void Promise.resolve(decided).then((decision) =>
          res.writeHead(decision.kind === 'allow' ? 200 : decision.status).end(),
        );
      });
      tls.follow(server);
      const port = await listen(server);
      const served = new Set<string>();
      /** Of a certificate, on a connection of its own or on one that stays open. */
      const statusOf = (name: string, agent?: Agent): Promise<number | Error> =>
        new Promise((resolve) => {
          const shown = { ...asTrusted, cert: pemFile(`${name}.pem`), key: pemFile(`${name}.key`) };
          get({ port, host: '127.0.0.1', ...shown, agent: agent ?? false }, (res) => {
            served.add((res.socket as TLSSocket).getPeerX509Certificate()?.serialNumber ?? 'kept');
            res.resume().on('end', () => resolve(res.statusCode!));
          }).on('error', resolve);
        });
      const answers: (number | Error)[] = [];
      const loading = { on: true };
      const load = async (agent?: Agent): Promise<void> => {
        while (loading.on) answers.push(await statusOf('dn-good', agent));
      };
      const kept = new Agent({ keepAlive: true, maxSockets: 2 });
      cleanUps.push(() => kept.destroy());
      const loads = [load(), load(), load(kept), load(kept)];
      for (let round = 1; round <= 10; round++) {
        const odd = round % 2 === 1;
        const name = odd ? 'server-2' : 'server';
        replace('server.key', pemFile(`${name}.key`));
        replace('server.pem', pemFile(`${name}.pem`));
        replace('clients-ca.pem', pemFile(odd ? 'clients-ca-both.pem' : 'clients-ca.pem'));
        replace('clients.crl', pemFile(odd ? 'clients-all.crl' : 'clients.crl'));
        const before = answers.length;
        // The next authority has no list, so that its certificates are unknown to nobody, and vouched for by none: 503.
        await vi.waitFor(async () => {
          expect((await open(port)).getPeerX509Certificate()!.toString()).toBe(pemFile(`${name}.pem`));
          expect([await statusOf('by-next'), await statusOf('payments')]).toEqual(odd ? [503, 401] : [401, 200]);
        }, 5000);
        await vi.waitFor(() => expect(answers.length).toBeGreaterThan(before), 5000);
      }
      loading.on = false;
      await Promise.all(loads);
      expect(answers.filter((answer) => answer !== 200)).toEqual([]);
      expect(served.size).toBeGreaterThanOrEqual(2);
      expect(answers.length).toBeGreaterThan(20);
    },
  );
});

describe('watchFile()', () => {
  it('reads anew what was replaced, by rename or in place, and tells', async () => {
    const { pathOf, replace } = filesOf('clients.crl');
    const file = watchFile(pathOf('clients.crl'), { pollMs: 50 });
    cleanUps.push(() => file.close());
    let changes = 0;
    const stop = file.onChange(() => changes++);
    replace('clients.crl', 'one');
    await vi.waitFor(() => expect(file.read()).toBe('one'));
    writeFileSync(pathOf('clients.crl'), 'two, in place');
    await vi.waitFor(() => expect(file.read()).toBe('two, in place'));
    expect(changes).toBe(2);
    stop();
    rmSync(pathOf('clients.crl'));
    await vi.waitFor(() => expect(() => file.read()).toThrow('cannot be read'));
    replace('clients.crl', 'three');
    await vi.waitFor(() => expect(file.read()).toBe('three'));
    expect(changes).toBe(2);
  });

  it('refuses a file that is not there, without saying more than its path and why', () => {
    expect(() => watchFile('/nowhere/at/all')).toThrow('/nowhere/at/all cannot be read: ENOENT');
  });
});
