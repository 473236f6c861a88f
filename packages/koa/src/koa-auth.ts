import type { IncomingMessage, ServerResponse } from 'node:http';

import type {
  Allow,
  Answer,
  Auth,
  CheckOptions,
  Decision,
  Exact,
  Handler,
  PrincipalByName,
  PrincipalFor,
  PrincipalsFor,
  Requirement,
  Route,
  Schemes,
} from '@auth/core';
import { addHeaders, createNodeBridge, declareGuard, groupHeaders, type RequestView } from '@auth/core/node';

import { closeRoutes, formatPath, type RoutedRouter } from './routes.js';

/** The members of Koa's context that are used; by structure, so that a router's own types stay. */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly originalUrl: string;
  readonly path: string;
  status: number;
  body: unknown;
  set(name: string, value: string | string[]): void;
  remove(name: string): void;
}

export type Next = () => Promise<unknown>;
export type Middleware = (ctx: KoaContext, next: Next) => unknown;

/** Koa middleware that lets a request on only when its requirement holds. */
export interface Guarded<P, Ps> {
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- from a plain parameter the router would infer the type of its contexts
  <C extends KoaContext>(ctx: C, next: Next): unknown;
  /** Who was let through, typed by the requirement. Throws on a route that this guard does not guard. */
  readonly principal: (ctx: KoaContext) => P;
  /** The whole pass. Throws on a route that this guard does not guard. */
  readonly decision: (ctx: KoaContext) => Allow<P, Ps>;
}

/** What `koaAuth` answers. */
export interface KoaAuth<S extends Schemes> {
  /** @throws ConfigurationError for a wrong requirement. */
  readonly protect: <const R extends Requirement<keyof S & string>>(
    requirement: R & Exact<R>,
    options?: CheckOptions,
  ) => Guarded<PrincipalFor<S, R>, PrincipalsFor<S, R>>;
  /** Whoever was let through, or null: for code that does not know its route. */
  readonly principal: (ctx: KoaContext) => PrincipalByName<S, keyof S> | null;
  /** Middleware for the app that serves handlers by path. */
  readonly mount: (handlers: Readonly<Record<string, Handler>>) => Middleware;
  /**
   * Makes every route of a router refuse a request that no requirement has let through, and lets none be added afterwards.
   * Call it for each router that the app uses, after its last route. A guard must come first in its route. Handlers given to
   * `use` are no routes: those that answer by themselves need a guard of their own.
   * @returns all routes with their requirements; null where none is declared.
   */
  readonly denyByDefault: (router: RoutedRouter) => readonly Route[];
}

/** What `@koa/router` adds to a context. */
interface Routed {
  readonly params?: Readonly<Record<string, string>>;
  /** The path of the layer that runs. */
  readonly routerPath?: string | RegExp;
  readonly matched?: readonly { readonly path: string | RegExp; readonly methods: readonly string[] }[];
}

const view: RequestView<KoaContext> = {
  message: (ctx) => ctx.req,
  target: (ctx) => ctx.originalUrl,
  route(ctx) {
    const { routerPath, matched = [] } = ctx as Routed;
    // A layer of `use` has no methods, and its path is no route's.
    const layer = matched.find(({ path, methods }) => path === routerPath && methods.length > 0);
    return layer && formatPath(layer.path);
  },
  parameters: (ctx) => (ctx as Routed).params,
};

/**
 * Guards for Koa 3 and `@koa/router` 15.
 * @example
 * const { protect, denyByDefault } = koaAuth(auth);
 * const readOrders = protect({ scheme: 'access', scopes: ['orders:read'] });
 * router.get('/orders', readOrders, (ctx) => { ctx.body = { for: readOrders.principal(ctx).subject }; });
 * denyByDefault(router);
 * app.use(router.routes());
 */
export function koaAuth<S extends Schemes>(auth: Auth<S>): KoaAuth<S> {
  const bridge = createNodeBridge(auth, view);

  const protect = (requirement: Requirement, options?: CheckOptions): Guarded<unknown, unknown> => {
    const guard = bridge.guard(requirement, options);
    const middleware: Middleware = (ctx, next) =>
      guard.whenDecided(ctx, (decision) => proceed(decision, ctx, next), undefined);
    return declareGuard(middleware, guard);
  };

  return {
    protect: protect as KoaAuth<S>['protect'],
    principal: bridge.principal as KoaAuth<S>['principal'],
    mount: (handlers) => (ctx, next) => {
      const handler = bridge.handlerFor(handlers, ctx.path);
      return handler === undefined ? next() : handler(bridge.request(ctx)).then((answer) => send(ctx, answer));
    },
    denyByDefault: (router) =>
      closeRoutes(router, (ctx) => {
        if (bridge.allowed(ctx)) return true;
        send(ctx, bridge.refuseUndeclared(ctx));
        return false;
      }),
  };
}

function proceed(decision: Decision, ctx: KoaContext, next: Next): unknown {
  // The caller went while a scheme waited: nobody is left to answer.
  if (ctx.res.destroyed) return undefined;
  if (decision.kind === 'refuse') return send(ctx, decision);
  addHeaders(ctx.res, decision.headers);
  return next();
}

function send(ctx: KoaContext, { status, headers, body }: Answer): void {
  ctx.status = status;
  // Bytes: to text, Koa adds a charset. It guesses a type for them, which is ours to say.
  ctx.body = Buffer.from(body);
  ctx.remove('content-type');
  for (const [name, value] of groupHeaders(headers)) ctx.set(name, value);
}
