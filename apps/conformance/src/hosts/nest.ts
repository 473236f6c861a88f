import 'reflect-metadata';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

import type { Allow, Auth } from '@auth/core';
import { keepRawBody } from '@auth/core/node';
import { describePass, type Config, type ConfiguredRoute } from '@auth/core/testing';
import { AuthModule, CurrentDecision, NestAuth, Protect } from '@auth/nest';
import {
  Controller,
  Module,
  Req,
  RequestMapping,
  RequestMethod,
  Res,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import express from 'express';
import type { FastifyReply } from 'fastify';

import { continueOnRead } from './continue.js';
import { closeInTime, urlOf, type StartHost } from './host.js';

export const startNest: StartHost = async (config, auth) => {
  const app = await NestFactory.create(moduleOf(config, auth), new ExpressAdapter(), {
    bodyParser: false,
    logger: false,
  });
  const limit = config.options.bodyLimitBytes ?? 2 ** 20;
  const keep = config.bodyParser !== 'before-lossy';
  if (config.bodyParser.startsWith('before'))
    app.use(express.json({ limit, strict: false, ...(keep && { verify: keepRawBody }) }));
  app.use(app.get(NestAuth).mount(config.handlers(auth)));
  return run(app, config);
};

export const startNestFastify: StartHost = async (config, auth) => {
  const bodyLimit = config.options.bodyLimitBytes ?? 2 ** 20;
  const adapter = new FastifyAdapter({ bodyLimit, forceCloseConnections: 'idle', return503OnClosing: false });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  // Fastify parses before Nest's guards; what stands after them reads the stream itself.
  if (config.bodyParser.startsWith('before')) {
    fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
      if (config.bodyParser === 'before') keepRawBody(request.raw, undefined, body as Buffer);
      done(null, body);
    });
  } else fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const app = await NestFactory.create<NestFastifyApplication>(moduleOf(config, auth), adapter, {
    bodyParser: false,
    logger: false,
  });
  app.use(app.get(NestAuth).mount(config.handlers(auth)));
  return run(app, config);
};

async function run(
  app: INestApplication,
  { listen: { host, port } }: Config,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = app.getHttpServer() as Server;
  continueOnRead(server);
  await app.listen(port, host);
  return { url: urlOf(server), stop: () => closeInTime(server, () => app.close()) };
}

function moduleOf({ routes }: Config, auth: Auth): Type {
  class Routes {}
  for (const [index, route] of routes.entries()) defineHandler(Routes, `route${index}`, route);
  Controller()(Routes);
  class App {}
  Module({ imports: [AuthModule.forRoot(auth)], controllers: [Routes] })(App);
  return App;
}

/** What decorators do, for a route of the configuration. */
function defineHandler({ prototype }: Type, name: string, { method, path, require, options }: ConfiguredRoute): void {
  const value = async (allow: Allow, req: ServedRequest, res: ServedResponse): Promise<void> => {
    const message = req.raw ?? req;
    const text = describePass({
      allow,
      method: req.method ?? '',
      target: req.originalUrl,
      body: bodyOf(req) ?? (await buffer(message)),
    });
    // Bytes: to text Fastify adds a charset. Nest has set 201 for POST.
    if ('raw' in res) return void res.code(200).header('content-type', 'application/json').send(Buffer.from(text));
    res.setHeader('content-type', 'application/json');
    res.statusCode = 200;
    res.end(text);
  };
  const descriptor = { configurable: true, value };
  Object.defineProperty(prototype, name, descriptor);
  RequestMapping({ path, method: RequestMethod[method as 'GET'] })(prototype as object, name, descriptor);
  if (require !== undefined) Protect(require, options)(prototype as object, name, descriptor);
  for (const [index, decorate] of [CurrentDecision(), Req(), Res()].entries())
    decorate(prototype as object, name, index);
}

type ServedRequest = IncomingMessage & {
  readonly raw?: IncomingMessage;
  readonly originalUrl: string;
  readonly body?: unknown;
};
type ServedResponse = ServerResponse | Pick<FastifyReply, 'raw' | 'code'>;

/** The bytes, or what a parser made of them, written again. */
function bodyOf({ body }: ServedRequest): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}
