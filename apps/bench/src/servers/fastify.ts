import { fastifyAuth } from '@auth/fastify';
import fastifyJwt from '@fastify/jwt';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';

import { audience, issuer } from '../tokens.js';
import { createBenchAuth, host, orders, path, requirementOf, type Serving, type StartServer } from './setup.js';

export const startFastify: StartServer = async (serving) => {
  const app = fastify();
  const options = await guardOf(app, serving);
  app.get(path, options, async () => {
    serving.work();
    return orders;
  });
  await app.listen({ host, port: 0 });
  return app.server;
};

async function guardOf(app: FastifyInstance, serving: Serving): Promise<object> {
  switch (serving.guarding) {
    case 'api key':
    case 'jwt': {
      const { plugin, protect } = fastifyAuth(createBenchAuth(serving));
      await app.register(plugin);
      return protect(requirementOf(serving));
    }
    case 'rival':
    case 'rival, cached': {
      const cache = serving.guarding === 'rival, cached';
      const verify = { algorithms: ['RS256' as const], allowedIss: issuer, allowedAud: audience, cache };
      await app.register(fastifyJwt, { secret: { public: serving.pem }, verify });
      return { onRequest: async (request: FastifyRequest) => void (await request.jwtVerify()) };
    }
    case 'nothing':
    case 'node:crypto':
      return {};
  }
}
