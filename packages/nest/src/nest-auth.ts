import type { ServerResponse } from 'node:http';

import {
  ConfigurationError,
  isConfigurationError,
  type Allow,
  type Auth,
  type Awaitable,
  type Handler,
  type PrincipalByName,
  type Route,
  type Schemes,
} from '@auth/core';
import { createNodeBridge, sendAnswer, type NodeBridge, type NodeGuard } from '@auth/core/node';
import type { ExecutionContext, OnApplicationShutdown, OnModuleInit, Type } from '@nestjs/common';
import { MetadataScanner, type DiscoveryService, type Reflector } from '@nestjs/core';

import { declaredKey, notGuarded, rememberDecider, type Declared } from './decorators.js';
import { addLines, isReply, messageOf, requestOf, view, type NestRequest, type NestResponse } from './nest-request.js';
import { RefusalException } from './refusal.js';
import { pathsOf } from './routes.js';

/** What `createAuth` answers, whatever its schemes. */
export type AnyAuth = Pick<Auth, 'forAdapters' | 'close'>;

type Method = ReturnType<ExecutionContext['getHandler']>;
type Middleware = (req: NestRequest, res: ServerResponse, next: (error?: unknown) => void) => void;

/** What the module knows, for injection: `@Inject(NestAuth) auth: NestAuth<typeof schemes>`. */
export class NestAuth<S extends Schemes = Schemes> implements OnModuleInit, OnApplicationShutdown {
  readonly #auth: AnyAuth;
  readonly #bridge: NodeBridge<NestRequest>;
  readonly #reflector: Reflector;
  readonly #discovery: DiscoveryService;
  readonly #guards = new WeakMap<Declared, NodeGuard<NestRequest>>();
  readonly #routes: Route[] = [];

  constructor(auth: AnyAuth, reflector: Reflector, discovery: DiscoveryService) {
    this.#auth = auth;
    this.#bridge = createNodeBridge(auth, view);
    this.#reflector = reflector;
    this.#discovery = discovery;
  }

  /** Whoever was let through, or null: for code that does not know its route. */
  readonly principal = (req: NestRequest): PrincipalByName<S, keyof S> | null =>
    this.#bridge.principal(req) as PrincipalByName<S, keyof S> | null;

  /** The whole pass of a call, for interceptors. Throws where `AuthGuard` has not let it through. */
  readonly decision = (context: ExecutionContext): Allow => {
    const declared = this.#declared(context.getHandler(), context.getClass());
    const req = requestOf(context);
    if (declared === undefined || req === undefined) throw notGuarded();
    return this.#compile(declared).decision(req);
  };

  /** Middleware that serves handlers by path: `app.use(app.get(NestAuth).mount(handlers))`. */
  readonly mount =
    (handlers: Readonly<Record<string, Handler>>): Middleware =>
    (req, res, next) => {
      const handler = this.#bridge.handlerFor(handlers, (req.url ?? '').replace(/[?#].*$/s, ''));
      if (handler === undefined) next();
      else handler(this.#bridge.request(req)).then((answer) => sendAnswer(res, answer), next);
    };

  /** All routes of the controllers with their requirements, null where none is declared; paths without a global prefix. */
  readonly routes = (): readonly Route[] => [...this.#routes];

  /** @throws ConfigurationError for a wrong requirement: the application does not start. */
  onModuleInit(): void {
    const controllers = new Set(this.#discovery.getControllers().map(({ metatype }) => metatype));
    const providers = new Set(this.#discovery.getProviders().map(({ metatype }) => metatype));
    for (const type of new Set([...controllers, ...providers]) as Set<Type | null>) {
      for (const name of new MetadataScanner().getAllMethodNames(type?.prototype as object)) {
        const handler = (type!.prototype as Record<string, Method>)[name]!;
        const declared = this.#declared(handler, type!);
        if (declared !== undefined) this.#compile(declared, `${type!.name}.${name}`);
        if (!controllers.has(type)) continue;
        const requirement = declared?.requirement ?? null;
        for (const { method, path } of pathsOf(this.#reflector, type!, handler))
          this.#routes.push({ method, path, requirement });
      }
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#auth.close();
  }

  /** @throws RefusalException; ConfigurationError where there is no HTTP request. */
  activate(context: ExecutionContext): Awaitable<boolean> {
    const req = requestOf(context);
    if (req === undefined) {
      const message = `a call of type ${context.getType<string>()} comes without its HTTP request: hand it on as "req" of the GraphQL context, as "request" of the WebSocket client`;
      throw new ConfigurationError([{ path: 'AuthGuard', reason: 'no-request', message }]);
    }
    const declared = this.#declared(context.getHandler(), context.getClass());
    if (declared === undefined) throw new RefusalException(this.#bridge.refuseUndeclared(req));
    const guard = this.#compile(declared);
    const response = context.getType<string>() === 'http' ? context.switchToHttp().getResponse<NestResponse>() : undefined;
    return guard.whenDecided(req, (decision) => {
      // The caller went while a scheme waited: nobody is left to answer.
      if (response && (isReply(response) ? response.raw : response).destroyed) return false;
      if (decision.kind === 'refuse') throw new RefusalException(decision);
      if (response) addLines(response, decision.headers);
      rememberDecider(messageOf(req), this.decision);
      return true;
    });
  }

  #declared(handler: Method, type: Type): Declared | undefined {
    return this.#reflector.getAllAndOverride<Declared | undefined>(declaredKey, [handler, type]);
  }

  #compile(declared: Declared, place?: string): NodeGuard<NestRequest> {
    let guard = this.#guards.get(declared);
    if (guard === undefined) {
      try {
        guard = this.#bridge.guard(declared.requirement, declared.options);
      } catch (error) {
        if (place === undefined || !isConfigurationError(error)) throw error;
        throw new ConfigurationError(error.faults.map((fault) => ({ ...fault, path: `${place}: ${fault.path}` })));
      }
      this.#guards.set(declared, guard);
    }
    return guard;
  }
}
