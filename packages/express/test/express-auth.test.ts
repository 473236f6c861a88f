import { connect } from 'node:net';

import { apiKey, createAuth, generateApiKey, type AuthRequest, type Scheme } from '@auth/core';
import { expressAuth } from '@auth/express';
import express5, { type ErrorRequestHandler } from 'express';
import express4 from 'express4';
import { describe, expect, test } from 'vitest';

import { recordAttempts } from '../../core/test/fixtures/adapters/attempts.js';
import { exchange, listen } from '../../core/test/fixtures/adapters/exchange.js';
import { createGuardedApi } from './guarded-api.js';
import { alice, badgeChallenge, createWaitingScheme } from '../../core/test/fixtures/adapters/badge-schemes.js';

const badge = { 'x-badge': 'b1' };

/** Express with one guarded route whose scheme waits. */
async function serveWaiting(express: typeof express5) {
  const waiting = createWaitingScheme();
  const { events, audit } = recordAttempts();
  const errors: unknown[] = [];
  const auth = createAuth({
    schemes: { badges: waiting.scheme },
    audit,
    onError: (error) => void errors.push(error),
  });
  const { protect, principal, denyByDefault } = expressAuth(auth);
  const guard = protect({ scheme: 'badges' });
  const ran: string[] = [];
  const app = express();
  app.get('/x', guard, (req, res) => {
    ran.push(guard.principal(req).subject);
    res.end('x');
  });
  app.get('/open', protect({ public: true }), (_req, res) => void res.end('open'));
  denyByDefault(app);
  const { port, server } = await listen(app);
  return { waiting, events, errors, ran, port, server, principal };
}

