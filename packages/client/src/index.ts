export type { BodyContent, CallBody } from './body.js';
export type { CallInit } from './call.js';
export type { Challenge, Reaction } from './challenge.js';
export type { ClientAuthenticationMethod } from './client-authentication/client-authentication.js';
export type { ClientAuthenticationOptions } from './client-authentication/options.js';
export type { ClientExchange, OutgoingCall } from './client-exchange.js';
export { ClientError, isClientError, type ClientErrorCode, type ClientErrorDetails } from './client-error.js';
export type { ClientEvent, ClientEventDetails } from './client-event.js';
export { createClient, type Client } from './create-client.js';
export type { ClientOptions } from './options.js';
export type { CallReport } from './pipeline.js';
export type { Redirects } from './redirect.js';
export type { Retry } from './retry.js';
export type { ClientFetch } from './skins/fetch.js';
export type { ResponseVerifier } from './signed-response.js';
export { awsSigV4, type AwsSigV4Options } from './signers/aws-sig-v4.js';
export { httpSignature, type HttpSignatureOptions } from './signers/http-signature.js';
export type { SignableRequest, Signer, SigningContext } from './signers/signer.js';
export { standardWebhooks, type StandardWebhooksOptions } from './signers/standard-webhooks.js';
export { apiKey, type ApiKeyOptions } from './strategies/api-key.js';
export { basic, type BasicOptions } from './strategies/basic.js';
export { bearer, type BearerOptions, type FindToken } from './strategies/bearer.js';
export { clientCredentials, type ClientCredentialsOptions } from './strategies/client-credentials.js';
export { fallback } from './strategies/fallback.js';
export { jwtBearer, type JwtBearerOptions } from './strategies/jwt-bearer.js';
export { none } from './strategies/none.js';
export { refreshToken, type RefreshTokenOptions } from './strategies/refresh-token.js';
export { tokenExchange, type TokenExchangeOptions } from './strategies/token-exchange.js';
export type { TokenOptions } from './strategies/token-options.js';
export type {
  Answer,
  AnswerHeaders,
  Authenticator,
  OutgoingRequest,
  Prepared,
  Strategy,
  StrategyContext,
  Verdict,
} from './strategy.js';
export type { TokenSupplier } from './token-supplier.js';
export type { Fetch, Transport } from './transport.js';
