import fastify5, { type FastifyInstance } from 'fastify';
import fastify4 from 'fastify4';
import { describe, expect, test } from 'vitest';

import { exchange } from '../../core/test/fixtures/adapters/exchange.js';
import { listen } from './listen.js';
import { createGuardedApi, type GuardedApi } from './guarded-api.js';

type Build = (app: FastifyInstance, api: GuardedApi) => unknown;

/** Each shape has a route without a guard that applies to it: it may not run. */
const unguarded: readonly (readonly [title: string, method: string, path: string, build: Build])[] = [
  ['a route', 'GET', '/x', (app, { answer }) => app.get('/x', answer('x'))],
  ['the HEAD of a route', 'HEAD', '/x', (app, { answer }) => app.get('/x', answer('x'))],
  ['an OPTIONS route', 'OPTIONS', '/x', (app, { answer }) => app.options('/x', answer('x'))],
  ['a route of all methods', 'DELETE', '/x', (app, { answer }) => app.all('/x', answer('x'))],
  ['a route with a parameter', 'GET', '/x/7', (app, { answer }) => app.get('/x/:id', answer('x'))],
  ['a route for everything', 'GET', '/y', (app, { answer }) => app.get('*', answer('x'))],
  [
    'a route with a constraint',
    'GET',
    '/x',
    (app, { answer }) => app.get('/x', { constraints: { host: /^127/ } }, answer('x')),
  ],
  [
    'a route whose config hides that it is one',
    'GET',
    '/x',
    (app, { answer }) => app.get('/x', { config: { url: undefined } }, answer('x')),
  ],
  [
    'the root of a child with its slash',
    'GET',
    '/a/',
    (app, { answer }) => app.register(async (child) => child.get('/', answer('x')), { prefix: '/a' }),
  ],
  [
    'another method of a path that has a guard',
    'POST',
    '/x',
    (app, { answer, protect }) => {
      app.get('/x', protect({ scheme: 'keys' }), answer('get'));
      app.post('/x', answer('post'));
    },
  ],
  [
    'a route whose other hook stands in the place of the guard',
    'GET',
    '/x',
    (app, { answer, protect }) =>
      app.get('/x', { ...protect({ public: true }), onRequest: (_request, _reply, done) => done() }, answer('x')),
  ],
  [
    'a route that answers in a preHandler hook',
    'GET',
    '/x',
    (app, { answer, ran }) =>
      app.get('/x', { preHandler: async (_request, reply) => reply.send(String(ran)) }, answer('x')),
  ],
  [
    'a route that answers in a preValidation hook of its own',
    'GET',
    '/x',
    (app, { answer }) => app.get('/x', { preValidation: async (_request, reply) => reply.send('x') }, answer('x')),
  ],
  [
    'a route that answers itself through reply.raw',
    'GET',
    '/x',
    (app, { answer }) =>
      app.get('/x', async (_request, reply) => {
        reply.hijack();
        reply.raw.end(await answer('x')());
      }),
  ],
  [
    'a route of a child',
    'GET',
    '/a/x',
    (app, { answer }) => app.register(async (child) => child.get('/x', answer('x')), { prefix: '/a' }),
  ],
  [
    'a route of a child that adds it late',
    'GET',
    '/a/x',
    (app, { answer }) =>
      app.register(
        async (child) => {
          await new Promise((resolve) => {
            setImmediate(resolve);
          });
          child.get('/x', answer('x'));
        },
        { prefix: '/a' },
      ),
  ],
  [
    'a route of a child whose guard stands in its sibling',
    'GET',
    '/b/x',
    (app, { answer, protect }) => {
      const guarded = async (child: FastifyInstance): Promise<void> => {
        child.addHook('onRequest', protect({ public: true }).onRequest);
      };
      void app.register(guarded, { prefix: '/a' });
      void app.register(async (child) => child.get('/x', answer('x')), { prefix: '/b' });
    },
  ],
  [
    'a route of a grandchild',
    'GET',
    '/a/b/x',
    (app, { answer }) =>
      app.register(
        async (child) => {
          await child.register(async (inner) => inner.get('/x', answer('x')), { prefix: '/b' });
        },
        { prefix: '/a' },
      ),
  ],
  [
    'a route that is added when plugins are loaded',
    'GET',
    '/x',
    (app, { answer }) => app.after(() => void app.get('/x', answer('x'))),
  ],
];

/** An app whose plugin stands first, and a way to ask it. */
async function serve(fastify: typeof fastify5, build: Build) {
  const api = createGuardedApi();
  const app = fastify({ forceCloseConnections: true });
  await app.register(api.plugin);
  await build(app, api);
  const port = await listen(app);
  return {
    api,
    app,
    ask: (method: string, path: string, sent?: Parameters<typeof exchange>[3]) => exchange(port, method, path, sent),
  };
}

