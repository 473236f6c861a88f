import type { Awaitable, CachedToken } from '@auth/core/signing';

import type { ClientError } from '../client-error.js';

/** What makes one way of getting access tokens another: an authorization grant (RFC 6749 §1.3). */
export interface Grant {
  /** Names the strategy: `clientCredentials`. */
  readonly type: string;
  /** Names what its tokens depend on beside issuer, client, scopes and API; never a secret. */
  identify(): Awaitable<string>;
  /**
   * The members of the request that are its own.
   * @param last the token at hand, which may have ended
   */
  open(last: CachedToken | undefined, signal: AbortSignal): Awaitable<GrantRequest>;
  /** Sees a request that failed. True where the same one may be sent once more. */
  fail?(error: ClientError, request: GrantRequest): boolean;
}

export interface GrantRequest {
  readonly form: URLSearchParams;
  /** What no error may show. */
  readonly secrets: readonly string[];
}
