import { startExpress } from './express.js';
import { startFastify } from './fastify.js';
import { startFetch } from './fetch.js';
import type { StartServer } from './server.js';

/** Every framework that the demo shows, in the order of the columns. */
export const frameworks: readonly (readonly [name: string, start: StartServer])[] = [
  ['express', startExpress],
  ['fastify', startFastify],
  ['fetch', startFetch],
];