describe.each([
  ['Fastify 4', fastify4],
  ['Fastify 5', fastify5],
] as const)('%s', (_name, fastify) => {
  test.each(unguarded)(
    'the plugin refuses %s without a guard, also to a caller with a credential',
    async (_title, method, path, build) => {
      const { api, ask } = await serve(fastify, build);
      for (const headers of [{}, api.proof]) {
        const { status, all, code } = await ask(method, path, { headers });
        expect({ status, type: all('content-type') }).toEqual({ status: 403, type: ['application/problem+json'] });
        expect(code).toBe(method === 'HEAD' ? undefined : 'permission-denied');
        expect(all('www-authenticate')).toEqual([]);
      }
      expect(api.ran).toEqual([]);
      expect(api.events.map(({ reason, status, scheme }) => [reason, status, scheme])).toEqual([
        ['no-requirement', 403, null],
        ['no-requirement', 403, null],
      ]);
    },
  );

  test('the plugin refuses routes of a child that was made before it, whenever they are added', async () => {
    const { answer, plugin, ran } = createGuardedApi();
    const app = fastify({ forceCloseConnections: true });
    const children: FastifyInstance[] = [];
    await app.register(async (child) => void children.push(child));
    await app.register(plugin);
    children[0]!.get('/x', answer('x'));
    const port = await listen(app);
    expect((await exchange(port, 'GET', '/x')).status).toBe(403);
    expect(ran).toEqual([]);
  });

  test.each<readonly [string, (app: FastifyInstance, api: GuardedApi) => unknown]>([
    ['a route', (app, { answer }) => app.get('/x', answer('x'))],
    ['a route in a child', (app, { answer }) => app.register(async (child) => child.get('/x', answer('x')))],
    ['a route for everything', (app, { answer }) => app.all('*', answer('x'))],
    ['an OPTIONS route', (app, { answer }) => app.options('/x', answer('x'))],
  ])('the plugin is refused after %s, as it would not close it', async (_title, build) => {
    const api = createGuardedApi();
    const app = fastify();
    await build(app, api);
    await expect(app.register(api.plugin)).rejects.toMatchObject({
      code: 'configuration-error',
      faults: [{ path: 'plugin', reason: 'routes-before-plugin' }],
    });
  });

  test('the plugin is refused where it was not awaited and a route came first', async () => {
    const { answer, plugin } = createGuardedApi();
    const app = fastify();
    void app.register(plugin);
    app.get('/x', answer('x'));
    await expect(app.ready()).rejects.toMatchObject({ faults: [{ reason: 'routes-before-plugin' }] });
  });

  test('the plugin that was not awaited closes the routes of the plugins after it', async () => {
    const { answer, plugin, ran, routes } = createGuardedApi();
    const app = fastify({ forceCloseConnections: true });
    void app.register(plugin);
    void app.register(async (child) => child.get('/x', answer('x')));
    const port = await listen(app);
    expect((await exchange(port, 'GET', '/x')).status).toBe(403);
    expect(ran).toEqual([]);
    expect(routes()).toEqual([{ method: 'GET', path: '/x', requirement: null }]);
  });

  test('the plugin is refused on a child', async () => {
    const { plugin } = createGuardedApi();
    const app = fastify();
    void app.register(async (child) => {
      await child.register(plugin);
    });
    await expect(app.ready()).rejects.toMatchObject({ faults: [{ path: 'plugin', reason: 'not-root' }] });
  });

  test.each<readonly [string, (app: FastifyInstance, add: () => void) => unknown, string]>([
    ['in an onReady hook', (app, add) => app.addHook('onReady', async () => add()), 'configuration-error'],
    [
      'in an onListen hook',
      (app, add) => app.addHook('onListen', async () => add()),
      'FST_ERR_INSTANCE_ALREADY_LISTENING',
    ],
  ])('no route is added %s', async (_title, when, code) => {
    const errors: unknown[] = [];
    const { ask, api } = await serve(fastify, (app, { answer }) =>
      when(app, () => {
        try {
          app.get('/late', answer('late'));
        } catch (error) {
          errors.push(error);
        }
      }),
    );
    expect((await ask('GET', '/late')).status).toBe(404);
    expect(errors).toEqual([expect.objectContaining({ code })]);
    expect(api.ran).toEqual([]);
  });

  test('each of several apps denies by default by itself', async () => {
    const [one, two] = [createGuardedApi(), createGuardedApi()];
    const apps = [fastify({ forceCloseConnections: true }), fastify({ forceCloseConnections: true })] as const;
    await apps[0].register(one.plugin);
    await apps[1].register(two.plugin);
    apps[0].get('/x', two.protect({ public: true }), one.answer('x'));
    apps[1].get('/x', two.protect({ public: true }), two.answer('x'));
    const ports = [await listen(apps[0]), await listen(apps[1])] as const;
    expect((await exchange(ports[0], 'GET', '/x')).status).toBe(403);
    expect((await exchange(ports[1], 'GET', '/x')).text).toBe('x');
    expect(one.ran).toEqual([]);
    expect(one.routes()).toEqual([{ method: 'GET', path: '/x', requirement: null }]);
  });

  test('what is no route stays 404, from Fastify or from a handler of the application', async () => {
    const { ask, api } = await serve(fastify, async (app, { answer, protect }) => {
      app.get('/x', protect({ scheme: 'keys' }), answer('x'));
      await app.register(
        async (child) => {
          child.setNotFoundHandler((_request, reply) => void reply.code(404).send('not here'));
        },
        { prefix: '/a' },
      );
    });
    expect((await ask('GET', '/')).status).toBe(404);
    expect((await ask('POST', '/x')).status).toBe(404);
    expect((await ask('OPTIONS', '/x')).status).toBe(404);
    expect(await ask('GET', '/a/b')).toMatchObject({ status: 404, text: 'not here' });
    expect(api.events).toEqual([]);
  });

  test('a route that calls the handler of 404 needs its guard like every other', async () => {
    const { ask, api } = await serve(fastify, (app, { protect }) => {
      app.get('/open', (_request, reply) => reply.callNotFound());
      app.get('/x', protect({ scheme: 'keys' }), (_request, reply) => reply.callNotFound());
    });
    expect((await ask('GET', '/open')).status).toBe(403);
    expect((await ask('GET', '/x', { headers: api.proof })).status).toBe(404);
  });

  test('HEAD is guarded as its GET is, and answers without a body', async () => {
    const { ask, api } = await serve(fastify, (app, { answer, protect }) =>
      app.get('/x', protect({ scheme: 'keys' }), answer('x')),
    );
    expect(await ask('HEAD', '/x')).toMatchObject({ status: 401, text: '' });
    expect(api.ran).toEqual([]);
    expect(await ask('HEAD', '/x', { headers: api.proof })).toMatchObject({ status: 200, text: '' });
  });

  test('a guard among other options, in a list of hooks, or given to a child by addHook, lets on whoever proves', async () => {
    const { ask, api } = await serve(fastify, (app, { answer, protect }) => {
      const guard = protect({ scheme: 'keys' });
      const schema = { querystring: { type: 'object', properties: { n: { type: 'integer' } } } } as const;
      app.get('/schema', { ...guard, schema }, answer('schema'));
      const first = async (): Promise<void> => undefined;
      app.get('/list', { onRequest: [first, guard.onRequest] }, answer('list'));
      app.route({ method: ['PUT', 'POST'], url: '/both', ...guard, handler: answer('both') });
      void app.register(
        async (child) => {
          child.addHook('onRequest', guard.onRequest);
          child.get('/x', answer('child'));
          await child.register(async (inner) => inner.get('/inner', answer('inner')));
        },
        { prefix: '/a' },
      );
    });
    for (const [method, path, text] of [
      ['GET', '/schema?n=1', 'schema'],
      ['GET', '/list', 'list'],
      ['PUT', '/both', 'both'],
      ['POST', '/both', 'both'],
      ['GET', '/a/x', 'child'],
      ['GET', '/a/inner', 'inner'],
    ] as const) {
      expect(await ask(method, path)).toMatchObject({ status: 401, code: 'missing-credentials' });
      expect(await ask(method, path, { headers: api.proof })).toMatchObject({ status: 200, text });
    }
    expect((await ask('GET', '/schema?n=a')).status).toBe(401);
    expect((await ask('GET', '/schema?n=a', { headers: api.proof })).status).toBe(400);
    expect(api.ran).toEqual(['schema', 'list', 'both', 'both', 'child', 'inner']);
  });

  test('an unguarded route is refused before its body is validated, and a guarded one before it is parsed', async () => {
    const { ask, api } = await serve(fastify, (app, { answer, protect }) => {
      const schema = { body: { type: 'object', required: ['n'] } };
      app.post('/open', { schema }, answer('open'));
      app.post('/x', { ...protect({ scheme: 'keys' }), schema }, answer('x'));
    });
    const headers = { 'content-type': 'application/json' };
    expect((await ask('POST', '/open', { headers, body: '{}' })).status).toBe(403);
    expect((await ask('POST', '/x', { headers, body: '{' })).status).toBe(401);
    expect(api.ran).toEqual([]);
  });

  test('the list has methods, paths and requirements of all routes, those of hooks of a child not among them', async () => {
    const { api } = await serve(fastify, (app, { answer, protect }) => {
      app.get('/x', protect({ scheme: 'keys' }), answer('x'));
      app.post('/x', answer('x'));
      app.route({ method: ['PUT', 'DELETE'], url: '/x', ...protect({ public: true }), handler: answer('x') });
      app.head('/h', protect({ public: true }), answer('h'));
      void app.register(async (child) => child.get('/:id', protect({ public: true }), answer('y')), { prefix: '/a' });
    });
    expect(api.routes().map(({ method, path, requirement }) => [method, path, requirement])).toEqual([
      ['GET', '/x', { scheme: 'keys' }],
      ['POST', '/x', null],
      ['PUT', '/x', { public: true }],
      ['DELETE', '/x', { public: true }],
      ['HEAD', '/h', { public: true }],
      ['GET', '/a/:id', { public: true }],
    ]);
  });
});
