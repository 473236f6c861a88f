export type { AlertContext, AlertDetector, AlertReason, SecurityAlert } from './contracts/alerts.js';
export type {
  AlertEvent,
  AttemptEvent,
  AuditEvent,
  AuditSink,
  ConnectionEvent,
  CredentialEvent,
  Device,
  EventAnnotations,
  EventPermission,
  EventTarget,
  EventSignature,
  KeyEvent,
  PolicyEvent,
  SignalEvent,
} from './contracts/audit-event.js';
export type { Awaitable } from './contracts/awaitable.js';
export type { Clock, RandomSource } from './contracts/clock.js';
export type { Allow, Answer, Decision, Refuse } from './contracts/decision.js';
export type {
  CredentialAlert,
  Deed,
  EndpointContext,
  EndpointHost,
  ServeEndpoint,
  Served,
} from './contracts/endpoint.js';
export type { Code, Failure, HeaderList, Required } from './contracts/failure.js';
export type { Handler } from './contracts/handler.js';
export type { Jwk, JwkSet, KeyContext, KeyQuery, KeySource, VerificationKey } from './contracts/key.js';
export type {
  PolicyContext,
  PolicyEngine,
  PolicyHost,
  PolicyNote,
  PolicyQuery,
  Resource,
  ResourceOwner,
  Verdict,
} from './contracts/policy.js';
export type { Actor, Assurance, NoClaims, Principal } from './contracts/principal.js';
export type { AuthRequest, ClientCertificates, Connection, RequestHeaders } from './contracts/request.js';
export type {
  Ask,
  Exact,
  PrincipalByName,
  PrincipalFor,
  PrincipalsFor,
  Requirement,
  Schemes,
} from './contracts/requirement.js';
export type {
  LimitAnswer,
  LimitTake,
  RateLimit,
  RateLimitStore,
  ReplayStore,
  ReplayUse,
  RevocationEntry,
  RevocationStore,
  Stores,
} from './contracts/stores.js';
export type {
  Alert,
  CertificateReader,
  Challenge,
  ConfirmationMode,
  Confirmed,
  Confirmer,
  Context,
  Extracted,
  Limits,
  OneUse,
  ResourceMetadata,
  RevocableToken,
  Scheme,
  SecurityScheme,
  Verified,
  VerifiedPrincipal,
} from './contracts/scheme.js';
export type { Route } from './contracts/route.js';
export { systemClock } from './base/clock.js';
export { Secret } from './base/secret.js';
export type { JsonObject } from './base/strict-json.js';
export type { Argon2idCost, ScryptCost } from './crypto/crypto.js';
export { hashPassword, type PasswordHashParameters } from './crypto/password-hash.js';
export { ConfigurationError, isConfigurationError, type Fault } from './errors/configuration-error.js';
export { DependencyError, FailureError, isFailureError } from './errors/failure-error.js';
export { failure, failureRows, type FailureDetails, type FailureRow, type Reason } from './errors/failures.js';
export type { ClientAuthenticationMethod } from './client-authentication/authenticate.js';
export type { ClientOptions } from './client-authentication/options.js';
export type { AuditOption, AuditOptions, SinkOrCallback } from './guard/audit-options.js';
export type { CheckOptions } from './guard/check.js';
export type { ResourceParameters } from './guard/permissions.js';
export { createAuth, type AdapterSide, type Auth, type AuthOptions } from './guard/create-auth.js';
export type { Guard } from './guard/guard.js';
export type { OnAllow } from './guard/settings.js';
export type { RequestSettings } from './http/target-uri.js';
export type { PrincipalOf } from './guard/principal-of.js';
export type { AccessTokenParameter, BearerToken } from './schemes/access-token/bearer.js';
export type { ResourceMetadataOptions } from './schemes/access-token/resource-metadata.js';
export { formatChallenge, type ChallengeParameter } from './http/challenge.js';
export type { Fetch, FetchedResponse, FetchInit } from './http/document-fetcher.js';
export type { ProblemOptions } from './http/problem.js';
export type { InsecureTransport } from './http/transport.js';
export type { ClientCertificateForm } from './http/client-certificate.js';
export type { ForwardedField } from './http/trusted-proxy.js';
export type { FailureLimit, ThrottleOptions } from './throttle/options.js';
export type { KeySetOptions } from './keys/issuer-keys.js';
export {
  apiKey,
  createApiKeyHandlers,
  createApiKeyManager,
  generateApiKey,
  type ApiKeyCredentials,
  type ApiKeyEntry,
  type ApiKeyHandlersOptions,
  type ApiKeyListQuery,
  type ApiKeyLocation,
  type ApiKeyManager,
  type ApiKeyManagerOptions,
  type ApiKeyOptions,
  type ApiKeyRights,
  type ApiKeyRightsChange,
  type ApiKeyScheme,
  type CreatedApiKey,
  type Rights,
} from './schemes/api-key/index.js';
export {
  basic,
  type BasicCredentials,
  type BasicOptions,
  type BasicScheme,
  type BasicUser,
  type UsernameProfile,
} from './schemes/basic/index.js';
export {
  introspection,
  type IntrospectionOptions,
  type IntrospectionScheme,
  type SignedResponse,
} from './schemes/introspection/index.js';
export {
  hmac,
  type HmacKey,
  type HmacOptions,
  type HmacProfiles,
  type HmacScheme,
  type ProfileKey,
  type ProfileOptions,
  type PublicProfileKey,
  type SigV4Options,
  type WebhookOptions,
  type WebhookProfileName,
} from './schemes/hmac/index.js';
export {
  httpSignature,
  type HttpSignatureKey,
  type HttpSignatureOptions,
  type HttpSignatureScheme,
  type NonceMode,
  type ResponseSignatureOptions,
  type SignedRequestCredentials,
  type SignedRequestOptions,
  type SignerOptions,
} from './schemes/http-signature/index.js';
export {
  jwt,
  type ClaimMapOptions,
  type ClaimName,
  type IssuerOptions,
  type JwtOptions,
  type JwtScheme,
  type JwtSchemeOptions,
  type ManyIssuersOptions,
  type OneIssuerOptions,
  type ResolvedIssuer,
  type ResolvedIssuersOptions,
  type ResolveIssuer,
  type EncryptedToken,
  type JwtCredentials,
  type ParsedToken,
  type TokenProfile,
} from './schemes/jwt/index.js';
export type {
  ApiKeyChange,
  ApiKeyQuery,
  ApiKeyRecord,
  ApiKeyStore,
  ApiKeySuccessor,
  ApiKeyUse,
  CredentialStore,
  HashReplacement,
  PasswordRecord,
  PasswordStore,
} from './stores/credentials.js';
export { createMemoryCredentials } from './stores/memory/credentials.js';
export { createMemoryRateLimits, type MemoryRateLimitsOptions } from './stores/memory/rate-limits.js';
export { revokeTokens, type Revocation, type RevocationKind } from './stores/revocation.js';
export { createMemoryRevocation, type MemoryRevocationOptions } from './stores/memory/revocation.js';
export { createMemoryReplay, type MemoryReplayOptions } from './stores/memory/replay.js';
export { createMemoryPasswords } from './stores/memory/passwords.js';
