import type { AuthOptions, Route } from '@auth/core';
import { koaAuth, type KoaAuth } from '@auth/koa';
import { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';

import { exchange, listen, type Exchanged, type Sent } from '../../core/test/fixtures/adapters/exchange.js';
import { createOneKey, type OneKey, type OneScheme } from '../../core/test/fixtures/adapters/one-key.js';

/** A guard with one API key, what is known of what it did, and its adapter. */
export interface GuardedApi extends OneKey, KoaAuth<OneScheme> {
  /** A handler that answers its name and leaves a mark. */
  readonly answer: (name: string) => Middleware;
  /** Names of the handlers that ran. */
  readonly ran: readonly string[];
}

export function createGuardedApi(options: Partial<AuthOptions> = {}): GuardedApi {
  const api = createOneKey(options);
  const ran: string[] = [];
  return {
    ...api,
    ...koaAuth(api.auth),
    ran,
    answer: (name) => (ctx) => {
      ran.push(name);
      ctx.body = name;
    },
  };
}

/** Koa whose errors are told in the answer. */
export function createApp(): Koa {
  const app = new Koa();
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      ctx.status = 500;
      ctx.body = (error as Error).message;
    }
  });
  return app;
}

export type Build = (router: Router, api: GuardedApi) => unknown;

export interface ClosedRouter {
  readonly api: GuardedApi;
  readonly router: Router;
  readonly routes: readonly Route[];
  readonly ask: (method: string, path: string, sent?: Sent) => Promise<Exchanged>;
}

/** An app with a router that denies by default, and a way to ask it. */
export async function serve(build: Build, router: Router = new Router()): Promise<ClosedRouter> {
  const api = createGuardedApi();
  build(router, api);
  const routes = api.denyByDefault(router);
  const app = createApp().use(router.routes()).use(router.allowedMethods());
  const { port } = await listen(app.callback());
  return { api, router, routes, ask: (method, path, sent) => exchange(port, method, path, sent) };
}
