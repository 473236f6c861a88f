import express5, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express';
import express4 from 'express4';
import { describe, expect, test } from 'vitest';

import { serve } from './closed-app.js';
import { exchange, listen } from '../../core/test/fixtures/adapters/exchange.js';
import { createGuardedApi } from './guarded-api.js';

const handler: RequestHandler = (_req, res) => void res.end('ran');

type LateRoute = Record<'all' | 'post' | 'delete', (handler: RequestHandler) => unknown>;

/** Every way of Express to add something, on things that were kept from before. */
const additions: readonly (readonly [
  title: string,
  add: (
    kept: { app: Express; router: Router; inner: Router; route: LateRoute; routeOfRouter: LateRoute },
    express: typeof express5,
  ) => unknown,
])[] = [
  ['app.get', ({ app }) => app.get('/late', handler)],
  ['app.all', ({ app }) => app.all('/late', handler)],
  ['app.route', ({ app }) => app.route('/late')],
  ['app.use of middleware', ({ app }) => app.use(handler)],
  ['app.use of middleware at a path', ({ app }) => app.use('/late', handler)],
  ['app.use of a router', ({ app }, { Router }) => app.use('/late', Router().get('/x', handler))],
  ['app.use of an app', ({ app }, express) => app.use('/late', express().get('/x', handler))],
  ['a kept route', ({ route }) => route.post(handler)],
  ['a kept route for all methods', ({ route }) => route.all(handler)],
  ['a kept router', ({ router }) => router.get('/late', handler)],
  ['route of a kept router', ({ router }) => router.route('/late')],
  ['use of a kept router', ({ router }) => router.use(handler)],
  ['a kept router in a router', ({ inner }) => inner.get('/late', handler)],
  ['a kept route of a router', ({ routeOfRouter }) => routeOfRouter.delete(handler)],
];

