import type { Awaitable, CachedToken, Clock, RandomSource, TokenCache } from '@auth/core/signing';

import { ClientError, isClientError } from '../client-error.js';
import type { ClientEventDetails } from '../client-event.js';
import { drawFraction } from '../jitter.js';
import { redactError } from '../redact.js';
import { orAborted, throwIfAborted } from '../wait.js';
import { Breaker } from './breaker.js';
import { RefusalMemory } from './refusal-memory.js';
import type { RevokeToken } from './revoke-token.js';
import type { RequestToken, TokenSource } from './token-source.js';

export interface CachedTokensOptions {
  /** Names all that a token depends on. */
  readonly key: (binding: string) => Promise<string>;
  /** Names what tokens are bound to now: another certificate has tokens of its own. */
  readonly binding: () => string;
  readonly cache: TokenCache;
  readonly request: RequestToken;
  /** What is done with the token at hand when the source is closed; undefined: nothing. */
  readonly revoke: RevokeToken | undefined;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly emit: (event: ClientEventDetails) => void;
}

const cached = Object.freeze({ kind: 'token-cached' } as const);
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
  #bound = '';
  #rebinding: Promise<void> | undefined;
  /** One that the cache did not take: it is newer than what stands there. */
  #kept: CachedToken | undefined;
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
    if (this.#key === undefined || this.#bound !== this.#options.binding())
      return this.#bind().then(() => this.token(signal));
    const found = this.#find(signal);
    return found instanceof Promise ? found.then((token) => this.#choose(token, signal)) : this.#choose(found, signal);
  }

  accept(token: CachedToken): void {
    this.#refusals.accept(token);
  }

  async refuse(token: CachedToken): Promise<boolean> {
    const { cache } = this.#options;
    const found = await this.#find();
    // Another caller was faster: what replaced the token has not been tried.
    if (found === undefined || !isSame(found, token)) return true;
    if (!this.#refusals.mayRenew(token)) return false;
    // Its refresh token is all that there is to get another one by.
    const ended = token.refreshToken && Object.freeze({ ...token, expiresAt: token.obtainedAt });
    if (this.#kept !== undefined) this.#kept = ended;
    else if (ended === undefined) await cache.remove(this.#key!, token);
    else await cache.save(this.#key!, ended);
    return true;
  }

  takeUnsaved(token: CachedToken): ClientError | undefined {
    const error = this.#unsaved.get(token);
    if (error !== undefined) this.#unsaved.delete(token);
    return error;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    const { revoke, cache } = this.#options;
    // One that this client never looked for is somebody else's.
    if (revoke === undefined || this.#key === undefined) return;
    try {
      // What comes just now is saved first.
      await this.#inFlight?.catch(() => undefined);
      const found = await this.#find();
      if (found === undefined) return;
      await revoke(found);
      await cache.remove(this.#key, found);
    } catch {
      // A cache that cannot be read: its tokens end by themselves.
    }
  }

  #choose(found: CachedToken | undefined, signal: AbortSignal | undefined): Awaitable<CachedToken> {
    const now = this.#options.clock.now();
    if (found === undefined || now >= found.expiresAt) return orAborted(this.#request(found), signal);
    if (now >= this.#renewalOf(found)) this.#request(found).catch(() => undefined);
    this.#options.emit(cached);
    return found;
  }

  /** Once for all who wait. */
  #bind(): Promise<void> {
    return (this.#rebinding ??= this.#bindOnce().finally(() => {
      this.#rebinding = undefined;
    }));
  }

  /** Access tokens that are bound to what is no longer there are dropped. */
  async #bindOnce(): Promise<void> {
    const { binding, cache, key } = this.#options;
    const bound = binding();
    const next = await key(bound);
    const last = this.#key;
    const old = last === undefined ? undefined : (this.#kept ?? (await cache.find(last)));
    this.#kept = undefined;
    if (old !== undefined && last !== undefined) await cache.remove(last, old);
    // A refresh token goes on: the one that it was got by first may have been replaced.
    if (old?.refreshToken !== undefined) await cache.save(next, Object.freeze({ ...old, expiresAt: old.obtainedAt }));
    this.#bound = bound;
    this.#key = next;
  }

  #renewalOf({ obtainedAt, expiresAt }: CachedToken): number {
    if (this.#renewal?.of !== obtainedAt) {
      const share = aheadOfLifetime * (1 - drawFraction(this.#options.random) / 4);
      this.#renewal = { of: obtainedAt, at: expiresAt - (expiresAt - obtainedAt) * share };
    }
    return this.#renewal.at;
  }

  /** The one request under way, or a new one. @param before what was found, and does not do */
  #request(before: CachedToken | undefined): Promise<CachedToken> {
    return (this.#inFlight ??= this.#requestOne(before).finally(() => {
      this.#inFlight = undefined;
    }));
  }

  async #requestOne(before: CachedToken | undefined): Promise<CachedToken> {
    if (this.#breaker.error !== undefined) throw this.#breaker.error;
    const { signal } = this.#closed;
    const release = await this.#lock(signal);
    try {
      const last = release === undefined ? before : await this.#find(signal);
      // Another process had the lock: what it got is for all.
      if (last !== undefined && this.#isNewer(last, before)) return last;
      return await this.#requestAndSave(last);
    } finally {
      // What goes wrong here goes wrong for those who come after: they have a way round.
      await Promise.resolve(release?.()).catch(() => undefined);
    }
  }

  /** Fails closed: a refresh token that is not found may have been replaced by one that cannot be read. */
  #find(signal?: AbortSignal): Awaitable<CachedToken | undefined> {
    if (this.#kept !== undefined) return this.#kept;
    try {
      const found = this.#options.cache.find(this.#key!, signal);
      return found instanceof Promise ? found.catch(fail) : found;
    } catch (error) {
      return fail(error);
    }
  }

  /** Decision: where there is no lock to be had the token is asked for without: the worst is one request too many. */
  async #lock(signal: AbortSignal): Promise<(() => Awaitable<void>) | undefined> {
    try {
      return await this.#options.cache.lock?.(this.#key!, signal);
    } catch {
      this.#options.emit({ kind: 'token-cache-unlocked' });
      return undefined;
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
      this.#kept = undefined;
    } catch (error) {
      const secrets = [
        token.accessToken.reveal(),
        ...(token.refreshToken === undefined ? [] : [token.refreshToken.reveal()]),
      ];
      const cause = redactError(error, secrets);
      this.#kept = token;
      this.#unsaved.set(token, new ClientError('token-store', 'the token could not be saved', { cause }));
      this.#options.emit({ kind: 'token-unsaved', rotated: token.refreshToken !== undefined });
    }
  }
}

function fail(error: unknown): never {
  if (isClientError(error)) throw error;
  throw new ClientError('token-store', 'the token cache cannot be read', { cause: redactError(error, []) });
}

/** Tokens that come from a shared cache are other objects each time. */
const isSame = (a: CachedToken, b: CachedToken): boolean =>
  a === b || a.accessToken.reveal() === b.accessToken.reveal();
