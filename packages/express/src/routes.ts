import type { ServerResponse } from 'node:http';

import { ConfigurationError, type Requirement, type Route } from '@auth/core';

import type { ExpressRequest, Next } from './express-auth.js';

/** An Express app or router; by structure, so that every version fits. */
export interface RoutedApp {
  use(...handlers: never[]): unknown;
}

/** A path as Express takes it: text, a pattern, or a list of these. */
export type PathPattern = string | RegExp | readonly PathPattern[];

type Handle = ((...args: never[]) => unknown) & { readonly stack?: Layer[] };

/** What Express keeps of a handler: its `layer.handle` is looked up at each request (Express 4 and 5). */
interface Layer {
  handle: Handle;
  readonly method?: string;
  readonly route?: { readonly path: PathPattern; readonly stack: Layer[] };
  /** Path of `use`: as given (Express 5.3), else as a pattern (Express 4). */
  readonly rawPath?: PathPattern;
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
}

type Middleware = (req: ExpressRequest, res: ServerResponse, next: Next) => void;

const requirements = new WeakMap<object, Requirement>();
const refusing = new WeakSet<object>();

/** Remembers that a handler is a guard. */
export function declareGuard(guard: object, requirement: Requirement): void {
  requirements.set(guard, requirement);
}

/**
 * Puts `ask` before every handler of every route that is no guard itself, and lists the routes.
 * @param ask goes on only where a requirement has let the request through; asked at run time
 */
export function closeRoutes(app: RoutedApp, ask: Middleware): readonly Route[] {
  const routes: Route[] = [];
  closeRouter(stackOf(app), '', [], ask, routes);
  return Object.freeze(routes);
}

interface UsedGuard {
  readonly path: string;
  readonly requirement: Requirement;
}

function closeRouter(
  stack: Layer[],
  prefix: string,
  inherited: readonly UsedGuard[],
  ask: Middleware,
  routes: Route[],
): void {
  const used = [...inherited];
  for (const layer of stack) {
    const path = join(prefix, layer.route === undefined ? pathOf(layer) : formatPath(layer.route.path));
    const covering = used.filter((guard) => covers(guard.path, path)).map((guard) => guard.requirement);
    const requirement = requirements.get(layer.handle);
    if (layer.route !== undefined) {
      closeRoute(layer.route, path, covering, ask, routes);
    } else if (requirement !== undefined) {
      used.push({ path, requirement });
    } else if (Array.isArray(layer.handle.stack)) {
      closeRouter(layer.handle.stack, path, used, ask, routes);
    } else if (layer.handle.name === 'mounted_app') {
      // Express hides a mounted app behind a closure: its routes cannot be seen, so the whole of it asks.
      askBefore(layer, ask);
      routes.push({ method: '*', path: join(path, '/*'), requirement: combine(covering) });
    }
  }
  refuseMore(stack);
}

function closeRoute(
  route: NonNullable<Layer['route']>,
  path: string,
  covering: readonly Requirement[],
  ask: Middleware,
  routes: Route[],
): void {
  const methods = new Set(route.stack.map((layer) => methodOf(layer)));
  for (const method of methods) {
    const own = route.stack
      .filter((layer) => methodOf(layer) === method || layer.method === undefined)
      .flatMap((layer) => requirements.get(layer.handle) ?? []);
    routes.push({ method, path, requirement: combine([...covering, ...own]) });
  }
  for (const layer of route.stack) if (!requirements.has(layer.handle)) askBefore(layer, ask);
  refuseMore(route.stack);
}

/** Handlers of errors (four parameters) stay as they are: they answer for what failed, not for the route. */
function askBefore(layer: Layer, ask: Middleware): void {
  const handle = layer.handle as unknown as Middleware;
  if (handle.length > 3 || refusing.has(handle)) return;
  const asking: Middleware = (req, res, next) =>
    ask(req, res, (error) => (error === undefined ? handle(req, res, next) : next(error)));
  refusing.add(asking);
  layer.handle = asking;
}

/** What comes later would not ask. */
function refuseMore(stack: Layer[]): void {
  Object.defineProperty(stack, 'push', {
    configurable: true,
    value(...layers: Layer[]) {
      if (layers.some((layer) => layer.route !== undefined || layer.handle.length !== 4)) {
        throw new ConfigurationError([
          {
            path: 'denyByDefault',
            reason: 'routes-closed',
            message: 'a route or middleware was added after denyByDefault(app); call denyByDefault after the last one',
          },
        ]);
      }
      return Array.prototype.push.apply(this, layers);
    },
  });
}

function stackOf(app: RoutedApp): Layer[] {
  const candidate = app as {
    _router?: { stack: Layer[] };
    lazyrouter?: () => void;
    router?: { stack: Layer[] };
    stack?: Layer[];
  };
  // Express 4 makes its router late, and throws at whoever reads `router`.
  candidate.lazyrouter?.();
  const stack = candidate.stack ?? (candidate._router ?? candidate.router)?.stack;
  if (!Array.isArray(stack)) {
    throw new ConfigurationError([
      { path: 'denyByDefault', reason: 'unknown-app', message: 'needs an Express app or router' },
    ]);
  }
  return stack;
}

const methodOf = (layer: Layer): string => layer.method?.toUpperCase() ?? '*';

/** One requirement as it is; several guards in a row ask all of theirs, each for itself. */
function combine(found: readonly Requirement[]): Requirement | null {
  return found.length > 1 ? { allOf: found, sameSubject: false } : (found[0] ?? null);
}

function pathOf({ rawPath, regexp }: Layer): string {
  if (rawPath !== undefined) return formatPath(rawPath);
  if (regexp === undefined || regexp.fast_slash === true) return '/';
  // Express 4 writes /admin as ^\/admin\/?(?=\/|$)
  return regexp.source
    .replace(/^\^/, '')
    .replace(/\\\/\?\(\?=\\\/\|\$\)$/, '')
    .replaceAll('\\/', '/');
}

/** A path as people write it. */
export function formatPath(path: PathPattern): string {
  return typeof path === 'string' ? path : path instanceof RegExp ? path.toString() : path.map(formatPath).join(', ');
}

const join = (prefix: string, path: string): string =>
  path === '/' ? prefix || '/' : (prefix === '/' ? '' : prefix) + path;

/** For the list alone; the requests themselves are asked. */
const covers = (guardPath: string, path: string): boolean =>
  guardPath === '/' || path === guardPath || path.startsWith(`${guardPath}/`);
