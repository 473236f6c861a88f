import type { IncomingMessage } from 'node:http';

import type {
  Allow,
  Auth,
  CheckOptions,
  Decision,
  Exact,
  Handler,
  HeaderList,
  PrincipalByName,
  PrincipalFor,
  PrincipalsFor,
  Refuse,
  Requirement,
  Route,
  Schemes,
} from '@auth/core';
import { createNodeBridge, groupHeaders, type RequestView } from '@auth/core/node';
import type { FastifyInstance, FastifyReply } from 'fastify';

import { createRouteList } from './route-list.js';

/** The members of Fastify's request that are read; by structure, so that routes with types of their own fit. */
export interface FastifyAuthRequest {
  readonly raw: IncomingMessage;
  readonly originalUrl: string;
  readonly params: unknown;
  readonly is404: boolean;
  readonly routeOptions: { readonly url?: string | undefined };
}

type Done = (error?: Error) => void;
export type OnRequest = (request: FastifyAuthRequest, reply: FastifyReply, done: Done) => void;

/** Route options that let a request on only when its requirement holds: `app.get(path, guard, handler)`, or `{ ...guard, schema }`. */
export interface Guarded<P, Ps> {
  readonly onRequest: OnRequest;
  /** Who was let through, typed by the requirement. Throws on a route that this guard does not guard. */
  readonly principal: (request: FastifyAuthRequest) => P;
  /** The whole pass. Throws on a route that this guard does not guard. */
  readonly decision: (request: FastifyAuthRequest) => Allow<P, Ps>;
}

/** A Fastify plugin for the root instance. */
export type Plugin = (app: FastifyInstance) => Promise<void>;

/** What `fastifyAuth` answers. */
export interface FastifyAuth<S extends Schemes> {
  /** Denies by default: every route refuses a request that no requirement has let through. Register it, awaited, before the first route. */
  readonly plugin: Plugin;
  /** @throws ConfigurationError for a wrong requirement. */
  readonly protect: <const R extends Requirement<keyof S & string>>(
    requirement: R & Exact<R>,
    options?: CheckOptions,
  ) => Guarded<PrincipalFor<S, R>, PrincipalsFor<S, R>>;
  /** Whoever was let through, or null: for code that does not know its route. */
  readonly principal: (request: FastifyAuthRequest) => PrincipalByName<S, keyof S> | null;
  /** A plugin that serves handlers by path, below the prefix it is registered with. */
  readonly mount: (handlers: Readonly<Record<string, Handler>>) => Plugin;
  /** All routes with the requirement in their options; null where none stands there. */
  readonly routes: () => readonly Route[];
}

const view: RequestView<FastifyAuthRequest> = {
  message: (request) => request.raw,
  target: (request) => request.originalUrl,
  route: (request) => request.routeOptions.url,
  parameters: (request) => request.params as Record<string, string> | undefined,
};

/**
 * Guards for Fastify 4 and 5.
 * @example
 * const { plugin, protect } = fastifyAuth(auth);
 * await app.register(plugin);
 * const readOrders = protect({ scheme: 'access', scopes: ['orders:read'] });
 * app.get('/orders', readOrders, async (request) => ({ for: readOrders.principal(request).subject }));
 */
export function fastifyAuth<S extends Schemes>(auth: Auth<S>): FastifyAuth<S> {
  const bridge = createNodeBridge(auth, view);
  const list = createRouteList();
  const mounted = new WeakSet<IncomingMessage>();

  const protect = (requirement: Requirement, options?: CheckOptions): Guarded<unknown, unknown> => {
    const guard = bridge.guard(requirement, options);
    const onRequest: OnRequest = (request, reply, done) =>
      guard.decide(
        request,
        (decision) => proceed(decision, reply, done),
        (error) => done(error as Error),
      );
    list.declare(onRequest, requirement);
    return { onRequest, principal: (request) => guard.decision(request).principal, decision: guard.decision };
  };

  const plugin: Plugin = async (app) => {
    list.watch(app);
    app.addHook('preValidation', (request, reply, done) => {
      if (request.is404 || mounted.has(request.raw) || bridge.allowed(request)) done();
      else refuse(bridge.refuseUndeclared(request), reply);
    });
    app.addHook('onClose', () => auth.close());
  };
  // On the root instance itself, not on a child: its hooks are for every route.
  Object.assign(plugin, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: '@auth/fastify' });

  const mount = (handlers: Readonly<Record<string, Handler>>): Plugin => {
    const onRequest: OnRequest = (request, _reply, done) => {
      mounted.add(request.raw);
      done();
    };
    list.declare(onRequest, { public: true });
    return async (app) => {
      app.removeAllContentTypeParsers();
      // Handlers read the bytes themselves.
      app.addContentTypeParser('*', (_request, _payload, done) => done(null));
      for (const [path, handler] of Object.entries(handlers)) {
        app.all(path, { onRequest }, async (request, reply) => {
          const { status, headers, body } = await handler(bridge.request(request));
          setHeaders(reply, headers);
          return reply.code(status).send(Buffer.from(body));
        });
      }
    };
  };

  return {
    plugin,
    protect: protect as FastifyAuth<S>['protect'],
    principal: bridge.principal as FastifyAuth<S>['principal'],
    mount,
    routes: list.routes,
  };
}

function proceed(decision: Decision, reply: FastifyReply, done: Done): void {
  // The caller went while a scheme waited: nobody is left to answer.
  if (reply.raw.destroyed) return;
  if (decision.kind === 'refuse') {
    refuse(decision, reply);
    return;
  }
  setHeaders(reply, decision.headers);
  done();
}

function refuse({ status, headers, body }: Refuse, reply: FastifyReply): void {
  setHeaders(reply, headers);
  // Bytes: to text, Fastify adds a charset.
  void reply.code(status).send(Buffer.from(body));
}

function setHeaders(reply: FastifyReply, headers: HeaderList): void {
  for (const [name, value] of groupHeaders(headers)) void reply.header(name, value);
}
