import express5, { type ErrorRequestHandler, type RequestHandler } from 'express';
import express4 from 'express4';
import { describe, expect, test } from 'vitest';

import { layersOf, serve, wrap, type Build } from './closed-app.js';

/** Each shape has one guarded route: it runs for whoever has a key, and for nobody else. */
const guarded: readonly (readonly [title: string, method: string, path: string, build: Build])[] = [
  ['a route', 'GET', '/x', (app, { answer, protect }) => app.get('/x', protect({ scheme: 'keys' }), answer('x'))],
  [
    'a route of all methods',
    'DELETE',
    '/x',
    (app, { answer, protect }) => app.all('/x', protect({ scheme: 'keys' }), answer('x')),
  ],
  [
    'a route whose guard stands for all methods',
    'POST',
    '/x',
    (app, { answer, protect }) =>
      app
        .route('/x')
        .all(protect({ scheme: 'keys' }))
        .post(answer('x')),
  ],
  [
    'a route with a guard in a list',
    'GET',
    '/x',
    (app, { answer, protect }) => app.get('/x', [protect({ scheme: 'keys' })], answer('x')),
  ],
  [
    'a route by regular expression',
    'GET',
    '/x7',
    (app, { answer, protect }) => app.get(/^\/x\d$/, protect({ scheme: 'keys' }), answer('x')),
  ],
  [
    'a route below a guard that is used for all',
    'GET',
    '/x',
    (app, { answer, protect }) => {
      app.use(protect({ scheme: 'keys' }));
      app.get('/x', answer('x'));
    },
  ],
  [
    'a route of a nested router below a guard at its mount',
    'GET',
    '/a/b/x',
    (app, { answer, protect }, { Router }) =>
      app.use('/a', protect({ scheme: 'keys' }), Router().use('/b', Router().get('/x', answer('x')))),
  ],
  [
    'a route of a router that uses a guard',
    'GET',
    '/a/x',
    (app, { answer, protect }, { Router }) =>
      app.use(
        '/a',
        Router()
          .use(protect({ scheme: 'keys' }))
          .get('/x', answer('x')),
      ),
  ],
  [
    'a router that is a handler of a route',
    'GET',
    '/a/x',
    (app, { answer, protect }, { Router }) =>
      app.all(/^\/a/, protect({ scheme: 'keys' }), Router().get('/a/x', answer('x'))),
  ],
  [
    'a mounted app below a guard',
    'GET',
    '/a/x',
    (app, { answer, protect }, express) => app.use('/a', protect({ scheme: 'keys' }), express().get('/x', answer('x'))),
  ],
  [
    'an app that is mounted on a router, with a guard of its own',
    'GET',
    '/a/b/x',
    (app, { answer, protect }, express) =>
      app.use('/a', express.Router().use('/b', express().get('/x', protect({ scheme: 'keys' }), answer('x')))),
  ],
  [
    'a route after one that was left with next("route")',
    'GET',
    '/x',
    (app, { answer, protect }) => {
      app.get('/x', protect({ scheme: 'keys' }), (_req, _res, next) => next('route'), answer('left out'));
      app.get('/x', protect({ scheme: 'keys' }), answer('x'));
    },
  ],
  [
    'a route whose handlers instrumentation has wrapped',
    'GET',
    '/x',
    (app, { answer, protect }) => {
      app.get('/x', protect({ scheme: 'keys' }), answer('x'));
      const layers = layersOf(app).at(-1)!.route!.stack;
      for (const layer of layers) layer.handle = wrap(layer.handle);
    },
  ],
  [
    'a route below a used guard that instrumentation has wrapped',
    'GET',
    '/x',
    (app, { answer, protect }) => {
      app.use(protect({ scheme: 'keys' }));
      const layer = layersOf(app).at(-1)!;
      layer.handle = wrap(layer.handle);
      app.get('/x', answer('x'));
    },
  ],
];

const onError: ErrorRequestHandler = (error: Error, _req, res, _next) => {
  res.status(500).end(`handled: ${error.message}`);
};

