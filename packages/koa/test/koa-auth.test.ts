import { connect } from 'node:net';

import { apiKey, createAuth, generateApiKey } from '@auth/core';
import { koaAuth } from '@auth/koa';
import cors from '@koa/cors';
import { Router } from '@koa/router';
import { expect, test } from 'vitest';

import { recordAttempts } from '../../core/test/fixtures/adapters/attempts.js';
import { exchange, listen } from '../../core/test/fixtures/adapters/exchange.js';
import { createApp, createGuardedApi } from './guarded-api.js';
import { createWaitingScheme, everybody } from '../../core/test/fixtures/adapters/badge-schemes.js';

const badge = { 'x-badge': 'b1' };

const serve = async (router: Router) => listen(createApp().use(router.routes()).callback());

/** Koa with one guarded route whose scheme waits. */
async function serveWaiting() {
  const waiting = createWaitingScheme();
  const { events, audit } = recordAttempts();
  const errors: unknown[] = [];
  const auth = createAuth({
    schemes: { badges: waiting.scheme },
    audit,
    onError: (error) => void errors.push(error),
  });
  const { protect, denyByDefault } = koaAuth(auth);
  const guard = protect({ scheme: 'badges' });
  const ran: string[] = [];
  const router = new Router();
  router.get('/x', guard, (ctx) => {
    ran.push(guard.principal(ctx).subject);
    ctx.body = 'x';
  });
  router.get('/open', protect({ public: true }), (ctx) => {
    ctx.body = 'open';
  });
  denyByDefault(router);
  return { waiting, events, errors, ran, ...(await serve(router)) };
}

