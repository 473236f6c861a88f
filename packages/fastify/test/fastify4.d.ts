/** Fastify 4 by the types of Fastify 5: what the tests use is the same in both. */
declare module 'fastify4' {
  import fastify from 'fastify';
  export default fastify;
}
