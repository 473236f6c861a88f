// One server in a process of its own, which tells its parent how much processor time it has used.
import { createPublicKey, verify } from 'node:crypto';

import { portOf, type Serving, type Setup, type StartServer } from './servers/setup.js';

/** What the parent says. */
export type Order = { readonly kind: 'start'; readonly setup: Setup } | { readonly kind: 'usage' };

/** What the server answers. */
export type Report = { readonly port: number } | { readonly cpuUs: number } | { readonly error: string };

/** Loaded alone: what a framework brings is none of another's. */
const servers: Readonly<Record<string, () => Promise<StartServer>>> = {
  express: async () => (await import('./servers/express.js')).startExpress,
  fastify: async () => (await import('./servers/fastify.js')).startFastify,
  koa: async () => (await import('./servers/koa.js')).startKoa,
  nest: async () => (await import('./servers/nest.js')).startNest,
  fetch: async () => (await import('./servers/fetch.js')).startFetch,
};

const report = (message: Report): void => void process.send?.(message);

process.on('message', (order: Order) => {
  if (order.kind === 'usage') {
    const { user, system } = process.cpuUsage();
    report({ cpuUs: user + system });
    return;
  }
  start(order.setup).catch((error: Error) => report({ error: error.stack ?? error.message }));
});
process.on('disconnect', () => process.exit());

async function start(setup: Setup): Promise<void> {
  const load = servers[setup.framework];
  if (load === undefined) throw new Error(`no server is called ${setup.framework}`);
  const startServer = await load();
  const server = await startServer({ ...setup, work: workOf(setup) });
  // Connections rest while other servers are measured.
  server.keepAliveTimeout = 0;
  report({ port: portOf(server) });
}

function workOf({ guarding, pem, signed }: Setup): Serving['work'] {
  if (guarding !== 'node:crypto') return () => undefined;
  const key = createPublicKey(pem);
  const input = Buffer.from(signed.input, 'base64');
  const signature = Buffer.from(signed.signature, 'base64');
  return () => {
    if (!verify('sha256', input, key, signature)) throw new Error('the signature is not good');
  };
}
