import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { testSpoofing } from '@auth/core/mtls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { faultsIn, hosts } from '../src/hosts/index.js';
import { startIn } from '../src/vectors.js';

const run = promisify(execFile);
const { files } = JSON.parse(
  readFileSync(new URL('../../../packages/test-vectors/vectors/keys/certificates.json', import.meta.url), 'utf8'),
) as { readonly files: Readonly<Record<string, string>> };
const folder = mkdtempSync(join(tmpdir(), 'auth-mtls-'));
const path = (name: string): string => join(folder, name);

beforeAll(() => {
  for (const [name, text] of Object.entries(files)) writeFileSync(path(name), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const subjects = [{ sanUri: 'spiffe://example/payments', subject: 'payments' }];
const routes = [{ method: 'GET', path: '/cert', require: { scheme: 'cert' } }];
const clock = { at: '2026-01-01T00:00:00Z' };
const direct = {
  clock,
  tls: {
    key: path('server.key'),
    cert: path('server.pem'),
    ca: path('clients-ca.pem'),
    crl: path('clients.crl'),
    clientCertificate: 'allow',
  },
  schemes: { cert: { type: 'mtls', subjects } },
  routes,
};

async function started(framework: string, configuration: object) {
  const server = await startIn(framework)(configuration as never);
  if ('refused' in server) throw new Error(JSON.stringify(server.refused));
  return server;
}

/** Status and subject, by a program that knows nothing of this one. */
async function curl(url: string, ...options: readonly string[]): Promise<string> {
  const { stdout } = await run('curl', [
    '--silent',
    '--cacert',
    path('server-ca.pem'),
    '--write-out',
    '\n%{http_code}',
    ...options,
    url,
  ]);
  const [body = '', status] = stdout.split(/\n(?=\d+$)/);
  if (!body.startsWith('{')) return `${status} of the proxy`;
  const { principal, code } = JSON.parse(body) as {
    readonly principal?: { readonly subject: string };
    readonly code?: string;
  };
  return [status, principal?.subject ?? code].join(' ');
}

const shows = (name: string): readonly string[] => ['--cert', path(`${name}.pem`), '--key', path(`${name}.key`)];

describe.each(Object.keys(hosts))('curl --cert gets in at %s', (framework) => {
  test('with a good certificate, and with no other', async () => {
    const server = await started(framework, direct);
    try {
      const url = `${server.url}/cert`;
      expect(await curl(url, ...shows('payments'))).toBe('200 payments');
      expect(await curl(url, '--tls-max', '1.2', ...shows('payments'))).toBe('200 payments');
      expect(await curl(url)).toBe('401 missing-credentials');
      for (const name of [
        'expired',
        'early',
        'rogue',
        'self-signed',
        'eku-server',
        'ca-as-client',
        'revoked',
        'stranger',
        'san-two',
      ])
        expect(await curl(url, ...shows(name))).toBe('401 invalid-certificate');
    } finally {
      await server.stop();
    }
  });
});

test('HTTP/2 is a fault of the configuration where Express would have to speak it', async () => {
  for (const framework of ['express', 'nest']) {
    const refused = await startIn(framework)({ ...direct, http2: true });
    expect(refused).toMatchObject({ refused: [{ path: 'http2', reason: 'http2-unsupported' }] });
  }
  expect(faultsIn('koa', { http2: true } as never)).toEqual([]);
});

const nginx = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx'].find((file) => existsSync(file));
// At a desk without nginx these are left out; in CI they must run.
const wanted = nginx !== undefined || process.env['CI'] !== undefined;
if (!wanted) console.warn('nginx is not installed: the tests behind it are left out');

describe.runIf(wanted)('behind nginx', () => {
  let child: ChildProcess | undefined;
  const stops: (() => unknown)[] = [];

  afterAll(async () => {
    child?.kill('SIGTERM');
    for (const stop of stops) await stop();
  });

  const freePort = (): Promise<number> =>
    new Promise((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as AddressInfo;
        probe.close(() => resolve(port));
      });
    });

  /** Sets its field itself, or passes on what the caller sent: the mistake that the self-test is for. */
  async function proxy(upstream: string): Promise<{ readonly good: string; readonly careless: string }> {
    const [good, careless] = [await freePort(), await freePort()];
    const server = (port: number, field: string): string => `
      server {
        listen 127.0.0.1:${port} ssl;
        ssl_certificate ${path('server.pem')};
        ssl_certificate_key ${path('server.key')};
        ssl_client_certificate ${path('clients-ca.pem')};
        ssl_verify_client optional_no_ca;
        location / {
          proxy_pass ${upstream};
          ${field}
        }
      }`;
    writeFileSync(
      path('nginx.conf'),
      `daemon off; pid ${path('nginx.pid')}; error_log ${path('nginx.log')}; worker_processes 1;
      events { worker_connections 64; }
      http {
        access_log off;
        ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${path(name)};`).join(' ')}
        ${server(good, 'proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;')}
        ${server(careless, '')}
      }`,
    );
    child = spawn(nginx!, ['-e', path('nginx.log'), '-c', path('nginx.conf')], { stdio: 'ignore' });
    const urls = { good: `https://127.0.0.1:${good}/cert`, careless: `https://127.0.0.1:${careless}/cert` };
    for (let tries = 0; tries < 100; tries++) {
      if (
        await curl(urls.good).then(
          () => true,
          () => false,
        )
      )
        return urls;
      await sleep(50);
    }
    throw new Error(
      `nginx does not answer: ${existsSync(path('nginx.log')) ? readFileSync(path('nginx.log'), 'utf8') : 'no log'}`,
    );
  }

  test(
    'the certificate of the caller gets in, and the self-test tells a proxy that passes fields on',
    { timeout: 60_000 },
    async () => {
      const server = await started('fastify', {
        clock,
        trustProxy: ['127.0.0.0/8'],
        clientCertificateFrom: 'nginx',
        schemes: { cert: { type: 'mtls', ca: path('clients-ca.pem'), crl: path('clients.crl'), subjects } },
        routes,
      });
      stops.push(() => server.stop());
      const { good, careless } = await proxy(server.url);
      expect(await curl(good, ...shows('payments'))).toBe('200 payments');
      expect(await curl(good)).toBe('401 missing-credentials');
      // With optional_no_ca nginx passes on what it could not verify; the chain is verified here again.
      for (const name of ['self-signed', 'public-web', 'by-next', 'revoked', 'stranger', 'san-two'])
        expect(await curl(good, ...shows(name))).toBe('401 invalid-certificate');
      expect(await curl(good, ...shows('rogue'))).toBe('400 of the proxy');
      const spoofed = (url: string) =>
        testSpoofing({ url, certificate: files['payments.pem']!, fetch: throughCurl }).then((attempts) =>
          attempts.filter(({ spoofable }) => spoofable).map(({ form }) => form),
        );
      expect(await spoofed(good)).toEqual([]);
      expect(await spoofed(careless)).toEqual(['nginx']);
    },
  );

  /** As `fetch`, with the authority of the suite. */
  async function throughCurl(url: string, { headers }: { readonly headers: Readonly<Record<string, string>> }) {
    const fields = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
    const { stdout } = await run('curl', [
      '--silent',
      '--cacert',
      path('server-ca.pem'),
      '--output',
      path('body'),
      '--write-out',
      '%{http_code}',
      ...fields,
      url,
    ]);
    return { status: Number(stdout), body: null };
  }
});
