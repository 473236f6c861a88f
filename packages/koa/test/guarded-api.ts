import {
  apiKey,
  createAuth,
  generateApiKey,
  type ApiKeyScheme,
  type Auth,
  type AuditEvent,
  type AuthOptions,
  type Route,
} from '@auth/core';
import { koaAuth, type KoaAuth } from '@auth/koa';
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';

import { exchange, listen, type Exchanged, type Sent } from './exchange.js';

interface OneScheme extends Record<string, ApiKeyScheme> {
  readonly keys: ApiKeyScheme;
}

/** A guard with one API key, and everything that is known of what it did. */
export interface GuardedApi extends KoaAuth<OneScheme> {
  readonly auth: Auth<OneScheme>;
  readonly events: readonly AuditEvent[];
  readonly errors: readonly unknown[];
  /** Fields that prove who calls. */
  readonly proof: Readonly<Record<string, string>>;
  /** A handler that answers its name and leaves a mark. */
  readonly answer: (name: string) => Middleware;
  /** Names of the handlers that ran. */
  readonly ran: readonly string[];
}

export function createGuardedApi(options: Partial<AuthOptions> = {}): GuardedApi {
  const key = generateApiKey('acme');
  const events: AuditEvent[] = [];
  const errors: unknown[] = [];
  const ran: string[] = [];
  const auth = createAuth({
    ...options,
    schemes: {
      keys: apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1', scopes: ['orders:read'] }] }),
    },
    audit: (event) => void events.push(event),
    onError: (error) => void errors.push(error),
  });
  return {
    ...koaAuth(auth),
    auth,
    events,
    errors,
    proof: { 'x-api-key': key },
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
  const { port } = await listen(app);
  return { api, router, routes, ask: (method, path, sent) => exchange(port, method, path, sent) };
}
