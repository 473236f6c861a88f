import { describePass } from '@auth/core/testing';
import { fastifyAuth } from '@auth/fastify';
import fastify from 'fastify';

import { continueOnRead } from './continue.js';
import { closeInTime, urlOf, type StartHost } from './host.js';

export const startFastify: StartHost = async (config, auth) => {
  const { plugin, protect, mount } = fastifyAuth(auth);
  const app = fastify({
    bodyLimit: config.options.bodyLimitBytes ?? 2 ** 20,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
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
  continueOnRead(app.server);
  await app.listen(config.listen);
  return { url: urlOf(app.server), stop: () => closeInTime(app.server, () => app.close()) };
};

/** The bytes, or what Fastify's parser made of them, written again. */
function bodyOf(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  return Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
