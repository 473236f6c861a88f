import type { Awaitable, CachedToken, Clock, RandomSource, TokenCache } from '@auth/core/signing';

import { ClientError, isClientError } from '../client-error.js';
import type { ClientEventDetails } from '../client-event.js';
import { drawFraction } from '../jitter.js';
import { redactError } from '../redact.js';
import { orAborted, throwIfAborted } from '../wait.js';
import { Breaker } from './breaker.js';
import { RefusalMemory } from './refusal-memory.js';
import type { RequestToken, TokenSource } from './token-source.js';

export interface CachedTokensOptions {
  /** Names all that a token depends on. */
  readonly key: () => Awaitable<string>;
  readonly cache: TokenCache;
  readonly request: RequestToken;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly emit: (event: ClientEventDetails) => void;
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
  readonly #refusals: RefusalMemory;
  readonly #closed = new AbortController();
  readonly #unsaved = new WeakMap<CachedToken, ClientError>();
  #key: string | undefined;
  #inFlight: Promise<CachedToken> | undefined;
  /** When the token at hand is renewed. Drawn for each, so that a fleet does not renew as one. */
  #renewal: { readonly of: number; readonly at: number } | undefined;

  constructor(options: CachedTokensOptions) {
    this.#options = options;
    this.#breaker = new Breaker(options.clock, options.random);
    this.#refusals = new RefusalMemory(options.clock);
  }

  /** @throws ClientError of the request for a token, or of the last one while it is too early for another */
  token(signal?: AbortSignal): Awaitable<CachedToken> {
    throwIfAborted(signal);
    if (this.#key === undefined) return this.#findKey().then(() => this.token(signal));
    const found = this.#options.cache.find(this.#key, signal);
    return found instanceof Promise ? found.then((token) => this.#choose(token, signal)) : this.#choose(found, signal);
  }

  accept(token: CachedToken): void {
    this.#refusals.accept(token);
  }

  async refuse(token: CachedToken): Promise<boolean> {
    const { cache } = this.#options;
    const found = await cache.find(this.#key!);
    // Another caller was faster: what replaced the token has not been tried.
    if (found === undefined || !isSame(found, token)) return true;
    if (!this.#refusals.mayRenew(token)) return false;
    if (token.refreshToken === undefined) await cache.remove(this.#key!, token);
    // Its refresh token is all that there is to get another one by.
    else await cache.save(this.#key!, Object.freeze({ ...token, expiresAt: token.obtainedAt }));
    return true;
  }

  takeUnsaved(token: CachedToken): ClientError | undefined {
    const error = this.#unsaved.get(token);
    if (error !== undefined) this.#unsaved.delete(token);
    return error;
  }

  close(): void {
    this.#closed.abort();
  }

  #choose(found: CachedToken | undefined, signal: AbortSignal | undefined): Awaitable<CachedToken> {
    const now = this.#options.clock.now();
    if (found === undefined || now >= found.expiresAt) return orAborted(this.#request(), signal);
    if (now >= this.#renewalOf(found)) this.#request().catch(() => undefined);
    return found;
  }

  async #findKey(): Promise<void> {
    this.#key = await this.#options.key();
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
    if (this.#breaker.error !== undefined) throw this.#breaker.error;
    const { cache } = this.#options;
    const { signal } = this.#closed;
    const before = await cache.find(this.#key!, signal);
    const release = await cache.lock?.(this.#key!, signal);
    try {
      const last = release === undefined ? before : await cache.find(this.#key!, signal);
      // Another process had the lock: what it got is for all.
      if (last !== undefined && this.#isNewer(last, before)) return last;
      return await this.#requestAndSave(last);
    } finally {
      await release?.();
    }
  }

  #isNewer(token: CachedToken, before: CachedToken | undefined): boolean {
    const { clock } = this.#options;
    return clock.now() < token.expiresAt && (before === undefined || !isSame(token, before));
  }

  async #requestAndSave(last: CachedToken | undefined): Promise<CachedToken> {
    const { request } = this.#options;
    const token = await request(this.#closed.signal, last).catch((error: unknown) => {
      if (isClientError(error)) this.#breaker.fail(error);
      throw error as ClientError;
    });
    this.#breaker.succeed();
    this.#refusals.renewed(token);
    // One that has ended already is used once; its refresh token is kept.
    if (token.expiresAt > token.obtainedAt || token.refreshToken !== undefined) await this.#save(token);
    return token;
  }

  /** The token is good although it could not be saved: its call is made, and fails afterwards, so that somebody hears of it. */
  async #save(token: CachedToken): Promise<void> {
    try {
      await this.#options.cache.save(this.#key!, token);
    } catch (error) {
      const secrets = [
        token.accessToken.reveal(),
        ...(token.refreshToken === undefined ? [] : [token.refreshToken.reveal()]),
      ];
      const cause = redactError(error, secrets);
      this.#unsaved.set(token, new ClientError('token-store', 'the token could not be saved', { cause }));
      this.#options.emit({ kind: 'token-unsaved', rotated: token.refreshToken !== undefined });
    }
  }
}

/** Tokens that come from a shared cache are other objects each time. */
const isSame = (a: CachedToken, b: CachedToken): boolean =>
  a === b || a.accessToken.reveal() === b.accessToken.reveal();
