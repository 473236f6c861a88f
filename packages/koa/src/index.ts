export { koaAuth, type Guarded, type KoaAuth, type KoaContext, type Middleware, type Next } from './koa-auth.js';
export type { RoutedRouter } from './routes.js';
export { keepRawBody } from '@auth/core/node';
