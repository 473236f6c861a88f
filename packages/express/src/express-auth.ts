import type { IncomingMessage, ServerResponse } from 'node:http';

import type {
  Allow,
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
import { addHeaders, createNodeBridge, declareGuard, sendAnswer, type RequestView } from '@auth/core/node';

import { closeRoutes, formatPath, type PathPattern, type RoutedApp } from './routes.js';

/**
 * The members of Express' request that are read; by structure and without `params`, from which Express would infer the type
 * of `req.params` in the handlers after a guard.
 */
export interface ExpressRequest extends IncomingMessage {
  originalUrl?: string;
  baseUrl?: string;
  route?: unknown;
}

export type Next = (error?: unknown) => void;

/** Express middleware that lets a request on only when its requirement holds. */
export interface Guarded<P, Ps> {
  (req: ExpressRequest, res: ServerResponse, next: Next): void;
  /** Who was let through, typed by the requirement. Throws on a route that this guard does not guard. */
  readonly principal: (req: ExpressRequest) => P;
  /** The whole pass. Throws on a route that this guard does not guard. */
  readonly decision: (req: ExpressRequest) => Allow<P, Ps>;
}

/** What `expressAuth` answers. */
export interface ExpressAuth<S extends Schemes> {
  /** @throws ConfigurationError for a wrong requirement. */
  readonly protect: <const R extends Requirement<keyof S & string>>(
    requirement: R & Exact<R>,
    options?: CheckOptions,
  ) => Guarded<PrincipalFor<S, R>, PrincipalsFor<S, R>>;
  /** Whoever was let through, or null: for code that does not know its route. */
  readonly principal: (req: ExpressRequest) => PrincipalByName<S, keyof S> | null;
  /** Middleware that serves handlers by path, below the path it is mounted at. */
  readonly mount: (
    handlers: Readonly<Record<string, Handler>>,
  ) => (req: ExpressRequest, res: ServerResponse, next: Next) => void;
  /**
   * Makes every route refuse a request that no requirement has let through, and lets none be added afterwards. Call it after
   * the last route. A guard must come first in its route. Handlers given to `use` are no routes: those that answer by
   * themselves need a guard of their own.
   * @returns all routes with their requirements; null where none is declared.
   */
  readonly denyByDefault: (app: RoutedApp) => readonly Route[];
}

const view: RequestView<ExpressRequest> = {
  message: (req) => req,
  target: (req) => req.originalUrl ?? req.url ?? '',
  route(req) {
    const path = (req.route as { path?: PathPattern } | undefined)?.path;
    return path === undefined ? undefined : (req.baseUrl ?? '') + formatPath(path);
  },
  parameters: (req) => (req as { params?: Record<string, string> }).params,
};

/**
 * Guards for Express 4 and 5.
 * @example
 * const { protect, denyByDefault } = expressAuth(auth);
 * const readOrders = protect({ scheme: 'access', scopes: ['orders:read'] });
 * app.get('/orders', readOrders, (req, res) => res.json({ for: readOrders.principal(req).subject }));
 * denyByDefault(app);
 */
export function expressAuth<S extends Schemes>(auth: Auth<S>): ExpressAuth<S> {
  const bridge = createNodeBridge(auth, view);

  const protect = (requirement: Requirement, options?: CheckOptions): Guarded<unknown, unknown> => {
    const guard = bridge.guard(requirement, options);
    const middleware = (req: ExpressRequest, res: ServerResponse, next: Next): void =>
      guard.decide(req, (decision) => proceed(decision, res, next), next);
    return declareGuard(middleware, guard);
  };

  return {
    protect: protect as ExpressAuth<S>['protect'],
    principal: bridge.principal as ExpressAuth<S>['principal'],
    mount: (handlers) => (req, res, next) => {
      const handler = bridge.handlerFor(handlers, (req.url ?? '').replace(/[?#].*$/s, ''));
      if (handler === undefined) next();
      else handler(bridge.request(req)).then((answer) => sendAnswer(res, answer), next);
    },
    denyByDefault: (app) =>
      closeRoutes(app, (req, res) => {
        if (bridge.allowed(req)) return true;
        sendAnswer(res, bridge.refuseUndeclared(req));
        return false;
      }),
  };
}

function proceed(decision: Decision, res: ServerResponse, next: Next): void {
  // The caller went while a scheme waited: nobody is left to answer.
  if (res.destroyed) return;
  if (decision.kind === 'refuse') {
    sendAnswer(res, decision);
    return;
  }
  addHeaders(res, decision.headers);
  next();
}
