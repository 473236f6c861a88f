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
import {
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type OnApplicationShutdown,
  type Type,
} from '@nestjs/common';
import { MetadataScanner, type DiscoveryService, type Reflector } from '@nestjs/core';

import { declaredKey, misuse, notGuarded, rememberDecider, type Declared } from './decorators.js';
import { addLines, isReply, messageOf, requestOf, view, type NestRequest, type NestResponse } from './nest-request.js';
import { RefusalException } from './refusal.js';
import { pathsOf } from './routes.js';

/** What `createAuth` answers, whatever its schemes. */
export type AnyAuth = Pick<Auth, 'forAdapters' | 'close'>;

type Method = ReturnType<ExecutionContext['getHandler']>;
type Middleware = (req: NestRequest, res: ServerResponse, next: (error?: unknown) => void) => void;

/** What the module knows, for injection: `@Inject(NestAuth) auth: NestAuth<typeof schemes>`. */
export class NestAuth<S extends Schemes = Schemes> implements OnApplicationShutdown {
  readonly #auth: AnyAuth;
  readonly #bridge: NodeBridge<NestRequest>;
  readonly #reflector: Reflector;
  readonly #guards = new WeakMap<Declared, NodeGuard<NestRequest>>();
  readonly #routes: readonly Route[];

  constructor(auth: AnyAuth, reflector: Reflector, discovery: DiscoveryService) {
    this.#auth = auth;
    this.#bridge = createNodeBridge(auth, view);
    this.#reflector = reflector;
    this.#routes = Object.freeze(this.#prepare(discovery));
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
  readonly routes = (): readonly Route[] => this.#routes;

  async onApplicationShutdown(): Promise<void> {
    await this.#auth.close();
  }

  /** @throws RefusalException; ConfigurationError where there is no HTTP request. */
  activate(context: ExecutionContext): Awaitable<boolean> {
    const req = requestOf(context);
    if (req === undefined) {
      const message = `a call of type ${context.getType<string>()} comes without its HTTP request: hand it on as "request" of the WebSocket client, or as "req" of the context`;
      throw misuse('AuthGuard', 'no-request', message);
    }
    const declared = this.#declared(context.getHandler(), context.getClass());
    if (declared === undefined) throw new RefusalException(this.#bridge.refuseUndeclared(req));
    const guard = this.#compile(declared);
    const response =
      context.getType<string>() === 'http' ? context.switchToHttp().getResponse<NestResponse>() : undefined;
    return guard.whenDecided(
      req,
      (decision) => {
        // The caller went while a scheme waited: nobody is left to answer.
        if (response && (isReply(response) ? response.raw : response).destroyed) return false;
        if (decision.kind === 'refuse') throw new RefusalException(decision);
        if (response) addLines(response, decision.headers);
        rememberDecider(messageOf(req), this.decision);
        return true;
      },
      false,
    );
  }

  /**
   * Compiles every requirement and lists the routes, before anything listens.
   * @throws ConfigurationError: the application is not made.
   */
  #prepare(discovery: DiscoveryService): Route[] {
    const routes: Route[] = [];
    const controllers = new Set(discovery.getControllers().map(({ metatype }) => metatype));
    const providers = discovery.getProviders().map(({ metatype }) => metatype);
    for (const type of new Set([...controllers, ...providers]) as Set<Type | null>) {
      for (const name of new MetadataScanner().getAllMethodNames(type?.prototype as object)) {
        const handler = (type!.prototype as Record<string, Method>)[name]!;
        const declared = this.#declared(handler, type!);
        const place = `${type!.name}.${name}`;
        if (declared !== undefined) this.#compile(declared, place);
        if (this.#isPassedOver(type!, handler)) throw passedOver(place);
        if (!controllers.has(type)) continue;
        const requirement = declared?.requirement ?? null;
        for (const { method, path } of pathsOf(this.#reflector, type!, handler))
          routes.push({ method, path, requirement });
      }
    }
    return routes;
  }

  /**
   * Decision: deny by default is no promise that Nest may break. Nest 11 has no global guards for gateways, and no version has
   * them for a microservice that does not inherit them: there the guard must be written down.
   */
  #isPassedOver(type: Type, handler: Method): boolean {
    const message = this.#reflector.get<unknown>('websockets:message_mapping', handler);
    const pattern = this.#reflector.get<unknown>('microservices:pattern', handler);
    if (message === undefined && (pattern === undefined || this.#declared(handler, type) === undefined)) return false;
    const guards = this.#reflector.getAllAndMerge<unknown[]>('__guards__', [handler, type]);
    return !guards.some((guard) => guard === AuthGuard || guard instanceof AuthGuard);
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
        throw new ConfigurationError(
          error.faults.map(({ path, reason, message }) => ({ path: `${place}: ${path}`, reason, message })),
        );
      }
      this.#guards.set(declared, guard);
    }
    return guard;
  }
}

const passedOver = (place: string): ConfigurationError =>
  misuse(
    place,
    'guard-required',
    'Nest has no global guards for every gateway and microservice: write @UseGuards(AuthGuard) on the class',
  );

/** Lets a call on only when what `@Protect` says holds. `AuthModule` puts it before every handler. */
@Injectable()
export class AuthGuard implements CanActivate {
  readonly #auth: NestAuth;

  constructor(auth: NestAuth) {
    this.#auth = auth;
  }

  canActivate(context: ExecutionContext): Awaitable<boolean> {
    return this.#auth.activate(context);
  }
}

// A call, since the decorator of a parameter does not compile without `experimentalDecorators`, and this is read as source too.
Inject(NestAuth)(AuthGuard, undefined, 0);
