import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { connect, createServer as createTcp, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';

import { describe, expect, it, onTestFinished } from 'vitest';

import { clientCredentials, createClient, none, type Client, type ClientOptions } from '../../src/index.js';
import { createTlsAgent, type TlsAgent, type TlsAgentOptions, type TlsEvent } from '../../src/tls.js';
import { createAuthority, type Issued } from '../fixtures/certificates.js';
import { failureOf, grant, secret } from '../fixtures/client.js';
import { startServer } from '../fixtures/server.js';

const authority = createAuthority();

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tls-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

interface Secured {
  readonly server: Server;
  readonly origin: string;
  /** Common name of the client's certificate, one a request. */
  readonly seen: string[];
  /** Connections so far. */
  readonly connections: () => number;
}

type Handle = (req: IncomingMessage, res: ServerResponse, name: string) => void;

/** An API that wants a certificate of the authority, and answers whose it was. */
async function startSecured({
  issued = authority.issue({ name: 'api', hosts: ['127.0.0.1'] }),
  handle,
}: { issued?: Issued; handle?: Handle } = {}): Promise<Secured> {
  const seen: string[] = [];
  let connections = 0;
  const server = createServer(
    { ...issued, ca: authority.cert, requestCert: true, rejectUnauthorized: false },
    (req, res) => {
      const socket = req.socket as TLSSocket;
      const name = socket.authorized ? String(socket.getPeerCertificate().subject?.CN) : 'nobody';
      seen.push(name);
      if (handle === undefined) res.end(name);
      else handle(req, res, name);
    },
  );
  server.on('tlsClientError', () => undefined).on('secureConnection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.close().closeAllConnections());
  return {
    server,
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    connections: () => connections,
  };
}

interface Files {
  readonly keyFile: string;
  readonly certFile: string;
  readonly caFile: string;
  /** Puts another certificate there: each file is replaced as a whole. */
  readonly replace: (issued: Partial<Issued>) => Promise<void>;
}

async function writeFiles(first: Issued = authority.issue({ name: 'first' })): Promise<Files> {
  const path = await folder();
  const [keyFile, certFile, caFile] = [join(path, 'client.key'), join(path, 'client.pem'), join(path, 'ca.pem')];
  const put = async (file: string, text: string): Promise<void> => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  const replace = async ({ key, cert }: Partial<Issued>): Promise<void> => {
    if (key !== undefined) await put(keyFile, key);
    if (cert !== undefined) await put(certFile, cert);
  };
  await replace(first);
  await put(caFile, authority.cert);
  return { keyFile, certFile, caFile, replace };
}

async function agentWith(
  options: TlsAgentOptions,
): Promise<{ tls: TlsAgent; events: TlsEvent[]; happened: (count: number) => Promise<void> }> {
  const events: TlsEvent[] = [];
  let look = (): void => undefined;
  const tls = await createTlsAgent({
    watchSeconds: 0.02,
    ...options,
    onEvent: (event) => (events.push(event), look()),
  });
  onTestFinished(() => tls.close());
  const happened = (count: number): Promise<void> =>
    new Promise((resolve) => {
      look = () => void (events.length >= count && resolve());
      look();
    });
  return { tls, events, happened };
}

function clientWith(origin: string, tls: TlsAgent, options: Partial<ClientOptions> = {}): Client {
  const client = createClient({ origin, auth: none(), tls, ...options });
  onTestFinished(() => client.close());
  return client;
}

const textOf = async (call: Promise<Response>): Promise<string> => (await call).text();

describe('cli-mtls: a client with a certificate', () => {
  it('shows it in the handshake (RFC 8705 §2), and names it by its thumbprint', async () => {
    const { origin, seen } = await startSecured();
    const issued = authority.issue({ name: 'job' });
    const files = await writeFiles(issued);
    const { tls } = await agentWith({ keyFile: files.keyFile, certFile: files.certFile, caFile: files.caFile });
    expect(await textOf(clientWith(origin, tls).fetch('/'))).toBe('job');
    expect(seen).toEqual(['job']);
    const thumbprint = new X509Certificate(issued.cert).fingerprint256.replaceAll(':', '');
    expect(Buffer.from(tls.identity, 'base64url').toString('hex').toUpperCase()).toBe(thumbprint);
  });

  it('may have it from a function, and from PKCS #12', async () => {
    const { origin } = await startSecured();
    const issued = authority.issue({ name: 'job' });
    const files = await writeFiles(issued);
    const byFunction = await agentWith({ load: () => Promise.resolve(issued), caFile: files.caFile });
    expect(await textOf(clientWith(origin, byFunction.tls).fetch('/'))).toBe('job');
    const pfxFile = join(await folder(), 'client.p12');
    execFileSync('openssl', [
      'pkcs12',
      '-export',
      '-inkey',
      files.keyFile,
      '-in',
      files.certFile,
      '-out',
      pfxFile,
      '-passout',
      'pass:sesame',
    ]);
    const byFile = await agentWith({ pfxFile, passphrase: 'sesame', caFile: files.caFile });
    expect(await textOf(clientWith(origin, byFile.tls).fetch('/'))).toBe('job');
  });

  it('sends forms, bytes and streams of the platform as they are', async () => {
    const { origin } = await startSecured({ handle: (req, res) => void req.pipe(res) });
    const files = await writeFiles();
    const { tls } = await agentWith({ load: () => authority.issue({ name: 'job' }), caFile: files.caFile });
    const client = clientWith(origin, tls);
    const form = new FormData();
    form.set('name', 'value');
    expect(await textOf(client.fetch('/', { method: 'POST', body: form }))).toMatch(/name="name"\r\n\r\nvalue/);
    expect(await textOf(client.fetch('/', { method: 'POST', body: new Blob(['stream']).stream() }))).toBe('stream');
    expect(await textOf(client.fetch('/', { method: 'POST', body: new URLSearchParams({ a: '1' }) }))).toBe('a=1');
    expect(await textOf(client.fetch('/', { method: 'POST', body: new Uint8Array([65, 66]) }))).toBe('AB');
  });
});

describe('cli-mtls-reload: a certificate that is replaced', () => {
  it('takes over ten times under load without a request that fails, and the last requests show the last one', async () => {
    const { origin, seen, connections } = await startSecured({
      handle: (_req, res, name) => void setTimeout(() => res.end(name), 2),
    });
    const files = await writeFiles();
    const { tls, happened, events } = await agentWith({
      keyFile: files.keyFile,
      certFile: files.certFile,
      caFile: files.caFile,
    });
    const client = clientWith(origin, tls);
    const over = new AbortController();
    let calls = 0;
    const load = Array.from({ length: 16 }, async () => {
      while (!over.signal.aborted) {
        expect((await client.fetch('/')).status).toBe(200);
        calls += 1;
      }
    });
    for (let change = 1; change <= 10; change++) {
      await files.replace(authority.issue({ name: `number ${change}` }));
      await happened(events.filter(({ kind }) => kind === 'certificate-refused').length + change);
      await expect.poll(() => seen.includes(`number ${change}`)).toBe(true);
    }
    over.abort();
    await Promise.all(load);
    expect(calls).toBeGreaterThan(100);
    expect(seen).not.toContain('nobody');
    expect(await textOf(client.fetch('/'))).toBe('number 10');
    expect(connections()).toBeGreaterThanOrEqual(11);
  });

  it('lets requests under way end over the old connection, and cuts those off that take longer than their time', async () => {
    const waiting = new Map<string, ServerResponse>();
    const { origin } = await startSecured({
      handle: (req, res, name) => void (req.url === '/' ? res.end(name) : waiting.set(req.url!, res)),
    });
    let current = authority.issue({ name: 'first' });
    const files = await writeFiles();
    const { tls } = await agentWith({ load: () => current, caFile: files.caFile, drainSeconds: 0.2 });
    const client = clientWith(origin, tls, { retry: { attempts: 1 } });
    const [good, late] = [client.fetch('/good'), failureOf(client.fetch('/late'))];
    await expect.poll(() => waiting.size).toBe(2);
    current = authority.issue({ name: 'second' });
    expect(await tls.reload()).toBe(true);
    // Nobody waits for the old ones.
    expect(await textOf(client.fetch('/'))).toBe('second');
    waiting.get('/good')!.end('first');
    expect(await textOf(good)).toBe('first');
    expect((await late).code).toBe('network');
  });

  it('takes its bound tokens with it: others are asked for over the new connection (RFC 8705 §3)', async () => {
    const api = await startSecured();
    let tokens = 0;
    const issuer = await startSecured({
      handle: (_req, res) => void res.setHeader('content-type', 'application/json').end(grantText((tokens += 1))),
    });
    let current = authority.issue({ name: 'first' });
    const files = await writeFiles();
    const { tls } = await agentWith({ load: () => current, caFile: files.caFile });
    const auth = clientCredentials({
      tokenEndpoint: `${issuer.origin}/token`,
      clientId: 'job',
      clientAuthentication: 'tls_client_auth',
    });
    const client = clientWith(api.origin, tls, { auth });
    await client.fetch('/');
    await client.fetch('/');
    current = authority.issue({ name: 'second' });
    await tls.reload();
    await Promise.all([client.fetch('/'), client.fetch('/')]);
    expect(issuer.seen).toEqual(['first', 'second']);
    expect(api.seen).toEqual(['first', 'first', 'second', 'second']);
  });

  it('is left alone where it is the same', async () => {
    const issued = authority.issue({ name: 'job' });
    const { tls, events } = await agentWith({ load: () => issued });
    expect(await tls.reload()).toBe(false);
    expect(events).toEqual([]);
  });
});

const grantText = (count: number): string =>
  JSON.stringify({ access_token: `token-${count}`, token_type: 'Bearer', expires_in: 900 });

describe('cli-mtls-half-written: a key and a certificate that do not belong together', () => {
  it('leave the old pair in use, are told of, and are taken once both are there', async () => {
    const { origin } = await startSecured();
    const files = await writeFiles();
    const { tls, events, happened } = await agentWith({
      keyFile: files.keyFile,
      certFile: files.certFile,
      caFile: files.caFile,
    });
    const client = clientWith(origin, tls);
    const second = authority.issue({ name: 'second' });
    await files.replace({ key: second.key });
    await happened(1);
    expect(events[0]?.kind).toBe('certificate-refused');
    expect(inspect(events)).not.toContain('PRIVATE KEY');
    expect(await textOf(client.fetch('/'))).toBe('first');
    await files.replace({ cert: second.cert });
    await happened(2);
    expect(events.at(-1)).toEqual({ kind: 'certificate-taken', identity: tls.identity });
    expect(await textOf(client.fetch('/'))).toBe('second');
  });

  it.each<[string, (files: Files, second: Issued) => Promise<unknown>]>([
    ['half a certificate', (files, { key, cert }) => files.replace({ key, cert: cert.slice(0, 200) })],
    ['an empty file', (files) => writeFile(files.certFile, '')],
    ['no file', (files) => rm(files.certFile)],
  ])('so does %s', async (_title, spoil) => {
    const { origin } = await startSecured();
    const files = await writeFiles();
    const { tls } = await agentWith({
      keyFile: files.keyFile,
      certFile: files.certFile,
      caFile: files.caFile,
      watchSeconds: 3600,
    });
    await spoil(files, authority.issue({ name: 'second' }));
    expect(await tls.reload()).toBe(false);
    expect(await textOf(clientWith(origin, tls).fetch('/'))).toBe('first');
  });

  it('never shows the key that could not be read', async () => {
    const files = await writeFiles();
    const { key } = authority.issue({ name: 'other' });
    const broken = key.replace(/\n(.{20})/, '\n!$1');
    await files.replace({ key: broken });
    const error = await createTlsAgent({ keyFile: files.keyFile, certFile: files.certFile }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Error);
    const shown = inspect(error, { showHidden: true, depth: 9 });
    for (const line of key.split('\n').filter((each) => each.length > 40))
      expect(shown).not.toContain(line.slice(0, 16));
    expect((error as Error).message).toMatch(/^key and certificate cannot be used: [A-Za-z_ ]+$/);
  });

  it('is an error at the start', async () => {
    const files = await writeFiles();
    await files.replace({ key: authority.issue({ name: 'other' }).key });
    const started = createTlsAgent({ keyFile: files.keyFile, certFile: files.certFile });
    await expect(started).rejects.toThrow('key and certificate cannot be used');
  });
});

describe('cli-server-cert: a server whose certificate is refused (RFC 9525 §6)', () => {
  const stranger = createAuthority('Stranger');
  it.each<[string, Issued]>([
    ['is for another host', authority.issue({ name: 'api', hosts: ['127.0.0.2', 'api.example'] })],
    ['has ended', authority.issue({ name: 'api', hosts: ['127.0.0.1'], from: -10, until: -1 })],
    ['is not good yet', authority.issue({ name: 'api', hosts: ['127.0.0.1'], from: 1 })],
    ['comes from somebody unknown', stranger.issue({ name: 'api', hosts: ['127.0.0.1'] })],
  ])('that %s gets no HTTP bytes, whatever the environment says', async (_title, issued) => {
    const { origin, seen } = await startSecured({ issued });
    const files = await writeFiles();
    const { tls } = await agentWith({ keyFile: files.keyFile, certFile: files.certFile, caFile: files.caFile });
    const client = clientWith(origin, tls, { allowInsecureTls: true });
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    onTestFinished(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('tls');
    expect(seen).toEqual([]);
  });
});

describe('cli-proxy: a proxy with credentials', () => {
  it('gets them alone: neither the API nor its TLS sees them, and the proxy sees no HTTP of ours', async () => {
    const api = await startSecured();
    const heads: string[] = [];
    const proxy = createTcp((socket) => {
      socket.once('data', (head) => {
        heads.push(head.toString());
        const [, host = '', port = ''] = /^CONNECT ([^:]+):(\d+) /.exec(heads[0]!) ?? [];
        const upstream = connect(Number(port), host, () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          socket.pipe(upstream).pipe(socket);
        });
        upstream.on('error', () => socket.destroy());
        socket.on('error', () => upstream.destroy());
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void proxy.close());
    const files = await writeFiles();
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { tls } = await agentWith({
      keyFile: files.keyFile,
      certFile: files.certFile,
      caFile: files.caFile,
      proxy: { url, username: 'user', password: secret },
    });
    let sent: IncomingMessage['headers'] = {};
    api.server.on('request', (req: IncomingMessage) => (sent = req.headers));
    expect(await textOf(clientWith(api.origin, tls).fetch('/'))).toBe('first');
    expect(heads).toHaveLength(1);
    expect(heads[0]).toContain(`Basic ${Buffer.from(`user:${secret}`).toString('base64')}`);
    expect(Object.keys(sent)).not.toContain('proxy-authorization');
    expect(inspect(tls, { depth: 10, showHidden: true })).not.toContain(secret);
  });
});

describe('cli-no-env-proxy', () => {
  it('a proxy that somebody has put in the environment is not used', async () => {
    const proxy = await startServer((_seen, index) => grant(index));
    const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY'];
    for (const name of names) process.env[name] = proxy.origin;
    onTestFinished(() => names.forEach((name) => delete process.env[name]));
    const api = await startSecured();
    const files = await writeFiles();
    const { tls } = await agentWith({ keyFile: files.keyFile, certFile: files.certFile, caFile: files.caFile });
    expect((await clientWith(api.origin, tls).fetch('/')).status).toBe(200);
    const plain = await startServer(() => ({ body: 'ok' }));
    const client = createClient({ origin: plain.origin, auth: none() });
    expect((await client.fetch('/')).status).toBe(200);
    await client.close();
    expect(proxy.seen).toEqual([]);
  });
});

describe('options', () => {
  it.each<[object, readonly string[]]>([
    [{ rejectUnauthorized: false }, ['rejectUnauthorized']],
    [{ keyFile: 'a' }, ['certFile']],
    [{ certFile: 'a' }, ['certFile']],
    [{ keyFile: 'a', certFile: 'b', pfxFile: 'c' }, ['load']],
    [{ load: 1 }, ['load']],
    [{ watchSeconds: 0, drainSeconds: -1 }, ['watchSeconds', 'drainSeconds']],
    [{ caFile: '' }, ['caFile']],
    [{ proxy: { url: `http://user:${secret}@proxy.example` } }, ['proxy.url']],
    [{ proxy: { url: 'http://proxy.example', username: 'user' } }, ['proxy.password']],
    [{ proxy: { url: 'socks5://proxy.example' } }, ['proxy.url']],
  ])('%j: every fault is named', async (options, paths) => {
    const error = (await createTlsAgent(options).catch((thrown: unknown) => thrown)) as Error & {
      readonly faults: readonly { readonly path: string }[];
    };
    expect(error.faults.map(({ path }) => path)).toEqual(paths);
    expect(error.message).not.toContain(secret);
  });

  it('shows no key', async () => {
    const issued = authority.issue({ name: 'job' });
    const { tls } = await agentWith({ load: () => issued });
    expect(inspect(tls, { depth: 20, showHidden: true })).not.toContain(issued.key.split('\n')[1]);
    expect(JSON.stringify(tls)).not.toContain('PRIVATE');
  });

  it('leave no file open and no timer: reading a folder works to the end', async () => {
    const files = await writeFiles();
    const { tls } = await agentWith({ keyFile: files.keyFile, certFile: files.certFile });
    await tls.close();
    expect(await readdir(join(files.keyFile, '..'))).toHaveLength(3);
  });
});
