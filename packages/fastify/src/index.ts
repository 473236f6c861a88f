export {
  fastifyAuth,
  type FastifyAuth,
  type FastifyAuthRequest,
  type Guarded,
  type OnRequest,
  type Plugin,
} from './fastify-auth.js';
