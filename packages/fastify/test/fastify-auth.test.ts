import { connect } from 'node:net';

import { apiKey, createAuth, generateApiKey, type AuthRequest, type Scheme } from '@auth/core';
import { fastifyAuth } from '@auth/fastify';
import fastify5, { type FastifyInstance } from 'fastify';
import fastify4 from 'fastify4';
import { describe, expect, test } from 'vitest';

import { recordAttempts } from '../../core/test/fixtures/adapters/attempts.js';
import { exchange } from '../../core/test/fixtures/adapters/exchange.js';
import { listen } from './listen.js';
import { createGuardedApi } from './guarded-api.js';
import { alice, badgeChallenge, createWaitingScheme } from '../../core/test/fixtures/adapters/badge-schemes.js';

const badge = { 'x-badge': 'b1' };

/** Fastify with one guarded route whose scheme waits. */
async function serveWaiting(fastify: typeof fastify5) {
  const waiting = createWaitingScheme();
  const { events, audit } = recordAttempts();
  const errors: unknown[] = [];
  const auth = createAuth({
    schemes: { badges: waiting.scheme },
    audit,
    onError: (error) => void errors.push(error),
  });
  const { plugin, protect } = fastifyAuth(auth);
  const guard = protect({ scheme: 'badges' });
  const ran: string[] = [];
  const app = fastify({ forceCloseConnections: true });
  await app.register(plugin);
  app.get('/x', guard, async (request) => {
    ran.push(guard.principal(request).subject);
    return 'x';
  });
  app.get('/open', protect({ public: true }), async () => 'open');
  return { waiting, events, errors, ran, app, port: await listen(app) };
}

