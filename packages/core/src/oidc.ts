export {
  createLoginHandlers,
  createRelyingParty,
  isOidcError,
  oidc,
  OidcError,
  type CallOptions,
  type ClientAuthentication,
  type EndSessionRequest,
  type FinishedLogin,
  type IdTokenClaims,
  type IdTokenExpectation,
  type LoginAnswer,
  type LoginHandlersOptions,
  type LoginRequest,
  type LogoutTokenClaims,
  type OidcErrorCode,
  type OidcOptions,
  type OidcScheme,
  type PartyOfScheme,
  type RefreshedLogin,
  type RefreshRequest,
  type RelyingParty,
  type RelyingPartyOptions,
  type StartedLogin,
  type Tokens,
  type UserinfoQuery,
} from './schemes/oidc/index.js';
export {
  session,
  type NewSession,
  type SessionCredentials,
  type SessionOptions,
  type SessionScheme,
  type SessionsOf,
} from './schemes/session/index.js';
export type { SessionEnd, SessionStore } from './contracts/stores.js';
export { createMemorySessions, type MemorySessionsOptions } from './stores/memory/sessions.js';
export type { ExchangeFetch, ExchangeFetchInit, ExchangeRequest, ExchangeResponse } from './http/exchange.js';
export type { SealingSecrets } from './keys/sealing-secrets.js';
