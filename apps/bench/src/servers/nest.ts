import 'reflect-metadata';
import { createPublicKey } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';

import { AuthModule, Protect } from '@auth/nest';
import {
  Controller,
  Get,
  Inject,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { ExpressAdapter } from '@nestjs/platform-express';

import { audience, issuer } from '../tokens.js';
import { createBenchAuth, host, orders, path, requirementOf, type Serving, type StartServer } from './setup.js';

export const startNest: StartServer = async (serving) => {
  const app = await NestFactory.create(moduleOf(serving), new ExpressAdapter(), { logger: false });
  await app.listen(0, host);
  return app.getHttpServer() as Server;
};

class App {}

/** As the documentation of Nest has it. */
class JwtGuard implements CanActivate {
  @Inject(JwtService) readonly jwt!: JwtService;

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers } = context.switchToHttp().getRequest<IncomingMessage>();
    const [type, token] = headers.authorization?.split(' ') ?? [];
    if (type !== 'Bearer' || token === undefined) throw new UnauthorizedException();
    try {
      await this.jwt.verifyAsync(token);
    } catch {
      throw new UnauthorizedException();
    }
    return true;
  }
}

function moduleOf(serving: Serving): DynamicModule {
  const Orders = controllerOf(serving);
  const root = { module: App, controllers: [Orders] };
  switch (serving.guarding) {
    case 'api key':
    case 'jwt':
      Protect(requirementOf(serving))(Orders);
      return { ...root, imports: [AuthModule.forRoot(createBenchAuth(serving))] };
    case 'rival': {
      UseGuards(JwtGuard)(Orders);
      const publicKey = createPublicKey(serving.pem);
      const verifyOptions = { algorithms: ['RS256' as const], issuer, audience };
      return { ...root, imports: [JwtModule.register({ publicKey, verifyOptions })] };
    }
    default:
      return root;
  }
}

function controllerOf({ work }: Serving): Type {
  @Controller()
  class Orders {
    @Get(path)
    list(): object {
      work();
      return orders;
    }
  }
  return Orders;
}
