import { after } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Allow } from '../contracts/decision.js';
import type { Handler } from '../contracts/handler.js';
import type { AuthRequest } from '../contracts/request.js';
import type {
  Exact,
  PrincipalByName,
  PrincipalFor,
  PrincipalsFor,
  Requirement,
  Schemes,
} from '../contracts/requirement.js';
import type { Route } from '../contracts/route.js';
import type { CheckOptions } from '../guard/check.js';
import type { Auth } from '../guard/create-auth.js';
import { toResponse, withHeaders } from './answer.js';
import { toAuthRequest, type FetchConnection } from './request.js';

/** Answers a request; runtimes hand the connection on beside it where they know it. */
export type FetchHandler = (request: Request, connection?: FetchConnection) => Awaitable<Response>;

/** A handler that runs only when its requirement holds. */
export interface GuardedHandler<P, Ps> {
  (request: Request, connection?: FetchConnection): Awaitable<Response>;
  readonly principal: (request: Request) => P;
  readonly decision: (request: Request) => Allow<P, Ps>;
}

/** Handlers by path, or by path and method: the shape of `Bun.serve({ routes })`. */
export type FetchRoutes = Readonly<Record<string, FetchHandler | Readonly<Record<string, FetchHandler>>>>;

/** The same paths and methods, each with a handler that lets nobody on without a requirement. */
export type ClosedRoutes<R extends FetchRoutes> = {
  readonly [Path in keyof R]: R[Path] extends FetchHandler
    ? FetchHandler
    : { readonly [Method in keyof R[Path]]: FetchHandler };
};

/** What `fetchAuth` answers. */
export interface FetchAuth<S extends Schemes> {
  /**
   * Guards a handler, which gets the decision as its second argument.
   * @throws ConfigurationError for a wrong requirement.
   */
  readonly protect: <const R extends Requirement<keyof S & string>>(
    requirement: R & Exact<R>,
    handler: (request: Request, allow: Allow<PrincipalFor<S, R>, PrincipalsFor<S, R>>) => Awaitable<Response>,
    options?: CheckOptions,
  ) => GuardedHandler<PrincipalFor<S, R>, PrincipalsFor<S, R>>;
  /** Whoever was let through, or null: for code that does not know its route. */
  readonly principal: (request: Request) => PrincipalByName<S, keyof S> | null;
  /** Serves handlers by path; undefined where the path is none of theirs. */
  readonly mount: (
    handlers: Readonly<Record<string, Handler>>,
  ) => (request: Request, connection?: FetchConnection) => Promise<Response | undefined>;
  /** Answers the same routes, where every handler that `protect` did not make refuses, and the list of all. */
  readonly denyByDefault: <R extends FetchRoutes>(
    routes: R,
  ) => { readonly handlers: ClosedRoutes<R>; readonly routes: readonly Route[] };
}

/**
 * Guards for `Request` and `Response`: Bun, Deno, workers, or any server that speaks them.
 * @example
 * const { protect, denyByDefault } = fetchAuth(auth);
 * const readOrders = protect({ scheme: 'access', scopes: ['orders:read'] }, (request, { principal }) => Response.json({ for: principal.subject }));
 * const { handlers } = denyByDefault({ '/orders': { GET: readOrders } });
 */
export function fetchAuth<S extends Schemes>(auth: Auth<S>): FetchAuth<S> {
  const { forAdapters } = auth;
  const requirements = new WeakMap<FetchHandler, Requirement>();
  const toRequest = (request: Request, connection?: FetchConnection): AuthRequest =>
    toAuthRequest(request, connection, forAdapters.requests);
  // Whoever asks before the guard must not decide what the guard will know of the connection.
  const knownRequest = (request: Request): AuthRequest | undefined => forAdapters.requests.known.get(request);

  const protect = (
    requirement: Requirement,
    handler: (request: Request, allow: Allow) => Awaitable<Response>,
    options?: CheckOptions,
  ): GuardedHandler<unknown, unknown> => {
    const guard = forAdapters.guard(requirement, options);
    const guarded: FetchHandler = (request, connection) =>
      after(guard.check(toRequest(request, connection)), (decision) => {
        if (decision.kind === 'refuse') return toResponse(decision, request.method);
        // The caller went while a scheme waited: nobody is left to answer.
        request.signal.throwIfAborted();
        return after(handler(request, decision), (response) => withHeaders(response, decision.headers));
      });
    requirements.set(guarded, requirement);
    const decision = (request: Request): Allow => guard.decision(knownRequest(request));
    return Object.assign(guarded, {
      principal: (request: Request) => decision(request).principal,
      decision,
    }) as GuardedHandler<unknown, unknown>;
  };

  const refuse: FetchHandler = (request, connection) =>
    toResponse(forAdapters.refuseUndeclared(toRequest(request, connection)), request.method);
  const guardedOnly = (handler: FetchHandler): FetchHandler => (requirements.has(handler) ? handler : refuse);

  const denyByDefault = (given: FetchRoutes): { handlers: FetchRoutes; routes: readonly Route[] } => {
    const routes: Route[] = [];
    const declare = (method: string, path: string, handler: FetchHandler): FetchHandler => {
      routes.push({ method, path, requirement: requirements.get(handler) ?? null });
      return guardedOnly(handler);
    };
    const handlers = Object.entries(given).map(([path, entry]) => [
      path,
      typeof entry === 'function'
        ? declare('*', path, entry)
        : Object.freeze(
            Object.fromEntries(
              Object.entries(entry).map(([method, handler]) => [method, declare(method, path, handler)]),
            ),
          ),
    ]);
    return { handlers: Object.freeze(Object.fromEntries(handlers)) as FetchRoutes, routes: Object.freeze(routes) };
  };

  return {
    protect: protect as FetchAuth<S>['protect'],
    principal: ((request: Request) =>
      forAdapters.allowed(knownRequest(request))?.principal ?? null) as FetchAuth<S>['principal'],
    mount: (handlers) => async (request, connection) => {
      const { pathname } = new URL(request.url);
      const handler = Object.hasOwn(handlers, pathname) ? handlers[pathname] : undefined;
      return handler && toResponse(await handler(toRequest(request, connection)), request.method);
    },
    denyByDefault: denyByDefault as unknown as FetchAuth<S>['denyByDefault'],
  };
}