test('a refusal leaves with its status, each challenge on a line by itself and in order, and the bytes of its body', async () => {
  const key = generateApiKey('acme');
  const { scheme } = createWaitingScheme();
  const { events, audit } = recordAttempts();
  const { protect } = koaAuth(
    createAuth({
      schemes: { badges: scheme, keys: apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1' }] }) },
      audit,
    }),
  );
  const router = new Router();
  router.get('/x', protect({ anyOf: [{ scheme: 'badges' }, { scheme: 'keys' }] }));
  const { port } = await serve(router);

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
  expect(refused.all('content-length')).toEqual([String(refused.bytes.length)]);
  expect(refused.text).toBe(
    '{"type":"urn:auth:problem:missing-credentials","title":"Credentials are required","status":401,' +
      `"code":"missing-credentials","instance":"${events[0]?.instance}"}`,
  );
  expect(events[0]).toMatchObject({ reason: 'no-credentials', route: '/x', method: 'GET', path: '/x' });
});

test('a refusal takes the place of what stood in the answer before, and keeps the fields of the application', async () => {
  const { protect } = createGuardedApi();
  const guard = protect({ scheme: 'keys' });
  const app = createApp().use((ctx, next) => {
    ctx.body = { secret: 'of the application' };
    ctx.set('access-control-allow-origin', 'https://app.example');
    return guard(ctx, next) as Promise<unknown>;
  });
  const { port } = await listen(app.callback());
  const refused = await exchange(port, 'GET', '/x');
  expect(refused).toMatchObject({ status: 401, code: 'missing-credentials' });
  expect(refused.text).not.toContain('secret');
  expect(refused.all('content-type')).toEqual(['application/problem+json']);
  expect(refused.all('access-control-allow-origin')).toEqual(['https://app.example']);
});

test('refusals have the CORS fields of the application, and its preflight comes before the guard', async () => {
  const { protect, denyByDefault, answer, events, ran } = createGuardedApi();
  const router = new Router().get('/x', protect({ scheme: 'keys' }), answer('x')).get('/open', answer('open'));
  denyByDefault(router);
  const origin = 'https://app.example';
  const app = createApp().use(cors({ origin, exposeHeaders: 'www-authenticate', keepHeadersOnError: true }));
  const { port } = await listen(app.use(router.routes()).use(router.allowedMethods()).callback());
  for (const [path, status] of [
    ['/x', 401],
    ['/open', 403],
  ] as const) {
    const refused = await exchange(port, 'GET', path, { headers: { origin } });
    expect(refused).toMatchObject({ status });
    expect(refused.all('content-type')).toEqual(['application/problem+json']);
    expect(refused.all('access-control-allow-origin')).toEqual([origin]);
    expect(refused.all('access-control-expose-headers')).toEqual(['www-authenticate']);
    expect(refused.all('vary')).toEqual(['Origin']);
  }
  const preflight = await exchange(port, 'OPTIONS', '/x', {
    headers: { origin, 'access-control-request-method': 'GET' },
  });
  expect(preflight.status).toBe(204);
  expect(events).toHaveLength(2);
  expect(ran).toEqual([]);
});

test('a guard goes on at once where nothing has to wait: it answers what next answers, no promise of its own', () => {
  const { protect } = createGuardedApi();
  const guard = protect({ public: true });
  const answered = Promise.resolve('of next');
  const ctx = { req: { method: 'GET', rawHeaders: [], socket: {} }, res: {}, originalUrl: '/', path: '/' };
  expect(guard(ctx as unknown as Parameters<typeof guard>[0], () => answered)).toBe(answered);
});

test('a guard on a router and another on its route verify once and write one event', async () => {
  let verified = 0;
  const { events, audit } = recordAttempts();
  const { protect, principal, denyByDefault } = koaAuth(
    createAuth({ schemes: { badges: everybody(() => verified++) }, audit }),
  );
  const [wide, narrow, wider] = [
    protect({ scheme: 'badges' }),
    protect({ scheme: 'badges', scopes: ['a'] }),
    protect({ scheme: 'badges', scopes: ['b'] }),
  ];
  const inner = new Router().use(wide);
  inner.get('/x', narrow, (ctx) => {
    ctx.body = [wide, narrow].map((guard) => guard.principal(ctx).subject).concat(principal(ctx)?.subject ?? '');
  });
  inner.get('/y', wider, (ctx) => {
    ctx.body = 'never';
  });
  const router = new Router().use('/a', inner.routes());
  denyByDefault(router);
  const { port } = await serve(router);

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
  const router = new Router();
  router.get('/x', own, (ctx) => {
    const { principal: typed, principals, kind } = own.decision(ctx);
    ctx.body = { kind, one: typed.subject, list: principals.length, any: principal(ctx)?.credentialId };
  });
  router.get('/y', own, (ctx) => void (ctx.body = other.principal(ctx).subject));
  router.get('/z', own, (ctx) => void (ctx.body = other.decision(ctx)));
  router.get('/open', protect({ public: true }), (ctx) => void (ctx.body = JSON.stringify(principal(ctx))));
  denyByDefault(router);
  const { port } = await serve(router);
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

test('a logger before the router learns who it was after the fact', async () => {
  const { protect, principal, proof } = createGuardedApi();
  const router = new Router();
  router.get('/x', protect({ scheme: 'keys' }), (ctx) => void (ctx.body = 'x'));
  const seen: unknown[] = [];
  const app = createApp().use(async (ctx, next) => {
    await next();
    seen.push(principal(ctx)?.subject ?? null);
  });
  const { port } = await listen(app.use(router.routes()).callback());
  for (const headers of [proof, {}]) await exchange(port, 'GET', '/x', { headers });
  expect(seen).toEqual(['svc-1', null]);
});

test('a scheme reads target, route and parameters of the request, below the mount of its router', async () => {
  const seen: unknown[] = [];
  const scheme = everybody(({ target, route, parameters, url }) => {
    seen.push([target, route, { ...parameters }, url.href.replace(/:\d+/, '')]);
  });
  const { protect } = koaAuth(createAuth({ schemes: { badges: scheme } }));
  const inner = new Router().get('/orders/:id', protect({ scheme: 'badges' }), (ctx) => void (ctx.body = 'x'));
  const { port } = await serve(new Router().use('/a', inner.routes()));
  await exchange(port, 'GET', '/a/orders/%37?full=1');
  expect(seen).toEqual([
    ['/a/orders/%37?full=1', '/a/orders/:id', { id: '7' }, 'http://127.0.0.1/a/orders/%37?full=1'],
  ]);
});

test('no handler runs before a scheme that is late has proved; then it runs once, with the fields of the pass', async () => {
  const { waiting, ran, port, events } = await serveWaiting();
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
  const { waiting, ran, port } = await serveWaiting();
  const answer = exchange(port, 'GET', '/x', { headers: badge });
  await waiting.asked;
  waiting.refuse();
  const { status, code, all } = await answer;
  expect({ status, code }).toEqual({ status: 401, code: 'invalid-credentials' });
  expect(all('www-authenticate')).toEqual(['Badge realm="api"', 'OldBadge realm="api", error="badge-unknown"']);
  expect(ran).toEqual([]);
});

test('a scheme that rejects refuses with internal-error, and the operator alone learns why', async () => {
  const { waiting, ran, port, errors, events } = await serveWaiting();
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
  const { waiting, ran, port, server } = await serveWaiting();
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

test('no handler runs for a caller who has gone while onAllow waits', async () => {
  let [call, end] = [(): void => undefined, (): void => undefined];
  const called = new Promise<void>((resolve) => (call = resolve));
  const ended = new Promise<undefined>((resolve) => (end = () => resolve(undefined)));
  const { protect, answer, ran, proof } = createGuardedApi({
    onAllow({ principal }) {
      if (principal === null) return undefined;
      call();
      return ended;
    },
  });
  const router = new Router().get('/x', protect({ scheme: 'keys' }), answer('x'));
  const { port, server } = await serve(router.get('/open', protect({ public: true }), answer('open')));
  const closed = new Promise((resolve) => {
    server.once('connection', (socket) => socket.once('close', resolve));
  });
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET /x HTTP/1.1\r\nHost: a\r\nX-API-Key: ${proof['x-api-key']}\r\n\r\n`);
  await called;
  socket.destroy();
  await closed;
  end();
  expect((await exchange(port, 'GET', '/open')).text).toBe('open');
  expect(ran).toEqual(['open']);
});

test('mount serves handlers by path, with their own fields alone, and leaves all others alone', async () => {
  const { mount } = createGuardedApi();
  const body = new TextEncoder().encode('<key>');
  const app = createApp().use(
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
      '/untyped': async () => ({ status: 200, headers: [], body }),
      '/empty': async () => ({ status: 204, headers: [], body: new Uint8Array() }),
      '/broken': () => Promise.reject(new Error('no keys')),
    }),
  );
  const { port } = await listen(app.callback());
  const served = await exchange(port, 'GET', '/keys?x=1');
  expect(served).toMatchObject({ status: 203, text: '["GET","/keys?x=1"]' });
  expect(served.all('x-line')).toEqual(['one', 'two']);
  expect(served.all('content-type')).toEqual(['application/json']);
  const untyped = await exchange(port, 'GET', '/untyped');
  expect([untyped.text, untyped.all('content-type')]).toEqual(['<key>', []]);
  expect(await exchange(port, 'GET', '/empty')).toMatchObject({ status: 204, text: '' });
  expect(await exchange(port, 'GET', '/broken')).toMatchObject({ status: 500, text: 'no keys' });
  for (const path of ['/', '/keys/', '/toString', '/__proto__']) {
    expect((await exchange(port, 'GET', path)).status).toBe(404);
  }
});
