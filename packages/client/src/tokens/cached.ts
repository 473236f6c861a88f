import type { CachedToken, Clock, RandomSource, TokenCache } from '@auth/core/signing';

import { isClientError, type ClientError } from '../client-error.js';
import { drawFraction } from '../jitter.js';
import { orAborted, throwIfAborted } from '../wait.js';
import { Breaker } from './breaker.js';
import type { RequestToken, TokenSource } from './token-source.js';

export interface CachedTokensOptions {
  /** Names all that a token depends on. */
  readonly key: string;
  readonly cache: TokenCache;
  readonly request: RequestToken;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** The last part of a token's life, in which it is renewed ahead of its end. */
const aheadOfLifetime = 0.1;

/**
 * Tokens that are asked for once: from the cache, else by one request for all who wait. In the last tenth of its life a token is
 * renewed in the background while it is still used; where that fails, it is used to its end.
 */
export class CachedTokens implements TokenSource {
  readonly #options: CachedTokensOptions;
  readonly #breaker: Breaker;
  readonly #closed = new AbortController();
  #inFlight: Promise<CachedToken> | undefined;
  /** When the token at hand is renewed. Drawn for each, so that a fleet does not renew as one. */
  #renewal: { readonly of: number; readonly at: number } | undefined;

  constructor(options: CachedTokensOptions) {
    this.#options = options;
    this.#breaker = new Breaker(options.clock, options.random);
  }

  /** @throws ClientError of the request for a token, or of the last one while it is too early for another */
  async token(signal?: AbortSignal): Promise<CachedToken> {
    throwIfAborted(signal);
    const { cache, key, clock } = this.#options;
    const found = await cache.find(key, signal);
    const now = clock.now();
    if (found === undefined || now >= found.expiresAt) return orAborted(this.#request(), signal);
    if (now >= this.#renewalOf(found)) this.#request().catch(() => undefined);
    return found;
  }

  async refuse(token: CachedToken, signal?: AbortSignal): Promise<void> {
    await this.#options.cache.remove(this.#options.key, token, signal);
  }

  close(): void {
    this.#closed.abort();
  }

  #renewalOf({ obtainedAt, expiresAt }: CachedToken): number {
    if (this.#renewal?.of !== obtainedAt) {
      const share = aheadOfLifetime * (1 - drawFraction(this.#options.random) / 4);
      this.#renewal = { of: obtainedAt, at: expiresAt - (expiresAt - obtainedAt) * share };
    }
    return this.#renewal.at;
  }

  /** The one request under way, or a new one. */
  #request(): Promise<CachedToken> {
    return (this.#inFlight ??= this.#requestOne().finally(() => {
      this.#inFlight = undefined;
    }));
  }

  async #requestOne(): Promise<CachedToken> {
    const { cache, key, request } = this.#options;
    if (this.#breaker.error !== undefined) throw this.#breaker.error;
    const token = await request(this.#closed.signal).catch((error: unknown) => {
      if (isClientError(error)) this.#breaker.fail(error);
      throw error as ClientError;
    });
    this.#breaker.succeed();
    if (token.expiresAt > token.obtainedAt) await cache.save(key, token);
    return token;
  }
}
