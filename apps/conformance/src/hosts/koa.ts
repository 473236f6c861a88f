import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

import { describePass, type Config } from '@auth/core/testing';
import { keepRawBody, koaAuth } from '@auth/koa';
import { Router } from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';

import { listen, type StartHost } from './host.js';

export const startKoa: StartHost = (config, auth) => {
  const { protect, mount, denyByDefault } = koaAuth(auth);
  const router = new Router();
  const parser = parserOf(config);
  if (config.bodyParser.startsWith('before')) router.use(parser);
  const after = config.bodyParser === 'after' ? [parser] : [];
  for (const { method, path, require, options } of config.routes) {
    const guard = require && protect(require, options);
    const respond: Middleware = async (ctx) => {
      const allow = guard?.decision(ctx) ?? { principal: null, principals: [] };
      const text = describePass({ allow, method: ctx.method, target: ctx.originalUrl, body: await bodyOf(ctx) });
      ctx.set('content-type', 'application/json');
      ctx.body = Buffer.from(text);
    };
    router.register(path, [method], [...(guard === undefined ? [] : [guard]), ...after, respond]);
  }
  denyByDefault(router);
  const app = new Koa()
    .use(mount(config.handlers(auth)))
    .use(router.routes())
    .use(router.allowedMethods());
  app.silent = true;
  const handle = app.callback();
  return listen(
    createServer((req, res) => void handle(req, res)),
    config.listen,
    auth,
  );
};

/** Koa brings no body parser; like the known ones, this leaves what it parsed on the context. */
function parserOf({ bodyParser, options }: Config): Middleware {
  const limit = options.bodyLimitBytes ?? 2 ** 20;
  return async (ctx, next) => {
    if (ctx.is('json') === 'json') {
      const bytes = await buffer(ctx.req);
      if (bytes.length > limit) ctx.throw(413);
      if (bodyParser !== 'before-lossy') keepRawBody(ctx.req, ctx.res, bytes);
      ctx.state['parsed'] = parse(bytes) ?? ctx.throw(400);
    }
    return next();
  };
}

function parse(bytes: Buffer): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(bytes.toString()) as unknown };
  } catch {
    return undefined;
  }
}

/** The bytes, or what a parser made of them, written again. */
function bodyOf({ state, req }: Context): Promise<Uint8Array> | Uint8Array {
  const parsed = state['parsed'] as ReturnType<typeof parse>;
  return parsed === undefined ? buffer(req) : Buffer.from(JSON.stringify(parsed.json));
}