describe.each([
  ['Fastify 4', fastify4],
  ['Fastify 5', fastify5],
] as const)('%s', (_name, fastify) => {
  const start = async (build: (app: FastifyInstance) => unknown): Promise<number> => {
    const app = fastify({ forceCloseConnections: true });
    await build(app);
    return listen(app);
  };

  test('a refusal leaves with its status, each challenge on a line by itself and in order, and the bytes of its body', async () => {
    const key = generateApiKey('acme');
    const { scheme } = createWaitingScheme();
    const { events, audit } = recordAttempts();
    const { plugin, protect } = fastifyAuth(
      createAuth({
        schemes: { badges: scheme, keys: apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1' }] }) },
        audit,
      }),
    );
    const port = await start(async (app) => {
      await app.register(plugin);
      app.get('/x', protect({ anyOf: [{ scheme: 'badges' }, { scheme: 'keys' }] }), async () => 'never');
    });
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

  test('refusals pass the hooks of the application: CORS fields, onSend and onResponse', async () => {
    const { plugin, protect, answer, events } = createGuardedApi();
    const sent: unknown[] = [];
    const port = await start(async (app) => {
      await app.register(plugin);
      app.addHook('onRequest', async (_request, reply) => {
        void reply.header('access-control-allow-origin', 'https://app.example').header('vary', 'Origin');
      });
      app.addHook('onSend', async (_request, reply, payload) => {
        void reply.header('x-sent', String(Buffer.isBuffer(payload)));
        return payload;
      });
      app.addHook('onResponse', async (_request, reply) => void sent.push(reply.statusCode));
      app.get('/open', answer('open'));
      app.get('/x', protect({ scheme: 'keys' }), answer('x'));
    });
    for (const [path, status] of [
      ['/open', 403],
      ['/x', 401],
    ] as const) {
      const refused = await exchange(port, 'GET', path);
      expect(refused.status).toBe(status);
      expect(refused.all('access-control-allow-origin')).toEqual(['https://app.example']);
      expect(refused.all('vary')).toEqual(['Origin']);
      expect(refused.all('x-sent')).toEqual(['true']);
      expect(refused.all('content-type')).toEqual(['application/problem+json']);
    }
    expect(sent).toEqual([403, 401]);
    expect(events).toHaveLength(2);
  });

  test('a hook of the application that answers before the guard is left alone', async () => {
    const { plugin, protect, answer, events, ran } = createGuardedApi();
    const port = await start(async (app) => {
      await app.register(plugin);
      app.addHook('onRequest', async (request, reply) => {
        if (request.method === 'OPTIONS') return reply.code(204).send();
      });
      app.options('/x', answer('options'));
      app.get('/x', protect({ scheme: 'keys' }), answer('x'));
    });
    expect((await exchange(port, 'OPTIONS', '/x')).status).toBe(204);
    expect((await exchange(port, 'GET', '/x')).status).toBe(401);
    expect(ran).toEqual([]);
    expect(events).toHaveLength(1);
  });

  test('setErrorHandler answers for what handlers throw, and never sees a refusal', async () => {
    const { plugin, protect, proof, answer } = createGuardedApi();
    const port = await start(async (app) => {
      await app.register(plugin);
      app.setErrorHandler((error: Error, _request, reply) => reply.code(500).send(`handled: ${error.message}`));
      app.get('/open', answer('open'));
      app.get('/x', protect({ scheme: 'keys' }), async () => Promise.reject(new Error('of the handler')));
    });
    expect(await exchange(port, 'GET', '/open')).toMatchObject({ status: 403, code: 'permission-denied' });
    expect(await exchange(port, 'GET', '/x')).toMatchObject({ status: 401, code: 'missing-credentials' });
    expect(await exchange(port, 'GET', '/x', { headers: proof })).toMatchObject({ text: 'handled: of the handler' });
  });

  test('a guard of a child and another on its route verify once and write one event', async () => {
    let verified = 0;
    const { events, audit } = recordAttempts();
    const scheme: Scheme<'badge'> = {
      type: 'badge',
      extract: () => ({ kind: 'credentials', field: 'x-badge', credentials: 'b1', identifier: 'b1' }),
      async verify() {
        verified++;
        return { kind: 'verified', principal: { ...alice, scopes: new Set(['a']) } };
      },
      challenge: badgeChallenge,
    };
    const { plugin, protect, principal } = fastifyAuth(createAuth({ schemes: { badges: scheme }, audit }));
    const [wide, narrow, wider] = [
      protect({ scheme: 'badges' }),
      protect({ scheme: 'badges', scopes: ['a'] }),
      protect({ scheme: 'badges', scopes: ['b'] }),
    ];
    const port = await start(async (app) => {
      await app.register(plugin);
      await app.register(
        async (child) => {
          child.addHook('onRequest', wide.onRequest);
          child.get('/x', narrow, async (request) => [
            wide.principal(request).subject,
            narrow.decision(request).principal.subject,
            principal(request)?.subject,
          ]);
          child.get('/y', wider, async () => 'never');
        },
        { prefix: '/a' },
      );
    });
    expect(JSON.parse((await exchange(port, 'GET', '/a/x')).text)).toEqual(['alice', 'alice', 'alice']);
    expect(verified).toBe(1);
    expect(events.map(({ reason }) => reason)).toEqual(['ok']);
    expect(await exchange(port, 'GET', '/a/y')).toMatchObject({ status: 403, code: 'insufficient-scope' });
    expect(verified).toBe(2);
    expect(events.slice(1).map(({ reason, route }) => [reason, route])).toEqual([
      ['ok', '/a/y'],
      ['insufficient-scope', '/a/y'],
    ]);
  });

  test('a guard throws on a route that it does not guard, and principal answers null there', async () => {
    const { plugin, protect, principal, proof } = createGuardedApi();
    const [own, other] = [protect({ scheme: 'keys' }), protect({ public: true })];
    const port = await start(async (app) => {
      await app.register(plugin);
      app.setErrorHandler((error: Error, _request, reply) => reply.code(500).send(error.message));
      app.get('/y', other, async (request) => own.principal(request).subject);
      app.get('/z', own, async (request) => other.decision(request));
      app.get('/open', other, async (request) => JSON.stringify(principal(request)));
      app.setNotFoundHandler(async (request) => JSON.stringify(principal(request)));
    });
    for (const path of ['/y', '/z']) {
      expect((await exchange(port, 'GET', path, { headers: proof })).text).toBe(
        'protect: this guard has not let the request through; put it before the handler that asks it',
      );
    }
    expect((await exchange(port, 'GET', '/open', { headers: proof })).text).toBe('null');
    expect((await exchange(port, 'GET', '/nowhere', { headers: proof })).text).toBe('null');
  });

  test('a scheme reads target, route and parameters of the request', async () => {
    const seen: unknown[] = [];
    const scheme: Scheme<'badge'> = {
      type: 'badge',
      extract: () => ({ kind: 'credentials', field: 'x-badge', credentials: 'b1', identifier: 'b1' }),
      verify(_badge, { target, route, parameters, url }: AuthRequest) {
        seen.push([target, route, { ...parameters }, url.href.replace(/:\d+/, '')]);
        return { kind: 'verified', principal: alice };
      },
      challenge: badgeChallenge,
    };
    const { plugin, protect } = fastifyAuth(createAuth({ schemes: { badges: scheme } }));
    const port = await start(async (app) => {
      await app.register(plugin);
      const child = async (inner: FastifyInstance): Promise<void> => {
        inner.get('/orders/:id', protect({ scheme: 'badges' }), async () => 'x');
      };
      await app.register(child, { prefix: '/a' });
    });
    await exchange(port, 'GET', '/a/orders/%37?full=1');
    expect(seen).toEqual([
      ['/a/orders/%37?full=1', '/a/orders/:id', { id: '7' }, 'http://127.0.0.1/a/orders/%37?full=1'],
    ]);
  });

  test('no handler runs before a scheme that is late has proved; then it runs once, with the fields of the pass', async () => {
    const { waiting, ran, port, events } = await serveWaiting(fastify);
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
    const { waiting, ran, port } = await serveWaiting(fastify);
    const answer = exchange(port, 'GET', '/x', { headers: badge });
    await waiting.asked;
    waiting.refuse();
    const { status, code, all } = await answer;
    expect({ status, code }).toEqual({ status: 401, code: 'invalid-credentials' });
    expect(all('www-authenticate')).toEqual(['Badge realm="api"', 'OldBadge realm="api", error="badge-unknown"']);
    expect(ran).toEqual([]);
  });

  test('a scheme that rejects refuses with internal-error, and the operator alone learns why', async () => {
    const { waiting, ran, port, errors, events } = await serveWaiting(fastify);
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
    const { waiting, ran, port, app } = await serveWaiting(fastify);
    const closed = new Promise((resolve) => {
      app.server.once('connection', (socket) => socket.once('close', resolve));
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

  test('closing the app closes its guard: every scheme is told', async () => {
    const { scheme } = createWaitingScheme();
    let closes = 0;
    const closing = { ...scheme, close: () => void closes++ };
    const { plugin } = fastifyAuth(createAuth({ schemes: { badges: closing } }));
    const app = fastify();
    await app.register(plugin);
    await app.ready();
    expect(closes).toBe(0);
    await app.close();
    expect(closes).toBe(1);
  });

  test('closing the app waits for what is in flight before it closes its guard', async () => {
    const { scheme, asked, prove } = createWaitingScheme();
    const order: string[] = [];
    const closing = { ...scheme, close: () => void order.push('closed') };
    const { plugin, protect } = fastifyAuth(createAuth({ schemes: { badges: closing } }));
    const app = fastify();
    await app.register(plugin);
    app.addHook('preClose', async () => prove());
    app.get('/x', protect({ scheme: 'badges' }), async () => order.push('ran'));
    const port = await listen(app);
    const answer = exchange(port, 'GET', '/x', { headers: badge });
    await asked;
    await app.close();
    expect((await answer).status).toBe(200);
    expect(order).toEqual(['ran', 'closed']);
  });

  test('mount serves handlers below a prefix, whatever the body and its type, and all else stays 404', async () => {
    const { plugin, mount, routes, events } = createGuardedApi();
    const bodies: string[] = [];
    const port = await start(async (app) => {
      await app.register(plugin);
      const serve = mount({
        '/keys': async (request) => {
          bodies.push(Buffer.from(await request.body()).toString());
          return {
            status: 203,
            headers: [
              ['content-type', 'application/json'],
              ['x-line', 'one'],
              ['x-line', 'two'],
            ],
            body: new TextEncoder().encode(JSON.stringify([request.method, request.target])),
          };
        },
        '/broken': async () => Promise.reject(new Error('no keys')),
      });
      await app.register(serve, { prefix: '/meta' });
    });
    const served = await exchange(port, 'GET', '/meta/keys?x=1');
    expect(served).toMatchObject({ status: 203, text: '["GET","/meta/keys?x=1"]' });
    expect(served.all('x-line')).toEqual(['one', 'two']);
    expect(served.all('content-type')).toEqual(['application/json']);
    const types = ['application/json', 'application/x-www-form-urlencoded', 'text/plain; charset=utf-8', 'a/b+c', ''];
    for (const type of types) {
      const headers = type === '' ? {} : { 'content-type': type };
      const { status } = await exchange(port, 'POST', '/meta/keys', { headers, body: `{"of": ${type}` });
      expect([type, status]).toEqual([type, 203]);
    }
    expect(bodies).toEqual(['', ...types.map((type) => `{"of": ${type}`)]);
    expect((await exchange(port, 'GET', '/meta/broken')).status).toBe(500);
    for (const path of ['/keys', '/meta', '/meta/keys/x', '/meta/__proto__']) {
      expect((await exchange(port, 'GET', path)).status).toBe(404);
    }
    expect(
      new Set(
        routes().map(({ path, requirement }) => [path, requirement].map((part) => JSON.stringify(part)).join(' ')),
      ),
    ).toEqual(new Set(['"/meta/keys" {"public":true}', '"/meta/broken" {"public":true}']));
    expect(events).toEqual([]);
  });

  test('mount leaves the parsers of the rest of the application as they are', async () => {
    const { plugin, mount, protect } = createGuardedApi();
    const port = await start(async (app) => {
      await app.register(plugin);
      await app.register(mount({ '/keys': async () => ({ status: 200, headers: [], body: new Uint8Array() }) }));
      app.post('/x', protect({ public: true }), async (request) => request.body);
    });
    const headers = { 'content-type': 'application/json' };
    expect((await exchange(port, 'POST', '/x', { headers, body: '{ "a": 1 }' })).text).toBe('{"a":1}');
  });
});
