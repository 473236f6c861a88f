import { koaAuth } from '@auth/koa';
import { Router } from '@koa/router';
import Koa from 'koa';

import { strongSignIn } from '../auth.js';
import { closeServer, createServerFor, listen, urlOf, type StartServer } from './server.js';

export const startKoa: StartServer = async (auth, shop, tls) => {
  const { protect, denyByDefault } = koaAuth(auth);
  const router = new Router();

  const readOrders = protect({
    anyOf: [
      { scheme: 'access', scopes: ['orders:read'] },
      { scheme: 'keys', scopes: ['orders:read'] },
      { scheme: 'passwords', roles: ['clerk'] },
    ],
  });
  router.get('/orders', readOrders, (ctx) => {
    ctx.body = shop.ordersOf(readOrders.principal(ctx).subject);
  });

  const writeOrders = protect({ scheme: 'access', scopes: ['orders:write'] });
  router.post('/orders', writeOrders, (ctx) => {
    ctx.status = 201;
    ctx.body = shop.addOrder(writeOrders.principal(ctx).subject);
  });

  const readPayouts = protect({
    anyOf: [{ scheme: 'bound', scopes: ['orders:read'] }, { scheme: 'certificates' }],
  });
  router.get('/payouts', readPayouts, (ctx) => {
    ctx.body = shop.payoutsFor(readPayouts.principal(ctx).subject);
  });

  const payOut = protect({ scheme: 'access', acr: [strongSignIn] });
  router.post('/payouts', payOut, (ctx) => {
    ctx.status = 201;
    ctx.body = shop.payoutsFor(payOut.principal(ctx).subject);
  });

  const readArchive = protect({ scheme: 'asked', scopes: ['orders:read'] });
  router.get('/archive', readArchive, (ctx) => {
    ctx.body = shop.ordersOf(readArchive.principal(ctx).subject);
  });

  const readLedger = protect({ scheme: 'unreachable' });
  router.get('/ledger', readLedger, (ctx) => {
    ctx.body = shop.payoutsFor(readLedger.principal(ctx).subject);
  });

  const importOrder = protect({ anyOf: [{ scheme: 'signed' }, { scheme: 'aws' }] });
  router.post('/imports', importOrder, (ctx) => {
    ctx.status = 201;
    ctx.body = shop.addOrder(importOrder.principal(ctx).subject);
  });

  const takeHook = protect({ scheme: 'hooks' });
  router.post('/hooks', takeHook, (ctx) => {
    ctx.status = 201;
    ctx.body = shop.addOrder(takeHook.principal(ctx).subject);
  });

  const maybeSomebody = protect({ optional: { scheme: 'access' } });
  router.get('/me', maybeSomebody, (ctx) => {
    ctx.body = shop.greet(maybeSomebody.principal(ctx)?.subject);
  });

  router.get('/health', protect({ public: true }), (ctx) => {
    ctx.body = shop.health();
  });

  // The mistake that denyByDefault is for: nobody put a guard here.
  router.get('/internal/export', (ctx) => {
    ctx.body = shop.exportEverything();
  });

  const routes = denyByDefault(router);
  const respond = new Koa().use(router.routes()).use(router.allowedMethods()).callback();
  const server = await listen(createServerFor((req, res) => void respond(req, res), auth, tls));
  return { url: urlOf(server), routes, stop: () => closeServer(server) };
};
