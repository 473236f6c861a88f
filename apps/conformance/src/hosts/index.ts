import type { Fault } from '@auth/core';
import type { Config } from '@auth/core/testing';

import { startExpress } from './express.js';
import { startFastify } from './fastify.js';
import { startFetch } from './fetch.js';
import type { StartHost } from './host.js';
import { startKoa } from './koa.js';
import { startNest, startNestFastify } from './nest.js';

/** Every framework that the program serves, by the name on the command line. */
export const hosts: Readonly<Record<string, StartHost>> = {
  express: startExpress,
  fastify: startFastify,
  fetch: startFetch,
  koa: startKoa,
  nest: startNest,
  'nest-fastify': startNestFastify,
};

// Express answers with messages of its own, which are those of HTTP/1.1.
const http1Only: ReadonlySet<string> = new Set(['express', 'nest']);

/** What a framework cannot serve of a configuration. */
export function faultsIn(framework: string, { http2 }: Config): readonly Fault[] {
  if (!http2 || !http1Only.has(framework)) return [];
  const message = 'cannot be spoken by Express: leave it out, or take fastify, koa, nest-fastify or fetch';
  return [{ path: 'http2', reason: 'http2-unsupported', message }];
}
