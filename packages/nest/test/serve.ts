import 'reflect-metadata';
import type { AddressInfo, Server } from 'node:net';

import { AuthModule } from '@auth/nest';
import { Module, type INestApplication, type ModuleMetadata, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { onTestFinished } from 'vitest';

import { exchange, type Exchanged, type Sent } from '../../core/test/fixtures/adapters/exchange.js';

export type Platform = 'Express' | 'Fastify';

export interface Served {
  readonly app: INestApplication;
  readonly port: number;
  readonly ask: (method: string, path: string, sent?: Sent) => Promise<Exchanged>;
}

export interface ServeOptions {
  readonly rawBody?: boolean;
  /** What the application does before it listens. */
  readonly before?: (app: INestApplication) => unknown;
}

/** A module of the application, without a decorator. */
export function moduleOf(metadata: ModuleMetadata): Type {
  class App {}
  Module(metadata)(App);
  return App;
}

export function create(platform: Platform, module: Type, rawBody = false): Promise<INestApplication> {
  const adapter = platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter({ forceCloseConnections: true });
  return NestFactory.create(module, adapter as ExpressAdapter, {
    logger: false,
    abortOnError: false,
    forceCloseConnections: true,
    rawBody,
  });
}

/** Listens on a free port until the test ends. */
export async function listen(app: INestApplication): Promise<number> {
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  return ((app.getHttpServer() as Server).address() as AddressInfo).port;
}

/** Nest with these controllers behind the module, until the test ends. */
export async function serve(
  platform: Platform,
  auth: Parameters<typeof AuthModule.forRoot>[0],
  { imports = [], ...metadata }: ModuleMetadata,
  { rawBody = false, before }: ServeOptions = {},
): Promise<Served> {
  const app = await create(
    platform,
    moduleOf({ imports: [AuthModule.forRoot(auth), ...imports], ...metadata }),
    rawBody,
  );
  await before?.(app);
  const port = await listen(app);
  return { app, port, ask: (method, path, sent) => exchange(port, method, path, sent) };
}
