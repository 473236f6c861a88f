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
