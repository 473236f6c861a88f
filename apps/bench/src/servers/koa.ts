import { createPublicKey } from 'node:crypto';

import { koaAuth } from '@auth/koa';
import { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import koaJwt from 'koa-jwt';

import { audience, issuer } from '../tokens.js';
import { createBenchAuth, listen, orders, path, requirementOf, type Serving, type StartServer } from './setup.js';

export const startKoa: StartServer = async (serving) => {
  const router = new Router();
  const answer: Middleware = (ctx) => {
    serving.work();
    ctx.body = orders;
  };
  if (serving.guarding === 'api key' || serving.guarding === 'jwt') {
    const { protect, denyByDefault } = koaAuth(createBenchAuth(serving));
    router.get(path, protect(requirementOf(serving)), answer);
    denyByDefault(router);
  } else router.get(path, ...rivalOf(serving), answer);
  const app = new Koa().use(router.routes()).use(router.allowedMethods());
  const handle = app.callback();
  return listen((req, res) => void handle(req, res));
};

function rivalOf({ guarding, pem }: Serving): Middleware[] {
  if (guarding !== 'rival') return [];
  // Its types know no key objects; it hands them on to jsonwebtoken, which handles them fastest.
  const secret = createPublicKey(pem) as unknown as Buffer;
  return [koaJwt({ secret, algorithms: ['RS256'], issuer, audience })];
}
