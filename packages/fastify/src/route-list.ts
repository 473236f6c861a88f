import { ConfigurationError, type Requirement, type Route } from '@auth/core';
import type { FastifyInstance } from 'fastify';

import type { OnRequest } from './fastify-auth.js';

/** The routes of an app, as they are declared. */
export interface RouteList {
  /** Remembers that a hook is a guard. */
  readonly declare: (hook: OnRequest, requirement: Requirement) => void;
  /**
   * Lists every route that is declared from now on.
   * @throws ConfigurationError where routes stand already, or the instance is not the root: routes there would not ask.
   */
  readonly watch: (app: FastifyInstance) => void;
  readonly routes: () => readonly Route[];
}

export function createRouteList(): RouteList {
  const requirements = new WeakMap<object, Requirement>();
  const routes: Route[] = [];
  return {
    declare: (hook, requirement) => void requirements.set(hook, requirement),
    routes: () => [...routes],
    watch(app) {
      checkPlace(app);
      let closed = false;
      app.addHook('onReady', (done) => {
        closed = true;
        done();
      });
      app.addHook('onRoute', ({ method, url, onRequest }) => {
        // Fastify takes it, gives it no hooks, and falls over its first request.
        if (closed) refuse('routes-closed', 'a route was added when the app was ready; add it before');
        const hooks: readonly object[] = [onRequest ?? []].flat();
        const requirement = hooks.map((hook) => requirements.get(hook)).find((found) => found !== undefined) ?? null;
        for (const name of [method].flat()) {
          // Fastify adds a HEAD route to each GET.
          if (name === 'HEAD' && routes.some((route) => route.method === 'GET' && route.path === url)) continue;
          routes.push({ method: name, path: url, requirement });
        }
      });
    },
  };
}

function refuse(reason: string, message: string): never {
  throw new ConfigurationError([{ path: 'plugin', reason, message }]);
}

/** Fastify hands hooks down to children made later only. */
function checkPlace(app: FastifyInstance): void {
  if (Object.getPrototypeOf(app) !== Object.prototype)
    refuse('not-root', 'must be registered on the root instance: await app.register(plugin)');
  if (app.printRoutes().trim() !== '(empty tree)')
    refuse('routes-before-plugin', 'must come before the first route: await app.register(plugin), then declare routes');
}
