import type { Server } from 'node:http';

import { describePass } from '@auth/core/testing';
import { fastifyAuth } from '@auth/fastify';
import fastify, { type FastifyHttpOptions } from 'fastify';

import { closeInTime, prepare, serverOptions, urlOf, type StartHost } from './host.js';

export const startFastify: StartHost = async (config, auth) => {
  const { plugin, protect, mount } = fastifyAuth(auth);
  // Its types have an overload for each kind of server; the routes are the same.
  const app = fastify({
    ...serverOptions(config),
    bodyLimit: config.options.bodyLimitBytes ?? 2 ** 20,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  } as FastifyHttpOptions<Server>);
  await app.register(plugin);
  await app.register(mount(config.handlers(auth)));
  if (config.bodyParser === 'none') app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  for (const { method, path, require, options } of config.routes) {
    const guard = require && protect(require, options);
    app.route({
      ...guard,
      method,
      url: path,
      handler(request, reply) {
        const allow = guard?.decision(request) ?? { principal: null, principals: [] };
        const text = describePass({
          allow,
          method: request.method,
          target: request.originalUrl,
          body: bodyOf(request.body),
        });
        return reply.header('content-type', 'application/json').send(Buffer.from(text));
      },
    });
  }
  prepare(app.server, config, auth);
  await app.listen(config.listen);
  const stop = async (): Promise<void> => {
    await closeInTime(app.server, () => app.close());
    config.tls?.close();
  };
  return { url: urlOf(app.server, config), stop };
};

/** The bytes, or what Fastify's parser made of them, written again. */
function bodyOf(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  return Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
