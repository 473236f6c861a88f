export {
  fetchAuth,
  type ClosedRoutes,
  type FetchAuth,
  type FetchHandler,
  type FetchRoutes,
  type GuardedHandler,
} from './fetch/fetch-auth.js';
export { toResponse } from './fetch/answer.js';
export type { FetchConnection } from './fetch/request.js';
