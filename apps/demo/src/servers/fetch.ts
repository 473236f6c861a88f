import { fetchAuth } from '@auth/core/fetch';

import { strongSignIn } from '../auth.js';
import { toRequestListener } from './node-http.js';
import { closeServer, createServerFor, listen, urlOf, type StartServer } from './server.js';

export const startFetch: StartServer = async (auth, shop, tls) => {
  const { protect, denyByDefault } = fetchAuth(auth);

  const readOrders = protect(
    {
      anyOf: [
        { scheme: 'access', scopes: ['orders:read'] },
        { scheme: 'keys', scopes: ['orders:read'] },
        { scheme: 'passwords', roles: ['clerk'] },
      ],
    },
    (_request, { principal }) => Response.json(shop.ordersOf(principal.subject)),
  );

  const writeOrders = protect({ scheme: 'access', scopes: ['orders:write'] }, (_request, { principal }) =>
    Response.json(shop.addOrder(principal.subject), { status: 201 }),
  );

  const readPayouts = protect(
    { anyOf: [{ scheme: 'bound', scopes: ['orders:read'] }, { scheme: 'certificates' }] },
    (_request, { principal }) => Response.json(shop.payoutsFor(principal.subject)),
  );

  const payOut = protect({ scheme: 'access', acr: [strongSignIn] }, (_request, { principal }) =>
    Response.json(shop.payoutsFor(principal.subject), { status: 201 }),
  );

  const readArchive = protect({ scheme: 'asked', scopes: ['orders:read'] }, (_request, { principal }) =>
    Response.json(shop.ordersOf(principal.subject)),
  );

  const readLedger = protect({ scheme: 'unreachable' }, (_request, { principal }) =>
    Response.json(shop.payoutsFor(principal.subject)),
  );

  const importOrder = protect({ anyOf: [{ scheme: 'signed' }, { scheme: 'aws' }] }, (_request, { principal }) =>
    Response.json(shop.addOrder(principal.subject), { status: 201 }),
  );

  const takeHook = protect({ scheme: 'hooks' }, (_request, { principal }) =>
    Response.json(shop.addOrder(principal.subject), { status: 201 }),
  );

  const maybeSomebody = protect({ optional: { scheme: 'access' } }, (_request, { principal }) =>
    Response.json(shop.greet(principal?.subject)),
  );

  const health = protect({ public: true }, () => Response.json(shop.health()));

  // The mistake that denyByDefault is for: nobody put a guard around it.
  const forgotten = () => Response.json(shop.exportEverything());

  const { handlers, routes } = denyByDefault({
    '/orders': { GET: readOrders, POST: writeOrders },
    '/payouts': { GET: readPayouts, POST: payOut },
    '/archive': { GET: readArchive },
    '/ledger': { GET: readLedger },
    '/imports': { POST: importOrder },
    '/hooks': { POST: takeHook },
    '/me': { GET: maybeSomebody },
    '/health': { GET: health },
    '/internal/export': { GET: forgotten },
  });

  // Bun and Deno take such handlers as they are; Node wants them translated.
  const server = await listen(createServerFor(toRequestListener(handlers), auth, tls));
  return { url: urlOf(server), routes, stop: () => closeServer(server) };
};
