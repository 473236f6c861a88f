import type { Awaitable, Clock, RandomSource } from '@auth/core/signing';

/** How a client authenticates itself at the token endpoint, by the names of RFC 8414 §2. */
export type ClientAuthenticationMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'
  | 'none';

/** What client authentication may depend on. */
export interface AuthenticationContext {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly signal: AbortSignal;
}

/** What was added to a request for a token, beside members of its form. */
export interface Authenticated {
  readonly authorization?: string;
  /** What no error may show, in every form in which it is sent. */
  readonly secrets: readonly string[];
}

/** Client authentication of one client at work (RFC 6749 §2.3). */
export interface ClientAuthentication {
  /** Authenticates one request. */
  apply(form: URLSearchParams, context: AuthenticationContext): Awaitable<Authenticated>;
  /** Takes another secret after this one was refused; false where there is none. */
  swap?(): boolean;
}