describe.each([
  ['Express 4', express4],
  ['Express 5', express5],
] as const)('%s', (name, express) => {
  test.each(guarded)(
    'denyByDefault lets a caller with a credential on to %s with a guard, and nobody else',
    async (_title, method, path, build) => {
      const { api, ask } = await serve(express, build);
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

  test('denyByDefault leaves 404 for what is no route, with and without routers', async () => {
    const { api, ask } = await serve(express, (app, { answer, protect }, { Router }) => {
      app.get('/x', protect({ scheme: 'keys' }), answer('x'));
      app.use('/a', Router().get('/y', answer('y')));
    });
    for (const [method, path] of [
      ['GET', '/'],
      ['POST', '/x'],
      ['GET', '/a'],
      ['GET', '/a/z'],
      ['GET', '/x/'.repeat(2)],
    ] as const) {
      expect((await ask(method, path)).status).toBe(404);
    }
    expect(api.events).toEqual([]);
  });

  test('denyByDefault leaves the automatic answer to OPTIONS, which runs no handler', async () => {
    const { api, ask } = await serve(express, (app, { answer, protect }) =>
      app
        .route('/x')
        .get(answer('get'))
        .post(protect({ scheme: 'keys' }), answer('post')),
    );
    const { status, all } = await ask('OPTIONS', '/x');
    expect(status).toBe(200);
    expect(all('allow').join(',').split(/, ?/).sort()).toEqual(['GET', 'HEAD', 'POST']);
    expect(api.ran).toEqual([]);
  });

  test('denyByDefault treats the automatic HEAD of a route as its GET', async () => {
    const { api, ask } = await serve(express, (app, { answer, protect }) => {
      app.get('/open', answer('open'));
      app.get('/x', protect({ scheme: 'keys' }), answer('x'));
    });
    expect(await ask('HEAD', '/open')).toMatchObject({ status: 403, text: '' });
    expect(await ask('HEAD', '/x')).toMatchObject({ status: 401, text: '' });
    expect(api.ran).toEqual([]);
    expect(await ask('HEAD', '/x', { headers: api.proof })).toMatchObject({ status: 200, text: '' });
  });

  test('denyByDefault leaves fields that middleware set before on refusals, as CORS needs them', async () => {
    const cors: RequestHandler = (req, res, next) => {
      res.vary('Origin').set('access-control-allow-origin', 'https://app.example');
      if (req.method === 'OPTIONS') res.status(204).end();
      else next();
    };
    const { ask } = await serve(express, (app, { answer, protect }) => {
      app.use(cors);
      app.get('/open', answer('open'));
      app.get('/x', protect({ scheme: 'keys' }), answer('x'));
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
    expect((await ask('OPTIONS', '/x')).status).toBe(204);
  });

  test('denyByDefault hands what a handler throws to the handlers of errors', async () => {
    const { ask, api } = await serve(express, (app, { protect }) => {
      app.get('/x', protect({ scheme: 'keys' }), () => {
        throw new Error('thrown');
      });
      app.get('/y', protect({ scheme: 'keys' }), (_req, _res, next) => next(new Error('handed on')));
      app.use(onError);
    });
    expect((await ask('GET', '/x', { headers: api.proof })).text).toBe('handled: thrown');
    expect((await ask('GET', '/y', { headers: api.proof })).text).toBe('handled: handed on');
  });

  test('denyByDefault lets handlers of errors in a route answer for a failure of that route, and for nothing else', async () => {
    const { ask, api } = await serve(express, (app, { answer, protect }) => {
      app.get('/open', onError, answer('open'));
      const fail: RequestHandler = (_req, _res, next) => next(new Error('of the route'));
      app.get('/x', protect({ scheme: 'keys' }), fail, onError);
    });
    expect((await ask('GET', '/open')).status).toBe(403);
    expect((await ask('GET', '/x')).status).toBe(401);
    expect((await ask('GET', '/x', { headers: api.proof })).text).toBe('handled: of the route');
    expect(api.ran).toEqual([]);
  });

  test('denyByDefault runs no unguarded handler for a request whose body a parser refused', async () => {
    const { ask, api } = await serve(express, (app, { answer }) => {
      app.use(express.json());
      app.post('/x', answer('x'));
      app.use(onError);
    });
    const { status, text } = await ask('POST', '/x', { headers: { 'content-type': 'application/json' }, body: '{' });
    expect({ status, text: text.slice(0, 8) }).toEqual({ status: 500, text: 'handled:' });
    expect(api.ran).toEqual([]);
  });

  test('denyByDefault keeps the types of middleware in a route: what stands after the guard runs in its order', async () => {
    const order: string[] = [];
    const mark =
      (text: string): RequestHandler =>
      (_req, _res, next) => {
        order.push(text);
        next();
      };
    const { ask, api } = await serve(express, (app, { answer, protect }) => {
      app.use(mark('used'));
      app.get('/x', protect({ scheme: 'keys' }), mark('first'), mark('second'), answer('x'));
    });
    expect((await ask('GET', '/x', { headers: api.proof })).status).toBe(200);
    expect(order).toEqual(['used', 'first', 'second']);
  });
});

test('denyByDefault hands what an async handler rejects to the handlers of errors (Express 5)', async () => {
  const { ask, api } = await serve(express5, (app, { protect }) => {
    app.get('/x', protect({ scheme: 'keys' }), async () => Promise.reject(new Error('rejected')));
    app.use(onError);
  });
  expect((await ask('GET', '/x', { headers: api.proof })).text).toBe('handled: rejected');
});
