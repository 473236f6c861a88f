export type { EndSessionRequest } from './end-session.js';
export { createLoginHandlers, type LoginHandlersOptions } from './handlers.js';
export type { IdTokenClaims, IdTokenExpectation } from './id-token.js';
export type { FinishedLogin, LoginAnswer, LoginRequest, StartedLogin } from './login.js';
export type { LogoutTokenClaims } from './logout-token.js';
export { oidc, type OidcOptions, type OidcScheme, type PartyOfScheme } from './oidc.js';
export { isOidcError, OidcError, type OidcErrorCode } from './oidc-error.js';
export type { ClientAuthentication, RelyingPartyOptions } from './options.js';
export {
  createRelyingParty,
  type CallOptions,
  type RefreshedLogin,
  type RefreshRequest,
  type RelyingParty,
} from './relying-party.js';
export type { Tokens } from './tokens.js';
export type { UserinfoQuery } from './userinfo.js';
