import { startExpress } from './express.js';
import { startFastify } from './fastify.js';
import { startFetch } from './fetch.js';
import { startKoa } from './koa.js';
import { startNest } from './nest.js';
import type { StartServer } from './server.js';

/** Every framework that the demo shows, in the order of the columns. The last is none: handlers for `Request` and `Response`. */
export const frameworks: readonly (readonly [name: string, start: StartServer])[] = [
  ['express', startExpress],
  ['fastify', startFastify],
  ['koa', startKoa],
  ['nest', startNest],
  ['fetch', startFetch],
];
