export { AuthGuard } from './auth-guard.js';
export { AuthModule, type AuthModuleAsyncOptions } from './auth-module.js';
export { CurrentDecision, CurrentPrincipal, Protect } from './decorators.js';
export { NestAuth, type AnyAuth } from './nest-auth.js';
export type { NestRequest } from './nest-request.js';
export { RefusalException } from './refusal.js';
