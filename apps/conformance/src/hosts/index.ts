import { startExpress } from './express.js';
import { startFastify } from './fastify.js';
import { startFetch } from './fetch.js';
import type { StartHost } from './host.js';

/** Every framework that the program serves, by the name on the command line. */
export const hosts: Readonly<Record<string, StartHost>> = {
  express: startExpress,
  fastify: startFastify,
  fetch: startFetch,
};
