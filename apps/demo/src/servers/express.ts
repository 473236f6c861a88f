import { expressAuth } from '@auth/express';
import express from 'express';

import { strongSignIn } from '../auth.js';
import { closeServer, createServerFor, listen, urlOf, type StartServer } from './server.js';

export const startExpress: StartServer = async (auth, shop, tls) => {
  const { protect, denyByDefault } = expressAuth(auth);
  const app = express();

  const readOrders = protect({
    anyOf: [
      { scheme: 'access', scopes: ['orders:read'] },
      { scheme: 'keys', scopes: ['orders:read'] },
      { scheme: 'passwords', roles: ['clerk'] },
    ],
  });
  app.get('/orders', readOrders, (req, res) => {
    res.json(shop.ordersOf(readOrders.principal(req).subject));
  });

  const writeOrders = protect({ scheme: 'access', scopes: ['orders:write'] });
  app.post('/orders', writeOrders, (req, res) => {
    res.status(201).json(shop.addOrder(writeOrders.principal(req).subject));
  });

  const readPayouts = protect({
    anyOf: [{ scheme: 'bound', scopes: ['orders:read'] }, { scheme: 'certificates' }],
  });
  app.get('/payouts', readPayouts, (req, res) => {
    res.json(shop.payoutsFor(readPayouts.principal(req).subject));
  });

  const payOut = protect({ scheme: 'access', acr: [strongSignIn] });
  app.post('/payouts', payOut, (req, res) => {
    res.status(201).json(shop.payoutsFor(payOut.principal(req).subject));
  });

  const readArchive = protect({ scheme: 'asked', scopes: ['orders:read'] });
  app.get('/archive', readArchive, (req, res) => {
    res.json(shop.ordersOf(readArchive.principal(req).subject));
  });

  const readLedger = protect({ scheme: 'unreachable' });
  app.get('/ledger', readLedger, (req, res) => {
    res.json(shop.payoutsFor(readLedger.principal(req).subject));
  });

  const importOrder = protect({ anyOf: [{ scheme: 'signed' }, { scheme: 'aws' }] });
  app.post('/imports', importOrder, (req, res) => {
    res.status(201).json(shop.addOrder(importOrder.principal(req).subject));
  });

  const takeHook = protect({ scheme: 'hooks' });
  app.post('/hooks', takeHook, (req, res) => {
    res.status(201).json(shop.addOrder(takeHook.principal(req).subject));
  });

  const maybeSomebody = protect({ optional: { scheme: 'access' } });
  app.get('/me', maybeSomebody, (req, res) => {
    res.json(shop.greet(maybeSomebody.principal(req)?.subject));
  });

  app.get('/health', protect({ public: true }), (_req, res) => {
    res.json(shop.health());
  });

  // The mistake that denyByDefault is for: nobody put a guard here.
  app.get('/internal/export', (_req, res) => {
    res.json(shop.exportEverything());
  });

  const routes = denyByDefault(app);
  const server = await listen(createServerFor(app, auth, tls));
  return { url: urlOf(server), routes, stop: () => closeServer(server) };
};
