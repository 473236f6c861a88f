export type { BodyContent, CallBody } from './body.js';
export type { CallInit } from './call.js';
export { ClientError, isClientError, type ClientErrorCode, type ClientErrorDetails } from './client-error.js';
export type { ClientEvent, ClientEventDetails } from './client-event.js';
export { createClient, type Client } from './create-client.js';
export type { ClientOptions } from './options.js';
export type { CallReport } from './pipeline.js';
export type { Redirects } from './redirect.js';
export type { Retry } from './retry.js';
export type { ClientFetch } from './skins/fetch.js';
export { apiKey, type ApiKeyOptions } from './strategies/api-key.js';
export { basic, type BasicOptions } from './strategies/basic.js';
export { bearer, type BearerOptions } from './strategies/bearer.js';
export { clientCredentials } from './strategies/client-credentials.js';
export type { ClientAuthentication, ClientCredentialsOptions } from './strategies/client-credentials-options.js';
export { none } from './strategies/none.js';
export type {
  Answer,
  Authenticator,
  OutgoingRequest,
  Prepared,
  Strategy,
  StrategyContext,
  Verdict,
} from './strategy.js';
export type { Fetch, Transport } from './transport.js';
