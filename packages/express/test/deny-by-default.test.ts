import express5, { type RequestHandler } from 'express';
import express4 from 'express4';
import { describe, expect, test } from 'vitest';

import { layersOf, serve, wrap, type Build } from './closed-app.js';

const pass: RequestHandler = (_req, _res, next) => next();

/** Each shape has routes without a guard that applies to them: none may run. */
const unguarded: readonly (readonly [title: string, method: string, path: string, build: Build])[] = [
  ['a route', 'GET', '/x', (app, { answer }) => app.get('/x', answer('x'))],
  ['a route of all methods', 'PURGE', '/x', (app, { answer }) => app.all('/x', answer('x'))],
  ['a route with several handlers', 'GET', '/x', (app, { answer }) => app.get('/x', pass, [pass, answer('x')])],
  ['a route with a parameter', 'GET', '/x/7', (app, { answer }) => app.get('/x/:id', answer('x'))],
  ['a route by regular expression', 'GET', '/x7', (app, { answer }) => app.get(/^\/x\d$/, answer('x'))],
  ['a route by several paths', 'GET', '/y', (app, { answer }) => app.get(['/x', '/y'], answer('x'))],
  [
    'an async handler',
    'GET',
    '/x',
    (app, { answer }) => app.get('/x', async (req, res, next) => answer('x')(req, res, next)),
  ],
  [
    'a handler before the guard of its route',
    'GET',
    '/x',
    (app, { answer, protect }) => app.get('/x', answer('before'), protect({ scheme: 'keys' }), answer('x')),
  ],
  [
    'another method of a path that has a guard',
    'POST',
    '/x',
    (app, { answer, protect }) =>
      app
        .route('/x')
        .get(protect({ scheme: 'keys' }), answer('get'))
        .post(answer('post')),
  ],
  [
    'a route after one that was left with next("route")',
    'GET',
    '/x',
    (app, { answer, protect }) => {
      app.get('/x', (_req, _res, next) => next('route'), protect({ public: true }));
      app.get('/x', answer('x'));
    },
  ],
  [
    'a route before the guard that is used for all',
    'GET',
    '/x',
    (app, { answer, protect }) => {
      app.get('/x', answer('x'));
      app.use(protect({ public: true }));
    },
  ],
  [
    'a route whose guard is used at another path',
    'GET',
    '/x',
    (app, { answer, protect }) => {
      app.use('/y', protect({ public: true }));
      app.get('/x', answer('x'));
    },
  ],
  [
    'a route of a router',
    'GET',
    '/a/x',
    (app, { answer }, { Router }) => app.use('/a', Router().get('/x', answer('x'))),
  ],
  [
    'a route of a router in a router in a router',
    'GET',
    '/a/b/c/x',
    (app, { answer }, { Router }) =>
      app.use('/a', Router().use('/b', Router().use('/c', Router().get('/x', answer('x'))))),
  ],
  [
    'a router that is mounted behind middleware in the same call',
    'GET',
    '/a/x',
    (app, { answer }, { Router }) => app.use('/a', pass, Router().get('/x', answer('x'))),
  ],
  [
    'a router that is a handler of a route',
    'GET',
    '/a/x',
    (app, { answer }, { Router }) => app.all(/^\/a/, Router().get('/a/x', answer('x'))),
  ],
  [
    'the second mount of a router, the first of which has a guard',
    'GET',
    '/open/x',
    (app, { answer, protect }, { Router }) => {
      const router = Router().get('/x', answer('x'));
      app.use('/closed', protect({ scheme: 'keys' }), router);
      app.use('/open', router);
    },
  ],
  [
    'a router that is mounted at several paths',
    'GET',
    '/b/x',
    (app, { answer }, { Router }) => app.use(['/a', '/b'], Router().get('/x', answer('x'))),
  ],
  [
    'a router that is mounted in itself',
    'GET',
    '/a/a/x',
    (app, { answer }, { Router }) => {
      const router = Router().get('/x', answer('x'));
      app.use(router.use('/a', router));
    },
  ],
  ['a mounted app', 'GET', '/a/x', (app, { answer }, express) => app.use('/a', express().get('/x', answer('x')))],
  [
    'an app that is mounted on a router',
    'GET',
    '/a/b/x',
    (app, { answer }, express) => app.use('/a', express.Router().use('/b', express().get('/x', answer('x')))),
  ],
  [
    'an app that is mounted on a router of a mounted app',
    'GET',
    '/a/b/c/x',
    (app, { answer }, express) =>
      app.use('/a', express().use('/b', express.Router().use('/c', express().get('/x', answer('x'))))),
  ],
  [
    'an app that is a handler of a route',
    'GET',
    '/x',
    (app, { answer }, express) => app.all('/x', express().get('/x', answer('x'))),
  ],
  [
    'a mounted app that instrumentation has wrapped',
    'GET',
    '/a/x',
    (app, { answer }, express) => {
      app.use('/a', express().get('/x', answer('x')));
      for (const layer of layersOf(app)) layer.handle = wrap(layer.handle);
    },
  ],
  [
    'a mounted app whose wrapper has another name, as in a minified bundle',
    'GET',
    '/a/x',
    (app, { answer }, express) => {
      app.use('/a', express().get('/x', answer('x')));
      for (const layer of layersOf(app)) Object.defineProperty(layer, 'name', { value: 'i' });
    },
  ],
  [
    'a router that instrumentation has wrapped',
    'GET',
    '/a/x',
    (app, { answer }, express) => {
      app.use('/a', express.Router().get('/x', answer('x')));
      for (const layer of layersOf(app)) layer.handle = wrap(layer.handle);
    },
  ],
];

describe.each([
  ['Express 4', express4],
  ['Express 5', express5],
] as const)('%s', (_name, express) => {
  test.each(unguarded)(
    'denyByDefault refuses %s without a guard, also to a caller with a credential',
    async (_title, method, path, build) => {
      const { api, ask } = await serve(express, build);
      for (const headers of [{}, api.proof]) {
        const { status, code, all } = await ask(method, path, { headers });
        expect({ status, code, type: all('content-type') }).toEqual({
          status: 403,
          code: 'permission-denied',
          type: ['application/problem+json'],
        });
        expect(all('www-authenticate')).toEqual([]);
      }
      expect(api.ran).toEqual([]);
      expect(api.events.map(({ reason, status, scheme }) => [reason, status, scheme])).toEqual([
        ['no-requirement', 403, null],
        ['no-requirement', 403, null],
      ]);
    },
  );
});
