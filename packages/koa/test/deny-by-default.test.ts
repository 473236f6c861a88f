import { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import { describe, expect, test } from 'vitest';

import { exchange, listen } from '../../core/test/fixtures/adapters/exchange.js';
import { createApp, createGuardedApi, serve, type Build } from './guarded-api.js';

const pass: Middleware = (_ctx, next) => next();

type Shape = readonly [title: string, method: string, path: string, build: Build, router: Router | undefined];

const shapes = (
  list: readonly (readonly [title: string, method: string, path: string, build: Build, router?: Router])[],
): readonly Shape[] => list.map(([title, method, path, build, router]) => [title, method, path, build, router]);

/** As instrumentation does it: another function, with the members of the first. */
function wrapAll(router: Router): void {
  for (const { stack } of router.stack)
    for (const [index, handle] of stack.entries())
      stack[index] = Object.assign(((ctx, next) => handle(ctx, next)) as typeof handle, handle);
}

/** Each shape has routes without a guard that applies to them: none may run. */
const unguarded = shapes([
  ['a route', 'GET', '/x', (router, { answer }) => router.get('/x', answer('x'))],
  ['the HEAD of a route', 'HEAD', '/x', (router, { answer }) => router.get('/x', answer('x'))],
  ['an OPTIONS route', 'OPTIONS', '/x', (router, { answer }) => router.options('/x', answer('x'))],
  ['a route of all methods', 'PURGE', '/x', (router, { answer }) => router.all('/x', answer('x'))],
  ['a route with several handlers', 'GET', '/x', (router, { answer }) => router.get('/x', pass, pass, answer('x'))],
  ['a route with a name', 'GET', '/x', (router, { answer }) => router.get('orders', '/x', answer('x'))],
  ['a route with a parameter', 'GET', '/x/7', (router, { answer }) => router.get('/x/:id', answer('x'))],
  ['a route by regular expression', 'GET', '/x7', (router, { answer }) => router.get(/^\/x\d$/, answer('x'))],
  ['a route by several paths', 'GET', '/y', (router, { answer }) => router.get(['/x', '/y'], answer('x'))],
  [
    'a route of several methods',
    'PUT',
    '/x',
    (router, { answer }) => router.register('/x', ['GET', 'PUT'], answer('x')),
  ],
  ['a redirect', 'GET', '/x', (router) => router.redirect('/x', '/y')],
  [
    'a route of a router with a prefix',
    'GET',
    '/a/x',
    (router, { answer }) => router.get('/x', answer('x')),
    new Router({ prefix: '/a' }),
  ],
  [
    'a route whose router got its prefix late',
    'GET',
    '/a/x',
    (router, { answer }) => router.get('/x', answer('x')).prefix('/a'),
  ],
  [
    'an async handler',
    'GET',
    '/x',
    (router, { answer }) => router.get('/x', async (ctx, next) => answer('x')(ctx, next) as unknown),
  ],
  [
    'a handler before the guard of its route',
    'GET',
    '/x',
    (router, { answer, protect }) => router.get('/x', answer('before'), protect({ scheme: 'keys' }), answer('x')),
  ],
  [
    'a handler of a parameter',
    'GET',
    '/x/7',
    (router, { answer, ran }) =>
      router.param('id', (_id, ctx) => void (ctx.body = String(ran))).get('/x/:id', answer('x')),
  ],
  [
    'a handler composed with its guard, which nobody can see',
    'GET',
    '/x',
    (router, { answer, protect }) => {
      const guard = protect({ public: true });
      router.get('/x', (ctx, next) => guard(ctx, async () => answer('x')(ctx, next)));
    },
  ],
  [
    'another method of a path that has a guard',
    'POST',
    '/x',
    (router, { answer, protect }) =>
      router.get('/x', protect({ scheme: 'keys' }), answer('get')).post('/x', answer('post')),
  ],
  [
    'a route before the guard that is used for all',
    'GET',
    '/x',
    (router, { answer, protect }) => router.get('/x', answer('x')).use(protect({ public: true })),
  ],
  [
    'a route whose guard is used at another path',
    'GET',
    '/x',
    (router, { answer, protect }) => router.use('/y', protect({ public: true })).get('/x', answer('x')),
  ],
  [
    'a route of an exclusive router, which leaves out what is used',
    'GET',
    '/x',
    (router, { answer, protect }) => router.use(protect({ public: true })).get('/x', answer('x')),
    new Router({ exclusive: true }),
  ],
  [
    'a route of a router in a router in a router',
    'GET',
    '/a/b/c/x',
    (router, { answer }) => {
      const inner = new Router().get('/x', answer('x'));
      router.use('/a', new Router().use('/b', new Router({ prefix: '/c' }).use(inner.routes()).routes()).routes());
    },
  ],
  [
    'a router that is used behind middleware in the same call',
    'GET',
    '/a/x',
    (router, { answer }) => router.use('/a', pass, new Router().get('/x', answer('x')).routes()),
  ],
  [
    'a router that is a handler of a route',
    'GET',
    '/a/x',
    (router, { answer }) => router.all(/^\/a/, new Router().get('/a/x', answer('x')).routes() as Middleware),
  ],
  [
    'the second use of a router, the first of which has a guard',
    'GET',
    '/open/x',
    (router, { answer, protect }) => {
      const inner = new Router().get('/x', answer('x'));
      router.use('/closed', protect({ scheme: 'keys' }), inner.routes());
      router.use('/open', inner.routes());
    },
  ],
  [
    'a router that is used at several paths',
    'GET',
    '/b/x',
    (router, { answer }) => router.use(['/a', '/b'], new Router().get('/x', answer('x')).routes()),
  ],
  [
    'a route whose handlers instrumentation has wrapped',
    'GET',
    '/x',
    (router, { answer }) => {
      router.get('/x', answer('x'));
      wrapAll(router);
    },
  ],
]);

/** Each shape has one guarded route: it runs for whoever has a key, and for nobody else. */
const guarded = shapes([
  ['a route', 'GET', '/x', (router, { answer, protect }) => router.get('/x', protect({ scheme: 'keys' }), answer('x'))],
  [
    'a route of all methods',
    'DELETE',
    '/x',
    (router, { answer, protect }) => router.all('/x', protect({ scheme: 'keys' }), answer('x')),
  ],
  [
    'a route by regular expression',
    'GET',
    '/x7',
    (router, { answer, protect }) => router.get(/^\/x\d$/, protect({ scheme: 'keys' }), answer('x')),
  ],
  [
    'a route below a guard that is used for all',
    'GET',
    '/x',
    (router, { answer, protect }) => router.use(protect({ scheme: 'keys' })).get('/x', answer('x')),
  ],
  [
    'a route of a nested router below a guard at its mount',
    'GET',
    '/a/b/x',
    (router, { answer, protect }) =>
      router.use(
        '/a',
        protect({ scheme: 'keys' }),
        new Router().use('/b', new Router().get('/x', answer('x')).routes()).routes(),
      ),
  ],
  [
    'a route of a router that uses a guard',
    'GET',
    '/a/x',
    (router, { answer, protect }) =>
      router.use(
        '/a',
        new Router()
          .use(protect({ scheme: 'keys' }))
          .get('/x', answer('x'))
          .routes(),
      ),
  ],
  [
    'a router that is a handler of a route',
    'GET',
    '/a/x',
    (router, { answer, protect }) =>
      router.all(/^\/a/, protect({ scheme: 'keys' }), new Router().get('/a/x', answer('x')).routes() as Middleware),
  ],
  [
    'a route whose prefix has a parameter',
    'GET',
    '/t/7/x',
    (router, { answer, protect }) => router.use(protect({ scheme: 'keys' })).get('/x', answer('x')),
    new Router({ prefix: '/t/:tenant' }),
  ],
  [
    'a route whose handlers instrumentation has wrapped',
    'GET',
    '/x',
    (router, { answer, protect }) => {
      router.get('/x', protect({ scheme: 'keys' }), answer('x'));
      wrapAll(router);
    },
  ],
  [
    'a route below a used guard that instrumentation has wrapped',
    'GET',
    '/x',
    (router, { answer, protect }) => {
      router.use(protect({ scheme: 'keys' })).get('/x', answer('x'));
      wrapAll(router);
    },
  ],
]);

test.each(unguarded)(
  'denyByDefault refuses %s without a guard, also to a caller with a credential',
  async (_title, method, path, build, router) => {
    const { api, ask } = await serve(build, router);
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

test.each(guarded)(
  'denyByDefault lets a caller with a credential on to %s with a guard, and nobody else',
  async (_title, method, path, build, router) => {
    const { api, ask } = await serve(build, router);
    const without = await ask(method, path);
    expect({ status: without.status, code: without.code }).toEqual({ status: 401, code: 'missing-credentials' });
    expect(without.all('www-authenticate')).toEqual(['ApiKey realm="api"']);
    expect(api.ran).toEqual([]);
    const { status, text } = await ask(method, path, { headers: api.proof });
    expect({ status, text }).toEqual({ status: 200, text: 'x' });
    expect(api.ran).toEqual(['x']);
    expect(api.events.map(({ reason }) => reason)).toEqual(['no-credentials', 'ok']);
  },
);

describe('handlers of parameters', () => {
  const build: Build = (router, { protect, answer, ran }) => {
    const load =
      (name: string): Parameters<Router['param']>[1] =>
      (value, _ctx, next) => {
        (ran as string[]).push(`${name}=${value}`);
        return next();
      };
    router.param('line', load('line')).param('order', load('order'));
    router.get('/:order/lines/:line', protect({ scheme: 'keys' }), protect({ public: true }), pass, answer('x'));
  };

  test('run after the guard of their route, in their order', async () => {
    const { api, ask } = await serve(build);
    expect((await ask('GET', '/7/lines/1')).status).toBe(401);
    expect(api.ran).toEqual([]);
    expect((await ask('GET', '/7/lines/1', { headers: api.proof })).text).toBe('x');
    expect(api.ran).toEqual(['order=7', 'line=1', 'x']);
  });

  test('stay there when denyByDefault is called again', async () => {
    const { api, router, routes, ask } = await serve(build);
    expect(api.denyByDefault(router)).toEqual(routes);
    expect((await ask('GET', '/7/lines/1')).status).toBe(401);
    expect(api.ran).toEqual([]);
    expect((await ask('GET', '/7/lines/1', { headers: api.proof })).text).toBe('x');
    expect(api.ran).toEqual(['order=7', 'line=1', 'x']);
  });
});

describe('what is no route', () => {
  test('stays 404, 405 or 501, and the automatic answer to OPTIONS runs no handler', async () => {
    const { api, ask } = await serve((router, { answer, protect }) =>
      router.get('/x', answer('get')).post('/x', protect({ scheme: 'keys' }), answer('post')),
    );
    expect((await ask('GET', '/')).status).toBe(404);
    expect((await ask('DELETE', '/x')).status).toBe(405);
    expect((await ask('PURGE', '/x')).status).toBe(501);
    const options = await ask('OPTIONS', '/x');
    expect(options.status).toBe(200);
    expect(options.all('allow').join(',').split(/, ?/).sort()).toEqual(['GET', 'HEAD', 'POST']);
    expect(api.ran).toEqual([]);
    expect(api.events).toEqual([]);
  });

  test('middleware given to use runs for refused routes too, as CORS needs it', async () => {
    const { api, ask } = await serve((router, { answer, protect }) => {
      router.use((ctx, next) => {
        ctx.vary('Origin');
        ctx.set('access-control-allow-origin', 'https://app.example');
        return next();
      });
      router.get('/open', answer('open')).get('/x', protect({ scheme: 'keys' }), answer('x'));
    });
    for (const [path, status] of [
      ['/open', 403],
      ['/x', 401],
    ] as const) {
      const refused = await ask('GET', path);
      expect(refused.status).toBe(status);
      expect(refused.all('access-control-allow-origin')).toEqual(['https://app.example']);
      expect(refused.all('vary')).toEqual(['Origin']);
    }
    expect(api.ran).toEqual([]);
  });

  test('HEAD is guarded as its GET is, and answers without a body', async () => {
    const { api, ask } = await serve((router, { answer, protect }) =>
      router.get('/x', protect({ scheme: 'keys' }), answer('x')),
    );
    expect(await ask('HEAD', '/x')).toMatchObject({ status: 401, text: '' });
    expect(api.ran).toEqual([]);
    expect(await ask('HEAD', '/x', { headers: api.proof })).toMatchObject({ status: 200, text: '' });
  });
});

describe('later', () => {
  const handler: Middleware = (ctx) => void (ctx.body = 'ran');

  test.each<readonly [title: string, add: (router: Router) => unknown]>([
    ['get', (router) => router.get('/late', handler)],
    ['all', (router) => router.all('/late', handler)],
    ['register', (router) => router.register('/late', ['GET'], handler)],
    ['use of middleware', (router) => router.use(handler)],
    ['use of middleware at a path', (router) => router.use('/late', handler)],
    ['use of a router', (router) => router.use('/late', new Router().get('/x', handler).routes())],
    ['param', (router) => router.param('id', (_id, _ctx, next) => next())],
    ['a kept layer', (router) => router.stack[0]!.stack.push(handler)],
    ['a kept layer at its front', (router) => router.stack[0]!.stack.unshift(handler)],
    ['redirect', (router) => router.redirect('/late', '/x')],
  ])('denyByDefault lets nothing be added afterwards by %s', (_title, add) => {
    const { denyByDefault, protect } = createGuardedApi();
    const router = new Router().get('/x/:id', protect({ scheme: 'keys' }), handler);
    denyByDefault(router);
    expect(() => add(router)).toThrow(
      expect.objectContaining({
        code: 'configuration-error',
        faults: [expect.objectContaining({ path: 'denyByDefault', reason: 'routes-closed' })],
      }),
    );
  });

  test('a route that is added to a nested router afterwards does not exist: routers copy what they use', async () => {
    const { answer, denyByDefault, ran } = createGuardedApi();
    const inner = new Router().get('/x', answer('x'));
    const router = new Router().use('/a', inner.routes());
    denyByDefault(router);
    inner.get('/late', answer('late'));
    const { port } = await listen(createApp().use(router.routes()).callback());
    expect((await exchange(port, 'GET', '/a/late')).status).toBe(404);
    expect((await exchange(port, 'GET', '/a/x')).status).toBe(403);
    expect(ran).toEqual([]);
  });

  test('a router that was closed and is used by another stays closed there, and so do the routes of the other', async () => {
    const { answer, denyByDefault, protect, proof, ran } = createGuardedApi();
    const inner = new Router().get('/open', answer('open')).get('/x', protect({ scheme: 'keys' }), answer('x'));
    denyByDefault(inner);
    const router = new Router().use('/a', inner.routes()).get('/open', answer('outer'));
    denyByDefault(router);
    const { port } = await listen(createApp().use(router.routes()).callback());
    for (const path of ['/a/open', '/open']) expect((await exchange(port, 'GET', path)).status).toBe(403);
    expect((await exchange(port, 'GET', '/a/x')).status).toBe(401);
    expect(ran).toEqual([]);
    expect((await exchange(port, 'GET', '/a/x', { headers: proof })).text).toBe('x');
  });

  test('denyByDefault closes a router that the app uses already, and one that it uses twice', async () => {
    const { answer, denyByDefault, ran } = createGuardedApi();
    const router = new Router().get('/x', answer('x'));
    const app = createApp();
    app.use(router.routes());
    app.use(router.routes());
    denyByDefault(router);
    const { port } = await listen(app.callback());
    expect((await exchange(port, 'GET', '/x')).status).toBe(403);
    expect(ran).toEqual([]);
  });

  test('denyByDefault may be called twice: the list stays, and a refusal has one event', async () => {
    const { api, router, routes, ask } = await serve((unfinished, { answer, protect }) =>
      unfinished.get('/x', protect({ scheme: 'keys' }), answer('x')).get('/open', answer('open')),
    );
    expect(api.denyByDefault(router)).toEqual(routes);
    expect((await ask('GET', '/open')).status).toBe(403);
    expect(api.events).toHaveLength(1);
    expect((await ask('GET', '/x', { headers: api.proof })).text).toBe('x');
  });

  test('denyByDefault refuses what is no router as a wrong configuration', () => {
    const { denyByDefault } = createGuardedApi();
    expect(() => denyByDefault(new Koa())).toThrow('denyByDefault: needs a router of @koa/router');
  });

  test('a guard of another createAuth opens no route that this one closes', async () => {
    const [own, other] = [createGuardedApi(), createGuardedApi()];
    const router = new Router().get('/x', other.protect({ public: true }), own.answer('x'));
    own.denyByDefault(router);
    const { port } = await listen(createApp().use(router.routes()).callback());
    expect((await exchange(port, 'GET', '/x')).status).toBe(403);
    expect(own.ran).toEqual([]);
  });

  test('the list has methods, paths and requirements of all routes, those of used guards among them', () => {
    const { denyByDefault, protect } = createGuardedApi();
    const keys = { scheme: 'keys' } as const;
    const open = { public: true } as const;
    const readOrders = { scheme: 'keys', scopes: ['orders:read'] } as const;
    const router = new Router();
    router.get('/', protect(open), handler);
    router.get('/orders/:id', protect(readOrders), handler);
    router.post('/orders/:id', protect(keys), handler);
    router.delete('/orders/:id', handler);
    router.head('/h', protect(open), handler);
    router.all('/all', protect(keys), handler);
    router.get(['/one', '/two'], protect(keys), handler);
    router.get(/^\/x\d$/, protect(keys), handler);
    const admin = new Router({ prefix: '/admin' });
    admin.get('/early', handler);
    admin.use(protect(keys));
    admin.get('/users', handler);
    admin.use('/reports', protect(readOrders), new Router().get('/:id', handler).routes());
    router.use(admin.routes());
    router.use(['/left', '/right'], new Router().get('/x', protect(keys), handler).routes());

    const routes = denyByDefault(router);
    expect(routes.map(({ method, path, requirement }) => [method, path, requirement])).toEqual([
      ['GET', '/', open],
      ['GET', '/orders/:id', readOrders],
      ['POST', '/orders/:id', keys],
      ['DELETE', '/orders/:id', null],
      ['HEAD', '/h', open],
      ['*', '/all', keys],
      ['GET', '/one', keys],
      ['GET', '/two', keys],
      ['GET', '/^\\/x\\d$/', keys],
      ['GET', '/admin/early', null],
      ['GET', '/admin/users', keys],
      ['GET', '/admin/reports/:id', { allOf: [keys, readOrders], sameSubject: false }],
      ['GET', '/left/x', keys],
      ['GET', '/right/x', keys],
    ]);
    expect(Object.isFrozen(routes)).toBe(true);
  });
});
