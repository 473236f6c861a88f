import { isPromise } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { LimitAnswer, LimitTake, RateLimitStore } from '../contracts/stores.js';
import { DependencyError } from '../errors/failure-error.js';
import { askStore } from '../stores/ask-store.js';

/** How a store that is down is dealt with. */
export interface OutagePolicy {
  /** Refuses what cannot be counted. */
  readonly failClosed: boolean;
  /** Told once an outage. */
  readonly onOutage: (error: unknown) => void;
}

// A store that was down is tried again by one request each time so many seconds have gone by.
const retrySeconds = 5;

/**
 * Asks a rate-limit store, and the memory of this process while it is down: limits that hold less well are better than none, and better
 * than an API that is down with its store.
 */
export class SafeRateLimits implements RateLimitStore {
  readonly #store: RateLimitStore;
  readonly #memory: RateLimitStore;
  readonly #policy: OutagePolicy;
  #isDown = false;
  #retryAt = 0;

  constructor(store: RateLimitStore, memory: RateLimitStore, policy: OutagePolicy) {
    this.#store = store;
    this.#memory = memory;
    this.#policy = policy;
  }

  take(takes: readonly LimitTake[], now: number, signal?: AbortSignal): Awaitable<readonly LimitAnswer[]> {
    const { failClosed } = this.#policy;
    if (this.#isDown && !failClosed) {
      if (now < this.#retryAt && now >= this.#retryAt - retrySeconds) return this.#memory.take(takes, now);
      this.#retryAt = now + retrySeconds;
    }
    const instead = (error: unknown): Awaitable<readonly LimitAnswer[]> => {
      if (signal?.aborted === true) throw error;
      if (!this.#isDown) this.#policy.onOutage(error);
      this.#isDown = true;
      this.#retryAt = now + retrySeconds;
      if (failClosed) throw error;
      return this.#memory.take(takes, now);
    };
    try {
      const answer = askStore(() => this.#store.take(takes, now, signal), signal, 'limiter-unavailable');
      if (isPromise(answer)) return answer.then((late) => this.#works(late, takes)).catch(instead);
      return this.#works(answer, takes);
    } catch (error) {
      return instead(error);
    }
  }

  #works(answers: readonly LimitAnswer[], takes: readonly LimitTake[]): readonly LimitAnswer[] {
    // A store of somebody's own may answer anything: what is not known is no limit that was kept.
    if (!Array.isArray(answers) || answers.length !== takes.length)
      throw new DependencyError(
        'limiter-unavailable',
        {},
        { message: 'a rate-limit store gives one answer for each take' },
      );
    this.#isDown = false;
    return answers;
  }
}
