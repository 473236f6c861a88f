import type { IncomingMessage } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isFailureError, type AuthRequest } from '../../src/index.js';
import { benchOf, wordScheme } from '../fixtures/guard.js';
import { bridgeOf, crlf, listen, type TestServer } from '../fixtures/server.js';

let server: TestServer;
let seen: (request: AuthRequest, message: IncomingMessage) => unknown;
const bridge = bridgeOf(benchOf({ a: wordScheme('a') }).auth);

beforeEach(async () => {
  server = await listen((req, res) => {
    res.setHeader('connection', 'close');
    res.end(JSON.stringify(seen(bridge.request(req), req)));
  });
});
afterEach(() => server.close());

/** What a handler makes of a request that was sent as raw text. */
async function read(raw: string, look: typeof seen): Promise<unknown> {
  seen = look;
  const answer = await server.exchange(raw);
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
}

const urlOf = ({ url }: { readonly url: URL }): string => url.href;
const failing = (request: AuthRequest): string => {
  try {
    return request.url.href;
  } catch (error) {
    return isFailureError(error) ? error.failure.reason : 'thrown';
  }
};

describe('an AuthRequest of node:http', () => {
  it('keeps repeated field lines apart, in order, without regard to case (RFC 9110 §5.3)', async () => {
    const raw =
      'GET / HTTP/1.1\nHost: api.example\nAuthorization: Bearer a\nAUTHORIZATION: Bearer b\nX-A: 1\nX_A: 2\n\n';
    expect(
      await read(raw, ({ headers }) => [
        headers.getAll('authorization'),
        headers.get('Authorization'),
        headers.getAll('x-a'),
        headers.getAll('x_a'),
        headers.get('x-b') ?? null,
      ]),
    ).toEqual([['Bearer a', 'Bearer b'], 'Bearer a, Bearer b', ['1'], ['2'], null]);
  });

  it('keeps an empty field apart from none', async () => {
    expect(
      await read('GET / HTTP/1.1\nHost: a\nX-A:\n\n', ({ headers }) => [headers.getAll('x-a'), headers.get('x-a')]),
    ).toEqual([[''], '']);
  });

  it('never takes trailers for fields (RFC 9110 §6.5.1)', async () => {
    const raw = 'POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nTrailer: X-A\n\n0\nX-A: ann\n\n';
    expect(await read(raw, ({ headers }) => headers.getAll('x-a'))).toEqual([]);
  });

  it.each([
    '/',
    '//evil.example/',
    '/a/../b/./c',
    '/%61?q=%20&r=a+b#',
    '/a;x=1',
    '/?',
    '/..%2f..',
    '/a\\b',
    '*',
    'http://api.example/a?b',
  ])('leaves the target %s as it was received', async (target) => {
    expect(
      await read(`OPTIONS ${target} HTTP/1.1\nHost: api.example\n\n`, (request) => [request.target, request.method]),
    ).toEqual([target, 'OPTIONS']);
  });

  it.each([
    ['/a?b=%20', 'http://api.example/a?b=%20'],
    ['//evil.example/a', 'http://api.example//evil.example/a'],
    ['///evil.example', 'http://api.example///evil.example'],
    ['/\\evil.example/', 'http://api.example//evil.example/'],
    ['http://api.example/a?b', 'http://api.example/a?b'],
  ])('makes the target URI of %s with the host of the request (RFC 9112 §3.3)', async (target, url) => {
    expect(await read(`GET ${target} HTTP/1.1\nHost: api.example\n\n`, urlOf)).toBe(url);
  });

  it.each(['*', '*@evil.example/', '*.evil.example/'])(
    'never finds another host in the target %s (RFC 9112 §3.2.4)',
    async (target) => {
      const raw = `OPTIONS ${target} HTTP/1.1\nHost: api.example\n\n`;
      const found = await read(raw, failing).catch(() => 'refused by the server');
      expect(['http://api.example/', 'authority-missing', 'refused by the server']).toContain(found);
    },
  );

  it.each([
    ['no Host of HTTP/1.0', 'GET / HTTP/1.0\n\n'],
    ['an empty Host', 'GET /evil.example HTTP/1.1\nHost:\n\n'],
    ['a Host with user information', 'GET / HTTP/1.1\nHost: user@evil.example\n\n'],
  ])('has no target URI with %s, and says why', async (_, raw) => {
    expect(await read(raw, failing)).toBe('authority-missing');
  });

  it('makes the target URI once', async () => {
    expect(await read('GET / HTTP/1.1\nHost: a\n\n', (request) => request.url === request.url)).toBe(true);
  });

  it('is one for each message, and another for the next on the connection', async () => {
    const requests: AuthRequest[] = [];
    seen = (request, message) => {
      requests.push(request);
      return bridge.request(message) === request;
    };
    await server.exchange('GET /1 HTTP/1.1\nHost: a\n\n');
    await server.exchange('GET /2 HTTP/1.1\nHost: a\n\n');
    expect(requests.map(({ target }) => target)).toEqual(['/1', '/2']);
  });

  it('tells the peer of the socket', async () => {
    expect(
      await read('GET / HTTP/1.1\nHost: a\n\n', ({ connection }) => [
        connection.remoteAddress,
        connection.encrypted,
        connection.serverName ?? null,
        connection.peerCertificates,
      ]),
    ).toEqual(['127.0.0.1', false, null, []]);
  });
});

describe('its signal', () => {
  it('aborts when the caller has gone', async () => {
    let aborted!: () => void;
    const gone = new Promise<void>((resolve) => (aborted = resolve));
    let arrived!: () => void;
    const there = new Promise<void>((resolve) => (arrived = resolve));
    server.server.removeAllListeners('request').on('request', (req: IncomingMessage) => {
      const { signal } = bridge.request(req);
      expect(signal?.aborted).toBe(false);
      signal?.addEventListener('abort', aborted);
      arrived();
    });
    const socket = await server.open();
    socket.write(crlf('GET / HTTP/1.1\nHost: a\n\n'));
    await there;
    socket.destroy();
    await gone;
    expect(socket.destroyed).toBe(true);
  });

  it('does not abort when the request has been answered and the connection lives on', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    server.server.removeAllListeners('request').on('request', (req, res) => {
      signals.push(bridge.request(req).signal);
      res.end('x');
    });
    const socket = await server.open();
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.write(crlf('GET / HTTP/1.1\nHost: a\n\n'));
    await answered;
    const again = new Promise((resolve) => socket.once('data', resolve));
    socket.write(crlf('GET / HTTP/1.1\nHost: a\n\n'));
    await again;
    expect(signals.map((signal) => signal?.aborted)).toEqual([false, false]);
    socket.destroy();
  });

  it('leaves one listener on a connection, however many requests it brings', async () => {
    let listeners = 0;
    seen = (request, message) => {
      for (let i = 0; i < 50; i++) void request.signal;
      listeners = message.socket.listenerCount('close');
      return null;
    };
    await server.exchange('GET / HTTP/1.1\nHost: a\n\n');
    expect(listeners).toBeLessThan(10);
  });
});
