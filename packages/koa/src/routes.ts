import { METHODS } from 'node:http';

import { ConfigurationError, type Requirement, type Route } from '@auth/core';
import { combineRequirements, requirementOf } from '@auth/core/node';

import type { KoaContext, Middleware, Next } from './koa-auth.js';

/** A router of `@koa/router`; by structure, so that every version and type parameter fits. */
export interface RoutedRouter {
  use(...middleware: never[]): unknown;
}

type Handle = ((...args: never[]) => unknown) & {
  /** Of a guard. */
  readonly decision?: object;
  /** Of a handler given to `router.param`. */
  readonly param?: string;
};

/** What a router keeps of each call; of a nested router it keeps copies of these, with whole paths. */
interface Layer {
  readonly path: string | RegExp;
  readonly regexp: RegExp;
  /** Empty for `use`. */
  readonly methods: readonly string[];
  readonly stack: Handle[];
}

/** Whether a requirement has let the request through; where none has, it is refused already. Asked at run time. */
type Ask = (ctx: KoaContext) => boolean;

const asking = new WeakSet<object>();

/** Puts `ask` before every handler of every route that is no guard itself, and lists the routes. */
export function closeRoutes(router: RoutedRouter, ask: Ask): readonly Route[] {
  const routes: Route[] = [];
  const used: { readonly regexp: RegExp; readonly requirement: Requirement }[] = [];
  const layers = layersOf(router);
  for (const { methods, path, regexp, stack } of layers) {
    const own = stack.flatMap((handle) => requirementOf(handle) ?? []);
    if (methods.length === 0) {
      used.push(...own.map((requirement) => ({ regexp, requirement })));
    } else {
      const name = formatPath(path);
      // For the list alone; the requests themselves are asked.
      const covering = used.filter((guard) => guard.regexp.test(name)).map(({ requirement }) => requirement);
      const requirement = combineRequirements([...covering, ...own]);
      for (const method of methodsOf(methods)) routes.push({ method, path: name, requirement });
      closeRoute(stack, ask);
    }
    refuseMore(stack);
  }
  refuseMore(layers);
  return Object.freeze(routes);
}

function closeRoute(stack: Handle[], ask: Ask): void {
  const isGuard = (handle: Handle): boolean => requirementOf(handle) !== undefined;
  // The router puts handlers of `param` before all others, the guards too: they are for whoever was let through.
  const params = stack.filter(({ param }) => param !== undefined);
  const others = stack.filter(({ param }) => param === undefined);
  const handlers = others.findIndex((handle) => !isGuard(handle));
  const guards = others.splice(0, handlers === -1 ? others.length : handlers);
  for (const [index, handle] of [...guards, ...params, ...others].entries())
    stack[index] = isGuard(handle) ? handle : askBefore(handle, ask);
}

function askBefore(handle: Handle, ask: Ask): Handle {
  if (asking.has(handle)) return handle;
  const first: Middleware = (ctx: KoaContext, next: Next) => (ask(ctx) ? (handle as Middleware)(ctx, next) : undefined);
  asking.add(first);
  return first;
}

/** What comes later would not ask. */
function refuseMore(list: unknown[]): void {
  const value = (): never => {
    throw new ConfigurationError([
      {
        path: 'denyByDefault',
        reason: 'routes-closed',
        message: 'a route or middleware was added after denyByDefault(router); call denyByDefault after the last one',
      },
    ]);
  };
  for (const name of ['push', 'splice', 'unshift']) Object.defineProperty(list, name, { configurable: true, value });
}

function layersOf(router: RoutedRouter): Layer[] {
  const { stack } = router as { stack?: Layer[] };
  if (!Array.isArray(stack)) {
    throw new ConfigurationError([
      { path: 'denyByDefault', reason: 'unknown-router', message: 'needs a router of @koa/router' },
    ]);
  }
  return stack;
}

/** The router adds HEAD to each GET, and knows `all` as a long list. */
function methodsOf(methods: readonly string[]): readonly string[] {
  const names = new Set(methods);
  if (names.size >= METHODS.length) return ['*'];
  if (names.has('GET')) names.delete('HEAD');
  return [...names];
}

/** A path as people write it. */
export const formatPath = (path: string | RegExp): string => (typeof path === 'string' ? path : path.toString());
