import type { Secret } from '../base/secret.js';
import type { Awaitable } from '../contracts/awaitable.js';

/** An access token as the client keeps it. */
export interface CachedToken {
  readonly accessToken: Secret<string>;
  /** What the next access token is got by (RFC 6749 §6). Such an entry is kept beyond `expiresAt`. */
  readonly refreshToken?: Secret<string>;
  /** Those granted; undefined where the answer named none, which means those asked for (RFC 6749 §5.1). */
  readonly scopes?: readonly string[];
  /** Seconds since the epoch: when it was asked for. */
  readonly obtainedAt: number;
  /** Seconds since the epoch; it is used while now is before it. */
  readonly expiresAt: number;
}

/**
 * Where the client keeps access tokens. A key names all that a token depends on: issuer, client, resource, scopes, audience.
 * What a store throws is an error of the call that needed a token.
 */
export interface TokenCache {
  find(key: string, signal?: AbortSignal): Awaitable<CachedToken | undefined>;
  /** Replaces what stands under the key. */
  save(key: string, token: CachedToken, signal?: AbortSignal): Awaitable<void>;
  /** Takes a token out that was refused, unless another has taken its place meanwhile. */
  remove(key: string, refused: CachedToken, signal?: AbortSignal): Awaitable<void>;
  /**
   * Waits until nobody else asks the issuer for this token, in this process or another, and answers how to let the others go on. Who
   * holds it and ends must not be waited for longer than 5 seconds. Left out by a cache that one process has.
   */
  lock?(key: string, signal?: AbortSignal): Awaitable<() => Awaitable<void>>;
}