describe.each([
  ['Express 4', express4],
  ['Express 5', express5],
] as const)('%s', (_name, express) => {
  test('a refusal leaves with its status, each challenge on a line by itself and in order, and the bytes of its body', async () => {
    const key = generateApiKey('acme');
    const { scheme } = createWaitingScheme();
    const { events, audit } = recordAttempts();
    const auth = createAuth({
      schemes: { badges: scheme, keys: apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1' }] }) },
      audit,
    });
    const { protect } = expressAuth(auth);
    const app = express();
    app.get('/x', protect({ anyOf: [{ scheme: 'badges' }, { scheme: 'keys' }] }));
    const { port } = await listen(app);

    const refused = await exchange(port, 'GET', '/x');
    expect(refused.status).toBe(401);
    expect(refused.all('www-authenticate')).toEqual([
      'Badge realm="api"',
      'OldBadge realm="api", error="none"',
      'ApiKey realm="api"',
    ]);
    expect(refused.all('accept-badge')).toEqual(['red']);
    expect(refused.all('content-type')).toEqual(['application/problem+json']);
    expect(refused.all('cache-control')).toEqual(['no-store']);
    expect(refused.text).toBe(
      '{"type":"urn:auth:problem:missing-credentials","title":"Credentials are required","status":401,' +
        `"code":"missing-credentials","instance":"${events[0]?.instance}"}`,
    );
    expect(events[0]).toMatchObject({ reason: 'no-credentials', route: '/x', method: 'GET', path: '/x' });
  });

  test('a guard on a router and another on its route verify once and write one event', async () => {
    let verified = 0;
    const { events, audit } = recordAttempts();
    const scheme: Scheme<'badge'> = {
      type: 'badge',
      extract: () => ({ kind: 'credentials', field: 'x-badge', credentials: 'b1', identifier: 'b1' }),
      async verify() {
        verified++;
        return { kind: 'verified', principal: { ...alice, scopes: new Set(['a']) }, headers: [['x-seen', 'once']] };
      },
      challenge: badgeChallenge,
    };
    const auth = createAuth({ schemes: { badges: scheme }, audit });
    const { protect, principal, denyByDefault } = expressAuth(auth);
    const [wide, narrow, wider] = [
      protect({ scheme: 'badges' }),
      protect({ scheme: 'badges', scopes: ['a'] }),
      protect({ scheme: 'badges', scopes: ['b'] }),
    ];
    const router = express.Router().use(wide);
    router.get('/x', narrow, (req, res) =>
      res.json([wide, narrow].map((guard) => guard.principal(req).subject).concat(principal(req)?.subject ?? '')),
    );
    router.get('/y', wider, (_req, res) => void res.end('never'));
    const app = express().use('/a', router);
    denyByDefault(app);
    const { port } = await listen(app);

    const passed = await exchange(port, 'GET', '/a/x');
    expect(JSON.parse(passed.text)).toEqual(['alice', 'alice', 'alice']);
    expect(verified).toBe(1);
    expect(events.map(({ reason }) => reason)).toEqual(['ok']);

    expect(await exchange(port, 'GET', '/a/y')).toMatchObject({ status: 403, code: 'insufficient-scope' });
    expect(verified).toBe(2);
    expect(events.slice(1).map(({ reason, route }) => [reason, route])).toEqual([
      ['ok', null],
      ['insufficient-scope', '/a/y'],
    ]);
  });

  test('a guard tells whom it let through, and throws on a route that it does not guard', async () => {
    const { protect, principal, proof, denyByDefault } = createGuardedApi();
    const [own, other] = [protect({ scheme: 'keys' }), protect({ scheme: 'keys', scopes: ['orders:read'] })];
    const app = express();
    app.get('/x', own, (req, res) => {
      const { principal: typed, principals, kind } = own.decision(req);
      res.json({ kind, one: typed.subject, list: principals.length, any: principal(req)?.credentialId });
    });
    app.get('/y', own, (req, res) => void res.end(other.principal(req).subject));
    app.get('/z', own, (req, res) => void res.json(other.decision(req)));
    app.get('/open', protect({ public: true }), (req, res) => void res.json(principal(req)));
    const onError: ErrorRequestHandler = (error: Error, _req, res, _next) => void res.status(500).end(error.message);
    denyByDefault(app.use(onError));
    const { port } = await listen(app);
    const sent = { headers: proof };
    expect(JSON.parse((await exchange(port, 'GET', '/x', sent)).text)).toEqual({
      kind: 'allow',
      one: 'svc-1',
      list: 1,
      any: 'k1',
    });
    for (const path of ['/y', '/z']) {
      expect((await exchange(port, 'GET', path, sent)).text).toBe(
        'protect: this guard has not let the request through; put it before the handler that asks it',
      );
    }
    expect((await exchange(port, 'GET', '/open', sent)).text).toBe('null');
  });

  test('an event has the path as received and the pattern of the route, below the mount', async () => {
    const { protect, proof, events, answer } = createGuardedApi();
    const guard = protect({ scheme: 'keys' });
    const app = express().use('/a', express.Router().get('/orders/:id', guard, answer('x')));
    const { port } = await listen(app);
    await exchange(port, 'GET', '/a/orders/7?full=1', { headers: proof });
    expect(events.map(({ route, path, method }) => [method, route, path])).toEqual([
      ['GET', '/a/orders/:id', '/a/orders/7'],
    ]);
  });

  test('a scheme reads target, route and parameters of the request, however the router cut its URL', async () => {
    const seen: unknown[] = [];
    const scheme: Scheme<'badge'> = {
      type: 'badge',
      extract: () => ({ kind: 'credentials', field: 'x-badge', credentials: 'b1', identifier: 'b1' }),
      verify(_badge, request: AuthRequest) {
        const { target, route, parameters, url } = request;
        seen.push([target, route, parameters, url.href.replace(/:\d+/, '')]);
        return { kind: 'verified', principal: alice };
      },
      challenge: badgeChallenge,
    };
    const { protect } = expressAuth(createAuth({ schemes: { badges: scheme } }));
    const guard = protect({ scheme: 'badges' });
    const router = express.Router().get('/orders/:id', guard, (_req, res) => void res.end());
    const { port } = await listen(express().use('/a', router));
    await exchange(port, 'GET', '/a/orders/%37?full=1');
    expect(seen).toEqual([
      ['/a/orders/%37?full=1', '/a/orders/:id', { id: '7' }, 'http://127.0.0.1/a/orders/%37?full=1'],
    ]);
  });

  test('no handler runs before a scheme that is late has proved; then it runs once, with the fields of the pass', async () => {
    const { waiting, ran, port, events } = await serveWaiting(express);
    const answer = exchange(port, 'GET', '/x', { headers: badge });
    await waiting.asked;
    expect((await exchange(port, 'GET', '/open')).text).toBe('open');
    expect(ran).toEqual([]);
    waiting.prove();
    const { status, text, all } = await answer;
    expect({ status, text, seen: all('x-badge-seen') }).toEqual({ status: 200, text: 'x', seen: ['yes'] });
    expect(ran).toEqual(['alice']);
    expect(events.map(({ reason }) => reason)).toEqual(['public', 'ok']);
  });

  test('a scheme that is late refuses with its challenge', async () => {
    const { waiting, ran, port } = await serveWaiting(express);
    const answer = exchange(port, 'GET', '/x', { headers: badge });
    await waiting.asked;
    waiting.refuse();
    const { status, code, all } = await answer;
    expect({ status, code }).toEqual({ status: 401, code: 'invalid-credentials' });
    expect(all('www-authenticate')).toEqual(['Badge realm="api"', 'OldBadge realm="api", error="badge-unknown"']);
    expect(ran).toEqual([]);
  });

  test('a scheme that rejects refuses with internal-error, and the operator alone learns why', async () => {
    const { waiting, ran, port, errors, events } = await serveWaiting(express);
    const answer = exchange(port, 'GET', '/x', { headers: badge });
    await waiting.asked;
    const error = new Error('the store says hello');
    waiting.fail(error);
    const { status, code, text, all } = await answer;
    expect({ status, code }).toEqual({ status: 500, code: 'internal-error' });
    expect(text).not.toContain('hello');
    expect(all('www-authenticate')).toEqual([]);
    expect(errors).toEqual([error]);
    expect(events.map(({ reason, outcome }) => [outcome, reason])).toEqual([['error', 'unexpected']]);
    expect(ran).toEqual([]);
  });

  test.each([
    ['proves', (waiting: ReturnType<typeof createWaitingScheme>) => waiting.prove()],
    ['refuses', (waiting: ReturnType<typeof createWaitingScheme>) => waiting.refuse()],
    ['rejects', (waiting: ReturnType<typeof createWaitingScheme>) => waiting.fail(new Error('gave up'))],
  ])('no handler runs for a caller who has gone when a scheme %s', async (_title, end) => {
    const { waiting, ran, port, server } = await serveWaiting(express);
    const closed = new Promise((resolve) => {
      server.once('connection', (socket) => socket.once('close', resolve));
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /x HTTP/1.1\r\nHost: a\r\nX-Badge: b1\r\n\r\n');
    const signal = await waiting.asked;
    socket.destroy();
    await closed;
    expect(signal?.aborted).toBe(true);
    end(waiting);
    expect((await exchange(port, 'GET', '/open')).text).toBe('open');
    expect(ran).toEqual([]);
  });

  test('mount serves handlers by path, below the path of the mount, and leaves all others alone', async () => {
    const { mount, denyByDefault } = createGuardedApi();
    const app = express();
    app.use(
      '/meta',
      mount({
        '/keys': async (request) => ({
          status: 203,
          headers: [
            ['content-type', 'application/json'],
            ['x-line', 'one'],
            ['x-line', 'two'],
          ],
          body: new TextEncoder().encode(JSON.stringify([request.method, request.target])),
        }),
        '/broken': () => Promise.reject(new Error('no keys')),
      }),
    );
    const onError: ErrorRequestHandler = (error: Error, _req, res, _next) => void res.status(500).end(error.message);
    denyByDefault(app.use(onError));
    const { port } = await listen(app);
    const served = await exchange(port, 'GET', '/meta/keys?x=1');
    expect(served).toMatchObject({ status: 203, text: '["GET","/meta/keys?x=1"]' });
    expect(served.all('x-line')).toEqual(['one', 'two']);
    expect(served.all('content-type')).toEqual(['application/json']);
    expect(await exchange(port, 'GET', '/meta/broken')).toMatchObject({ status: 500, text: 'no keys' });
    for (const path of ['/keys', '/meta', '/meta/keys/', '/meta/toString', '/meta/__proto__']) {
      expect((await exchange(port, 'GET', path)).status).toBe(404);
    }
  });
});
