import { toOpenApi } from '@auth/core/openapi';

import { loadConfiguration } from './configuration.js';
import { createSharedStores } from './shared-stores.js';

/** `routes`: one JSON line a route, or the OpenAPI document. */
export function printRoutes(file: string, openapi: boolean): void {
  const { routes, options } = loadConfiguration(file, undefined, createSharedStores().open);
  const listed = routes.map(({ method, path, require }) => ({ method, path, require: require ?? null }));
  if (!openapi) {
    for (const route of listed) process.stdout.write(`${JSON.stringify(route)}\n`);
    return;
  }
  const document = toOpenApi({
    auth: options,
    routes: listed.map(({ method, path, require }) => ({ method, path, requirement: require })),
    info: { title: 'Conformance', version: '0' },
  });
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
