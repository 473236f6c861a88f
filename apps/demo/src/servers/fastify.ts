import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';

import { fastifyAuth } from '@auth/fastify';
import fastify, { type FastifyHttpOptions } from 'fastify';

import { strongSignIn } from '../auth.js';
import { closeWithin, freeLoopbackPort, urlOf, type StartServer } from './server.js';

export const startFastify: StartServer = async (auth, shop, tls) => {
  const { plugin, protect, routes } = fastifyAuth(auth);
  // Its types have an overload for each kind of server; the routes are the same.
  const app = fastify({
    forceCloseConnections: 'idle',
    ...(tls && { https: tls.options }),
  } as FastifyHttpOptions<Server>);
  tls?.follow(app.server as TlsServer, auth);
  // Denies by default, so it comes before the first route.
  await app.register(plugin);

  const readOrders = protect({
    anyOf: [
      { scheme: 'access', scopes: ['orders:read'] },
      { scheme: 'keys', scopes: ['orders:read'] },
      { scheme: 'passwords', roles: ['clerk'] },
    ],
  });
  app.get('/orders', readOrders, async (request) => shop.ordersOf(readOrders.principal(request).subject));

  const writeOrders = protect({ scheme: 'access', scopes: ['orders:write'] });
  app.post('/orders', writeOrders, async (request, reply) => {
    reply.code(201);
    return shop.addOrder(writeOrders.principal(request).subject);
  });

  const readPayouts = protect({
    anyOf: [{ scheme: 'bound', scopes: ['orders:read'] }, { scheme: 'certificates' }],
  });
  app.get('/payouts', readPayouts, async (request) => shop.payoutsFor(readPayouts.principal(request).subject));

  const payOut = protect({ scheme: 'access', acr: [strongSignIn] });
  app.post('/payouts', payOut, async (request, reply) => {
    reply.code(201);
    return shop.payoutsFor(payOut.principal(request).subject);
  });

  const readArchive = protect({ scheme: 'asked', scopes: ['orders:read'] });
  app.get('/archive', readArchive, async (request) => shop.ordersOf(readArchive.principal(request).subject));

  const readLedger = protect({ scheme: 'unreachable' });
  app.get('/ledger', readLedger, async (request) => shop.payoutsFor(readLedger.principal(request).subject));

  const importOrder = protect({ anyOf: [{ scheme: 'signed' }, { scheme: 'aws' }] });
  app.post('/imports', importOrder, async (request, reply) => {
    reply.code(201);
    return shop.addOrder(importOrder.principal(request).subject);
  });

  const takeHook = protect({ scheme: 'hooks' });
  app.post('/hooks', takeHook, async (request, reply) => {
    reply.code(201);
    return shop.addOrder(takeHook.principal(request).subject);
  });

  const maybeSomebody = protect({ optional: { scheme: 'access' } });
  app.get('/me', maybeSomebody, async (request) => shop.greet(maybeSomebody.principal(request)?.subject));

  app.get('/health', protect({ public: true }), async () => shop.health());

  // The mistake that denying by default is for: nobody put a guard here.
  app.get('/internal/export', async () => shop.exportEverything());

  await app.listen(freeLoopbackPort);
  return { url: urlOf(app.server), routes: routes(), stop: () => closeWithin(app.server, () => app.close()) };
};
