import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

import { describePass, type Config } from '@auth/core/testing';
import { expressAuth, keepRawBody } from '@auth/express';
import express, { type Request, type RequestHandler } from 'express';

import { listen, type StartHost } from './host.js';

export const startExpress: StartHost = (config, auth) => {
  const { protect, mount, denyByDefault } = expressAuth(auth);
  const app = express();
  // They read their bodies themselves: before any parser.
  app.use(mount(config.handlers(auth)));
  const parser = parserOf(config);
  if (config.bodyParser.startsWith('before')) app.use(parser);
  const after = config.bodyParser === 'after' ? [parser] : [];
  for (const { method, path, require, options } of config.routes) {
    const guard = require && protect(require, options);
    const respond: RequestHandler = async (req, res) => {
      const allow = guard?.decision(req) ?? { principal: null, principals: [] };
      res.setHeader('content-type', 'application/json');
      res.end(describePass({ allow, method: req.method, target: req.originalUrl, body: await bodyOf(req) }));
    };
    app.route(path)[method.toLowerCase() as 'get'](...(guard === undefined ? [] : [guard]), ...after, respond);
  }
  denyByDefault(app);
  return listen(createServer(app), config.listen, auth);
};

function parserOf({ bodyParser, options }: Config): RequestHandler {
  const limit = options.bodyLimitBytes ?? 2 ** 20;
  return express.json({ limit, strict: false, ...(bodyParser !== 'before-lossy' && { verify: keepRawBody }) });
}

/** The bytes, or what a parser made of them, written again. */
function bodyOf(req: Request & IncomingMessage): Promise<Uint8Array> | Uint8Array {
  return req.body === undefined ? buffer(req) : Buffer.from(JSON.stringify(req.body));
}
