export { expressAuth, type ExpressAuth, type ExpressRequest, type Guarded, type Next } from './express-auth.js';
export type { RoutedApp } from './routes.js';
export { keepRawBody } from '@auth/core/node';
