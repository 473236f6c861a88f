import type { ServerResponse } from 'node:http';

import { ConfigurationError, type Requirement, type Route } from '@auth/core';
import { combineRequirements, requirementOf } from '@auth/core/node';

import type { ExpressRequest, Next } from './express-auth.js';

/** An Express app or router; by structure, so that every version fits. */
export interface RoutedApp {
  use(...handlers: never[]): unknown;
}

/** A path as Express takes it: text, a pattern, or a list of these. */
export type PathPattern = string | RegExp | readonly PathPattern[];

type Handle = ((...args: never[]) => unknown) & {
  readonly stack?: Layer[];
  /** Of a guard. */
  readonly decision?: object;
  /** Of an app: so does Express itself tell one. */
  readonly handle?: unknown;
  readonly set?: unknown;
};

/** What Express keeps of a handler: its `layer.handle` is looked up at each request (Express 4 and 5). */
interface Layer {
  handle: Handle;
  /** Of the handler as it was given: instrumentation replaces `handle`. */
  readonly name?: string;
  readonly method?: string;
  readonly route?: { readonly path: PathPattern; readonly stack: Layer[] };
  /** Path of `use`: as given (Express 5.3), else as a pattern (Express 4). */
  readonly rawPath?: PathPattern;
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
}

type Middleware = (req: ExpressRequest, res: ServerResponse, next: Next) => unknown;

/** Whether a requirement has let the request through; where none has, it is refused already. Asked at run time. */
type Ask = (req: ExpressRequest, res: ServerResponse) => boolean;

const refusing = new WeakSet<object>();

/** Puts `ask` before every handler of every route that is no guard itself, and lists the routes. */
export function closeRoutes(app: RoutedApp, ask: Ask): readonly Route[] {
  const routes: Route[] = [];
  closeRouter(stackOf(app), '', [], { ask, routes, around: new Set(), mountedApp: textOfMountedApp(app) });
  return Object.freeze(routes);
}

interface Closing {
  readonly ask: Ask;
  readonly routes: Route[];
  /** The routers around: one may be mounted in itself. */
  readonly around: Set<readonly Layer[]>;
  /** Source of the closure by which Express mounts an app. */
  readonly mountedApp: string | undefined;
}

/** Mounts an app on nothing, to see what Express puts in its place: in a minified bundle it has another name. */
function textOfMountedApp(app: RoutedApp): string | undefined {
  let text: string | undefined;
  const router = { use: (_path: string, handle: Handle): void => void (text = String(handle)) };
  const mounted = Object.assign(() => undefined, {
    handle: () => undefined,
    set: () => undefined,
    emit: () => undefined,
  });
  try {
    app.use.call({ _router: router, router, lazyrouter: () => undefined }, mounted as never);
  } catch {
    // A router, or an app whose \`use\` is instrumented: there is its name.
  }
  return text;
}

interface UsedGuard {
  readonly path: string;
  readonly requirement: Requirement;
}

function closeRouter(stack: Layer[], prefix: string, inherited: readonly UsedGuard[], closing: Closing): void {
  if (closing.around.has(stack)) return;
  closing.around.add(stack);
  const used = [...inherited];
  for (const layer of stack) {
    for (const path of pathsOf(layer).map((each) => join(prefix, each))) closeLayer(layer, path, used, closing);
  }
  refuseMore(stack);
  closing.around.delete(stack);
}

function closeLayer(layer: Layer, path: string, used: UsedGuard[], closing: Closing): void {
  const { handle, name, route } = layer;
  const covering = used.filter((guard) => covers(guard.path, path)).map((guard) => guard.requirement);
  const requirement = requirementOf(handle);
  const inner = handle.stack ?? (handle.handle && handle.set ? stackOf(handle as object as RoutedApp) : undefined);
  if (route !== undefined) {
    closeRoute(route, path, covering, closing);
  } else if (requirement !== undefined) {
    used.push({ path, requirement });
  } else if (Array.isArray(inner)) {
    closeRouter(inner, path, used, closing);
  } else if (name === 'mounted_app' || String(handle) === closing.mountedApp) {
    // Express hides an app that is mounted on an app behind a closure: its routes cannot be seen, so the whole of it asks.
    askBefore(layer, closing.ask);
    closing.routes.push({ method: '*', path: join(path, '/*'), requirement: combineRequirements(covering) });
  }
}

function closeRoute(
  route: NonNullable<Layer['route']>,
  path: string,
  covering: readonly Requirement[],
  { ask, routes }: Closing,
): void {
  const methods = new Set(route.stack.map((layer) => methodOf(layer)));
  for (const method of methods) {
    const own = route.stack
      .filter((layer) => methodOf(layer) === method || layer.method === undefined)
      .flatMap((layer) => requirementOf(layer.handle) ?? []);
    routes.push({ method, path, requirement: combineRequirements([...covering, ...own]) });
  }
  for (const layer of route.stack) if (requirementOf(layer.handle) === undefined) askBefore(layer, ask);
  refuseMore(route.stack);
}

/** Handlers of errors (four parameters) stay as they are: they answer for what failed, not for the route. */
function askBefore(layer: Layer, ask: Ask): void {
  const handle = layer.handle as unknown as Middleware;
  if (handle.length > 3 || refusing.has(handle)) return;
  // What an async handler answers goes on to Express 5, which looks after its rejection.
  const asking: Middleware = (req, res, next) => (ask(req, res) ? handle(req, res, next) : undefined);
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

/** As given; Express 4 keeps of `use` no more than a pattern. */
function pathsOf({ route, rawPath, regexp }: Layer): readonly string[] {
  const given = route === undefined ? rawPath : route.path;
  if (given !== undefined) return Array.isArray(given) ? given.map(formatPath) : [formatPath(given)];
  if (regexp === undefined || regexp.fast_slash === true) return ['/'];
  // /admin as ^\/admin\/?(?=\/|$), several of them with | between
  return regexp.source.split(/\|(?=\^)/).map((each) =>
    each
      .replace(/^\^/, '')
      .replace(/\\\/\?\(\?=\\\/\|\$\)$/, '')
      .replaceAll('\\/', '/'),
  );
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
