import type { Route } from '@auth/core';
import type express5 from 'express';
import type { Express } from 'express';

import { exchange, listen, type Exchanged, type Sent } from '../../core/test/fixtures/adapters/exchange.js';
import { createGuardedApi, type GuardedApi } from './guarded-api.js';

export type Build = (app: Express, api: GuardedApi, express: typeof express5) => void;

export interface ClosedApp {
  readonly api: GuardedApi;
  readonly app: Express;
  readonly routes: readonly Route[];
  readonly ask: (method: string, path: string, sent?: Sent) => Promise<Exchanged>;
}

/** An app that denies by default, and a way to ask it. */
export async function serve(express: typeof express5, build: Build): Promise<ClosedApp> {
  const api = createGuardedApi();
  const app = express();
  build(app, api, express);
  const routes = api.denyByDefault(app);
  const { port } = await listen(app);
  return {
    api,
    app,
    routes,
    ask: (method, path, sent) => exchange(port, method, path, sent),
  };
}

type Handle = (req: unknown, res: unknown, next: unknown) => unknown;

interface Layer {
  handle: Handle;
  readonly route?: { readonly stack: Layer[] };
}

/** What an app has been given so far. */
export function layersOf(app: Express): Layer[] {
  const either = app as unknown as { _router?: { stack: Layer[] }; router: { stack: Layer[] } };
  return (either._router ?? either.router).stack;
}

/** As instrumentation does it: another function, with the members of the first. */
export function wrap(original: Handle): Handle {
  return Object.assign((req: unknown, res: unknown, next: unknown) => original(req, res, next), original);
}
