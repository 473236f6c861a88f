export { AuthModule, type AuthModuleAsyncOptions } from './auth-module.js';
export { CurrentDecision, CurrentPrincipal, Protect } from './decorators.js';
export { AuthGuard, NestAuth, type AnyAuth } from './nest-auth.js';
export type { NestRequest } from './nest-request.js';
export { RefusalException, RefusalFilter } from './refusal.js';
