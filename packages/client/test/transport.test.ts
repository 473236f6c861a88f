import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import { none } from '../src/index.js';
import { createPlainBench, failureOf } from './fixtures/client.js';
import { startServer } from './fixtures/server.js';

const pem = (name: string): Buffer => readFileSync(new URL(`fixtures/tls/${name}`, import.meta.url));

async function startTls(
  name: string,
): Promise<{ readonly server: Server; readonly port: number; readonly requests: () => number }> {
  let requests = 0;
  const server = createServer({ key: pem(`${name}.key`), cert: pem(`${name}.pem`) }, (_req, res) => {
    requests += 1;
    res.end();
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { server, port: (server.address() as AddressInfo).port, requests: () => requests };
}

describe('cli-server-cert: a server whose certificate is refused (RFC 9525 §6)', () => {
  it('gets no HTTP bytes where it is self-signed, and is not asked again', async () => {
    const { port, requests, server } = await startTls('self-signed');
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const { client } = await createPlainBench(none(), { options: { origin: `https://127.0.0.1:${port}` } });
    const error = await failureOf(client.fetch('/'));
    expect(error).toMatchObject({ code: 'tls', message: expect.stringContaining('SELF_SIGNED') as string });
    expect([requests(), connections]).toEqual([0, 1]);
  });

  it('is none where it does not speak TLS', async () => {
    const plain = await startServer(() => ({}));
    const { client } = await createPlainBench(none(), { options: { origin: plain.origin.replace('http:', 'https:') } });
    expect((await failureOf(client.fetch('/'))).code).toBe('tls');
  });

  it.each([
    'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REVOKED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  ])('is known by the code %s of the platform', async (code) => {
    const cause = Object.assign(new Error('refused'), { code });
    const { client } = await createPlainBench(none(), {
      options: { fetch: () => Promise.reject(new TypeError('fetch failed', { cause })) },
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('tls');
  });
}); // prettier-ignore

describe('a connection that fails', () => {
  it.each([
    ['nobody listens', 'ECONNREFUSED'],
    ['the name is not known', 'ENOTFOUND'],
  ])('names its code where %s', async (_title, code) => {
    const cause = Object.assign(new Error('why'), { code });
    const { client } = await createPlainBench(none(), {
      options: { retry: { attempts: 1 }, fetch: () => Promise.reject(new TypeError('fetch failed', { cause })) },
    });
    const error = await failureOf(client.fetch('/'));
    expect(error).toMatchObject({ code: 'network', message: `the connection failed (${code})` });
  });

  it.each([undefined, null, 'text', 5, Object.create(null)])('may throw %j', async (thrown) => {
    const { client } = await createPlainBench(none(), {
      options: { retry: { attempts: 1 }, fetch: () => Promise.reject(thrown as Error) },
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('network');
  });

  it('ends for its caller although the platform heeds no signal', async () => {
    const { client, clock } = await createPlainBench(none(), {
      options: { timeoutSeconds: 1, retry: { attempts: 1 }, fetch: () => new Promise(() => undefined) },
    });
    const controller = new AbortController();
    const left = failureOf(client.fetch('/', { signal: controller.signal }));
    const late = failureOf(client.fetch('/'));
    await new Promise((resolve) => void setImmediate(resolve));
    controller.abort();
    clock.advance(1);
    expect([(await left).code, (await late).code]).toEqual(['aborted', 'network']);
  });
});

describe('an answer that streams', () => {
  it('ends when its caller leaves, and is not cut by the time limit', async () => {
    const { client, clock } = await createPlainBench(none(), {
      options: {
        timeoutSeconds: 1,
        fetch: (_url, { signal }) =>
          Promise.resolve(
            new Response(
              new ReadableStream({
                start: (controller) => signal?.addEventListener('abort', () => controller.error(signal.reason)),
              }),
            ),
          ),
      },
    });
    const controller = new AbortController();
    const response = await client.fetch('/', { signal: controller.signal });
    const reading = response.text();
    clock.advance(100);
    controller.abort();
    await expect(reading).rejects.toBe(controller.signal.reason);
  });
});
