import 'reflect-metadata';
import {
  apiKey,
  createAuth,
  generateApiKey,
  type ApiKeyScheme,
  type Auth,
  type AuditEvent,
  type AuthOptions,
} from '@auth/core';
import { AuthModule } from '@auth/nest';
import { Module, type INestApplication, type ModuleMetadata, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

import { exchange, listen, type Exchanged, type Sent } from './exchange.js';

interface OneScheme extends Record<string, ApiKeyScheme> {
  readonly keys: ApiKeyScheme;
}

/** A guard with one API key, and everything that is known of what it did. */
export interface GuardedApi {
  readonly auth: Auth<OneScheme>;
  readonly events: readonly AuditEvent[];
  readonly errors: readonly unknown[];
  /** Fields that prove who calls. */
  readonly proof: Readonly<Record<string, string>>;
}

export function createGuardedApi(options: Partial<AuthOptions> = {}): GuardedApi {
  const key = generateApiKey('acme');
  const events: AuditEvent[] = [];
  const errors: unknown[] = [];
  const auth = createAuth({
    ...options,
    schemes: {
      keys: apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1', scopes: ['orders:read'] }] }),
    },
    audit: (event) => void events.push(event),
    onError: (error) => void errors.push(error),
  });
  return { auth, events, errors, proof: { 'x-api-key': key } };
}

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
  const adapter =
    platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter({ forceCloseConnections: true });
  return NestFactory.create(module, adapter as ExpressAdapter, {
    logger: false,
    abortOnError: false,
    forceCloseConnections: true,
    rawBody,
  });
}

/** Nest with these controllers behind the module, until the test ends. */
export async function serve(
  platform: Platform,
  auth: Parameters<typeof AuthModule.forRoot>[0],
  { imports = [], ...metadata }: ModuleMetadata,
  { rawBody = false, before }: ServeOptions = {},
): Promise<Served> {
  const app = await create(platform, moduleOf({ imports: [AuthModule.forRoot(auth), ...imports], ...metadata }), rawBody);
  await before?.(app);
  const port = await listen(app);
  return { app, port, ask: (method, path, sent) => exchange(port, method, path, sent) };
}
