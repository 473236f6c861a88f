import 'reflect-metadata';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';

import type { PrincipalOf } from '@auth/core';
import { AuthModule, CurrentPrincipal, NestAuth, Protect } from '@auth/nest';
import { Controller, Get, Inject, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { HttpsOptions } from '@nestjs/common/interfaces/external/https-options.interface.js';
import { ExpressAdapter } from '@nestjs/platform-express';

import { strongSignIn, type ApiAuth } from '../auth.js';
import type { Shop } from '../shop.js';
import { closeWithin, freeLoopbackPort, urlOf, type StartServer } from './server.js';

const shopToken = Symbol('shop');

const readOrders = {
  anyOf: [
    { scheme: 'access', scopes: ['orders:read'] },
    { scheme: 'keys', scopes: ['orders:read'] },
    { scheme: 'passwords', roles: ['clerk'] },
  ],
} as const;
const readPayouts = {
  anyOf: [{ scheme: 'bound', scopes: ['orders:read'] }, { scheme: 'certificates' }],
} as const;
const writeOrders = { scheme: 'access', scopes: ['orders:write'] } as const;
const payOut = { scheme: 'access', acr: [strongSignIn] } as const;
const readArchive = { scheme: 'asked', scopes: ['orders:read'] } as const;
const readLedger = { scheme: 'unreachable' } as const;
const importOrder = { anyOf: [{ scheme: 'signed' }, { scheme: 'aws' }] } as const;
const takeHook = { scheme: 'hooks' } as const;
const maybeSomebody = { optional: { scheme: 'access' } } as const;

@Controller()
class Orders {
  @Inject(shopToken) readonly shop!: Shop;

  @Get('orders')
  @Protect(readOrders)
  list(@CurrentPrincipal() reader: PrincipalOf<ApiAuth, typeof readOrders>): object {
    return this.shop.ordersOf(reader.subject);
  }

  @Post('orders')
  @Protect(writeOrders)
  add(@CurrentPrincipal() writer: PrincipalOf<ApiAuth, typeof writeOrders>): object {
    return this.shop.addOrder(writer.subject);
  }

  @Get('payouts')
  @Protect(readPayouts)
  payouts(@CurrentPrincipal() reader: PrincipalOf<ApiAuth, typeof readPayouts>): object {
    return this.shop.payoutsFor(reader.subject);
  }

  @Post('payouts')
  @Protect(payOut)
  payOut(@CurrentPrincipal() payer: PrincipalOf<ApiAuth, typeof payOut>): object {
    return this.shop.payoutsFor(payer.subject);
  }

  @Get('archive')
  @Protect(readArchive)
  archive(@CurrentPrincipal() reader: PrincipalOf<ApiAuth, typeof readArchive>): object {
    return this.shop.ordersOf(reader.subject);
  }

  @Get('ledger')
  @Protect(readLedger)
  ledger(@CurrentPrincipal() reader: PrincipalOf<ApiAuth, typeof readLedger>): object {
    return this.shop.payoutsFor(reader.subject);
  }

  @Post('imports')
  @Protect(importOrder)
  import(@CurrentPrincipal() signer: PrincipalOf<ApiAuth, typeof importOrder>): object {
    return this.shop.addOrder(signer.subject);
  }

  @Post('hooks')
  @Protect(takeHook)
  takeHook(@CurrentPrincipal() sender: PrincipalOf<ApiAuth, typeof takeHook>): object {
    return this.shop.addOrder(sender.subject);
  }

  @Get('me')
  @Protect(maybeSomebody)
  greet(@CurrentPrincipal() somebody: PrincipalOf<ApiAuth, typeof maybeSomebody>): object {
    return this.shop.greet(somebody?.subject);
  }

  @Get('health')
  @Protect({ public: true })
  health(): object {
    return this.shop.health();
  }

  // The mistake that denying by default is for: nobody put a guard here.
  @Get('internal/export')
  export(): object {
    return this.shop.exportEverything();
  }
}

class App {}

export const startNest: StartServer = async (auth, shop, tls) => {
  const root = {
    module: App,
    imports: [AuthModule.forRoot(auth)],
    controllers: [Orders],
    providers: [{ provide: shopToken, useValue: shop }],
  };
  const app = await NestFactory.create(root, new ExpressAdapter(), {
    logger: false,
    // The guard of signed requests sees the bytes as they came.
    rawBody: true,
    ...(tls && { httpsOptions: tls.options as HttpsOptions }),
  });
  await app.listen(freeLoopbackPort.port, freeLoopbackPort.host);
  const server = app.getHttpServer() as Server;
  tls?.follow(server as TlsServer, auth);
  return { url: urlOf(server), routes: app.get(NestAuth).routes(), stop: () => closeWithin(server, () => app.close()) };
};