describe.each([
  ['Express 4', express4],
  ['Express 5', express5],
] as const)('%s', (_name, express) => {
  test.each(additions)('denyByDefault lets nothing be added afterwards by %s', (_title, add) => {
    const { denyByDefault, protect } = createGuardedApi();
    const app = express();
    const [router, inner] = [express.Router(), express.Router()];
    const route = app.route('/x').get(protect({ scheme: 'keys' }), handler);
    const routeOfRouter = router.route('/y').get(protect({ scheme: 'keys' }), handler);
    app.use('/a', router.use('/b', inner));
    denyByDefault(app);
    expect(() => add({ app, router, inner, route, routeOfRouter }, express)).toThrow(
      expect.objectContaining({
        code: 'configuration-error',
        faults: [expect.objectContaining({ path: 'denyByDefault', reason: 'routes-closed' })],
      }),
    );
  });

  test('denyByDefault lets a handler of errors be added afterwards', async () => {
    const { api, app, ask } = await serve(express, (unfinished, { protect }) => {
      unfinished.get('/x', protect({ scheme: 'keys' }), (_req, _res, next) => next(new Error('of the handler')));
    });
    const onError: ErrorRequestHandler = (error: Error, _req, res, _next) => void res.status(500).end(error.message);
    app.use(onError);
    expect(await ask('GET', '/x', { headers: api.proof })).toMatchObject({ status: 500, text: 'of the handler' });
  });

  test('denyByDefault may be called twice: the list stays, and a refusal has one event', async () => {
    const { api, app, routes, ask } = await serve(express, (unfinished, { answer, protect }) => {
      unfinished.get('/x', protect({ scheme: 'keys' }), answer('x'));
      unfinished.get('/open', answer('open'));
    });
    expect(api.denyByDefault(app)).toEqual(routes);
    expect((await ask('GET', '/open')).status).toBe(403);
    expect(api.events).toHaveLength(1);
    expect((await ask('GET', '/x', { headers: api.proof })).text).toBe('x');
  });

  test('a route that is added to a mounted app afterwards is refused', async () => {
    const { answer, denyByDefault, ran } = createGuardedApi();
    const inner = express();
    const app = express().use('/a', inner);
    denyByDefault(app);
    inner.get('/late', answer('late'));
    const { port } = await listen(app);
    expect((await exchange(port, 'GET', '/a/late')).code).toBe('permission-denied');
    expect(ran).toEqual([]);
  });

  test('denyByDefault closes a router by itself', async () => {
    const { answer, denyByDefault } = createGuardedApi();
    const router = express.Router().get('/x', answer('x'));
    expect(denyByDefault(router)).toEqual([{ method: 'GET', path: '/x', requirement: null }]);
    const { port } = await listen(express().use(router));
    expect((await exchange(port, 'GET', '/x')).status).toBe(403);
  });

  test('denyByDefault refuses what is neither app nor router as a wrong configuration', () => {
    const { denyByDefault } = createGuardedApi();
    expect(() => denyByDefault({ use: () => undefined })).toThrow('denyByDefault: needs an Express app or router');
  });

  test('a guard of another createAuth opens no route that this one closes', async () => {
    const [own, other] = [createGuardedApi(), createGuardedApi()];
    const app = express().get('/x', other.protect({ public: true }), own.answer('x'));
    own.denyByDefault(app);
    const { port } = await listen(app);
    expect((await exchange(port, 'GET', '/x')).status).toBe(403);
    expect(own.ran).toEqual([]);
  });

  test('middleware that goes on twice while a guard waits brings no handler to run', async () => {
    const { protect, denyByDefault, answer, ran, proof } = createGuardedApi();
    const app = express();
    app.use((_req, _res, next) => {
      next();
      next();
    });
    app.use('/x', protect({ scheme: 'keys' }));
    app.get('/x', answer('x'));
    denyByDefault(app);
    const { port } = await listen(app);
    await exchange(port, 'GET', '/x').catch(() => undefined);
    expect(ran).toEqual([]);
    await exchange(port, 'GET', '/x', { headers: proof }).catch(() => undefined);
    expect(ran).toEqual(['x']);
  });

  test('the list has methods, paths and requirements of all routes, those of used guards among them', () => {
    const { denyByDefault, protect } = createGuardedApi();
    const app = express();
    const keys = { scheme: 'keys' } as const;
    const open = { public: true } as const;
    const readOrders = { scheme: 'keys', scopes: ['orders:read'] } as const;
    app.get('/', protect(open), handler);
    app.route('/orders/:id').get(protect(readOrders), handler).post(protect(keys), handler).delete(handler);
    app.route('/all').all(protect(keys)).get(handler);
    app.get(['/one', '/two'], protect(keys), handler);
    app.get(/^\/x\d$/, protect(keys), handler);
    const admin = express.Router();
    admin.get('/early', handler);
    admin.use(protect(keys));
    admin.get('/users', handler);
    admin.use('/reports', protect(readOrders), express.Router().get('/:id', handler));
    app.use('/admin', admin);
    app.use('/inside', protect(keys), express().get('/x', handler));
    app.use('/tools', express.Router().use('/app', express().get('/x', protect(keys), handler)));
    app.use(['/left', '/right'], express.Router().get('/x', protect(keys), handler));

    const routes = denyByDefault(app);
    expect(routes.map(({ method, path, requirement }) => [method, path, requirement])).toEqual([
      ['GET', '/', open],
      ['GET', '/orders/:id', readOrders],
      ['POST', '/orders/:id', keys],
      ['DELETE', '/orders/:id', null],
      ['*', '/all', keys],
      ['GET', '/all', keys],
      ['GET', '/one', keys],
      ['GET', '/two', keys],
      ['GET', '/^\\/x\\d$/', keys],
      ['GET', '/admin/early', null],
      ['GET', '/admin/users', keys],
      ['GET', '/admin/reports/:id', { allOf: [keys, readOrders], sameSubject: false }],
      ['*', '/inside/*', keys],
      ['GET', '/tools/app/x', keys],
      ['GET', '/left/x', keys],
      ['GET', '/right/x', keys],
    ]);
    expect(Object.isFrozen(routes)).toBe(true);
  });
});
