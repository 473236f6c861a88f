import type { IncomingMessage } from 'node:http';

import { afterEach, describe, expect, it } from 'vitest';

import type { AuthOptions, AuthRequest, Verified } from '../../src/index.js';
import { sendAnswer } from '../../src/node.js';
import { benchOf, proves, wordScheme } from '../fixtures/guard.js';
import { bridgeOf, listen, type TestServer } from '../fixtures/server.js';

let server: TestServer;
afterEach(() => server.close());

describe('the bridge to node:http', () => {
  it('decides at once where nothing waits, and knows who was let through', async () => {
    const bridge = bridgeOf(benchOf({ a: wordScheme('a') }).auth);
    const guard = bridge.guard({ scheme: 'a' });
    const other = bridge.guard({ scheme: 'a', roles: ['x'] });
    const steps: unknown[] = [];
    server = await listen((req, res) => {
      res.setHeader('connection', 'close');
      steps.push(bridge.principal(req), bridge.allowed(req));
      guard.decide(
        req,
        (decision) => steps.push(decision.kind),
        () => steps.push('failed'),
      );
      steps.push(bridge.principal(req)?.subject, bridge.allowed(req), guard.decision(req).principal?.subject);
      expect(() => other.decision(req)).toThrow(/has not let the request through/);
      res.end();
    });
    await server.exchange('GET / HTTP/1.1\nHost: a\nX-A: ann\n\n');
    expect(steps).toEqual([null, false, 'allow', 'ann', true, 'ann']);
  });

  it('hands an error of the adapter to fail where the decision waited', async () => {
    const bridge = bridgeOf(benchOf({ a: wordScheme('a', { verify: async (word) => proves(word) }) }).auth);
    const guard = bridge.guard({ scheme: 'a' });
    const thrown = new Error('in the handler');
    server = await listen((req, res) => {
      res.setHeader('connection', 'close');
      guard.decide(
        req,
        () => {
          throw thrown;
        },
        (error) => res.end(error === thrown ? 'told' : 'lost'),
      );
    });
    expect(await server.exchange('GET / HTTP/1.1\nHost: a\nX-A: ann\n\n')).toContain('told');
  });

  it.each(['decide', 'whenDecided'] as const)('%s says nothing where the caller has gone meanwhile', async (way) => {
    let verifying: () => void = () => undefined;
    const verified = new Promise<void>((resolve) => (verifying = resolve));
    const verify = (_word: string, { signal }: AuthRequest): Promise<Verified> => {
      verifying();
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    };
    const bridge = bridgeOf(benchOf({ a: wordScheme('a', { verify: (word, request) => verify(word, request) }) }).auth);
    const guard = bridge.guard({ scheme: 'a' });
    const told: unknown[] = [];
    const closed = new Promise<void>((resolve) => {
      void listen((req, res) => {
        const fail = (error: unknown): void => void told.push(error);
        const use = (): void => void told.push('used');
        if (way === 'decide') guard.decide(req, use, fail);
        else Promise.resolve(guard.whenDecided(req, use, undefined)).catch(fail);
        res.once('close', () => setImmediate(resolve));
      }).then(async (listening) => {
        server = listening;
        const socket = await server.open();
        socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-A: ann\r\n\r\n');
        await verified;
        socket.destroy();
      });
    });
    await closed;
    expect(told).toEqual([]);
  });

  it('refuses a route without a requirement, with its event', async () => {
    const bench = benchOf({ a: wordScheme('a') });
    const bridge = bridgeOf(bench.auth);
    server = await listen((req, res) => {
      res.setHeader('connection', 'close');
      sendAnswer(res, bridge.refuseUndeclared(req));
    });
    expect(await server.exchange('GET /x?y HTTP/1.1\nHost: a\nX-A: ann\n\n')).toMatch(/^HTTP\/1\.1 403 /);
    expect(bench.events).toMatchObject([{ reason: 'no-requirement', path: '/x', address: '127.0.0.1' }]);
  });

  it('refuses two Authorization lines of which the platform would keep the first (RFC 9110 §5.3)', async () => {
    const scheme = wordScheme('a', { field: 'authorization' });
    scheme.extract.mockImplementation((request) => ({
      kind: 'credentials',
      field: 'authorization',
      credentials: { word: request.headers.getAll('authorization').join(' and ') },
      identifier: 'x',
    }));
    const bridge = bridgeOf(benchOf({ a: scheme }).auth);
    const guard = bridge.guard({ scheme: 'a' });
    let platform: string | undefined;
    server = await listen((req: IncomingMessage, res) => {
      res.setHeader('connection', 'close');
      platform = req.headers.authorization;
      guard.decide(
        req,
        () => res.end(guard.decision(req).principal?.subject),
        () => res.end(),
      );
    });
    expect(await server.exchange('GET / HTTP/1.1\nHost: a\nAuthorization: good\nAuthorization: bad\n\n')).toContain(
      'good and bad',
    );
    expect(platform).toBe('good');
  });

  it('knows a request by each guard with the proxies of that guard alone', async () => {
    const urls: string[] = [];
    const readUrl = (request: { readonly url: URL }): Verified => {
      urls.push(request.url.href);
      return proves('ann');
    };
    const guardOf = (options: Partial<AuthOptions>) => {
      const { auth } = benchOf({ a: wordScheme('a', { verify: (_word, request) => readUrl(request) }) }, options);
      return bridgeOf(auth).guard({ scheme: 'a' });
    };
    const outer = guardOf({});
    const inner = guardOf({ trustProxy: ['127.0.0.0/8'], forwardedFields: ['x-forwarded-proto', 'x-forwarded-host'] });
    server = await listen((req, res) => {
      res.setHeader('connection', 'close');
      const fail = (): void => void res.destroy();
      outer.decide(req, () => inner.decide(req, () => void res.end(), fail), fail);
    });
    await server.exchange(
      'GET /x HTTP/1.1\nHost: a\nX-A: ann\nX-Forwarded-Proto: https\nX-Forwarded-Host: api.example\n\n',
    );
    expect(urls).toEqual(['http://a/x', 'https://api.example/x']);
  });

  it('serves handlers by their own paths alone (CWE-1321)', async () => {
    const bridge = bridgeOf(benchOf({ a: wordScheme('a') }).auth);
    const keys = async () => ({ status: 200, headers: [], body: new Uint8Array() });
    server = await listen(() => undefined);
    expect(bridge.handlerFor({ '/keys': keys }, '/keys')).toBe(keys);
    for (const path of ['/other', 'constructor', '__proto__', '/KEYS', '/keys/'])
      expect(bridge.handlerFor({ '/keys': keys }, path)).toBeUndefined();
  });
});
