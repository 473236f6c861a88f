import type { IncomingMessage } from 'node:http';

import { isPromise } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Allow, Decision, Refuse } from '../contracts/decision.js';
import type { Handler } from '../contracts/handler.js';
import type { Principal } from '../contracts/principal.js';
import type { AuthRequest } from '../contracts/request.js';
import type { Requirement } from '../contracts/requirement.js';
import type { CheckOptions } from '../guard/check.js';
import type { AdapterSide } from '../guard/create-auth.js';
import { toAuthRequest, type RequestView } from './request.js';

/** One guard in terms of a framework's request; an adapter gives it its types. */
export interface NodeGuard<Req> {
  readonly requirement: Requirement;
  /** Decides, and goes on at once where nothing had to wait. Does neither where the caller has gone: nobody is left to answer. */
  readonly decide: (req: Req, use: (decision: Decision) => void, fail: (error: unknown) => void) => void;
  /** As `decide`, for frameworks that take a value or a promise: answers what is made of the decision, or `gone`. */
  readonly whenDecided: <T>(req: Req, use: (decision: Decision) => Awaitable<T>, gone: T) => Awaitable<T>;
  /** @throws ConfigurationError on a request that this guard has not let through. */
  readonly decision: (req: Req) => Allow;
}

/** What every adapter over `node:http` translates to its framework. */
export interface NodeBridge<Req> {
  readonly request: (req: Req) => AuthRequest;
  readonly guard: (requirement: Requirement, options?: CheckOptions) => NodeGuard<Req>;
  /** The principal of the latest pass, or null. */
  readonly principal: (req: Req) => Principal | null;
  /** Whether any requirement has let the request through. */
  readonly allowed: (req: Req) => boolean;
  readonly refuseUndeclared: (req: Req) => Refuse;
  /** The handler that serves a path, if one does. */
  readonly handlerFor: (handlers: Readonly<Record<string, Handler>>, path: string) => Handler | undefined;
}

/** How a request of `node:http` itself is read. */
const plainView: RequestView<IncomingMessage> = { message: (req) => req, target: (req) => req.url ?? '' };

/**
 * Makes a bridge from a framework's requests to a guard; without a framework, from those of `node:http`.
 * @param view how the framework's request is read
 * @example
 * const bridge = createNodeBridge(auth);
 * createServer(async (req, res) => {
 *   const decision = await auth.check(bridge.request(req), { scheme: 'keys' });
 *   if (decision.kind === 'refuse') return sendAnswer(res, decision);
 *   res.end(decision.principal.subject);
 * });
 */
export function createNodeBridge(auth: { readonly forAdapters: AdapterSide }): NodeBridge<IncomingMessage>;
export function createNodeBridge<Req>(
  auth: { readonly forAdapters: AdapterSide },
  view: RequestView<Req>,
): NodeBridge<Req>;
export function createNodeBridge<Req>(
  auth: { readonly forAdapters: AdapterSide },
  view: RequestView<Req> = plainView as RequestView<never> as RequestView<Req>,
): NodeBridge<Req> {
  const { forAdapters } = auth;
  const request = (req: Req): AuthRequest => toAuthRequest(req, view, forAdapters.requests);
  return {
    request,
    guard(requirement, options) {
      const guard = forAdapters.guard(requirement, options);
      // Going is no error of the application, and must not stand in its log as one.
      const unlessGone = <T>(req: Req, error: unknown, gone: T): T => {
        if (request(req).signal?.aborted !== true) throw error;
        return gone;
      };
      return {
        requirement,
        decide(req, use, fail) {
          const decision = guard.check(request(req));
          if (isPromise(decision))
            decision.then(use, (error: unknown) => unlessGone(req, error, undefined)).catch(fail);
          else use(decision);
        },
        whenDecided(req, use, gone) {
          const decision = guard.check(request(req));
          return isPromise(decision)
            ? decision.then(use, (error: unknown) => unlessGone(req, error, gone))
            : use(decision);
        },
        decision: (req) => guard.decision(request(req)),
      };
    },
    principal: (req) => forAdapters.allowed(request(req))?.principal ?? null,
    allowed: (req) => forAdapters.allowed(request(req)) !== undefined,
    refuseUndeclared: (req) => forAdapters.refuseUndeclared(request(req)),
    handlerFor: (handlers, path) => (Object.hasOwn(handlers, path) ? handlers[path] : undefined),
  };
}
