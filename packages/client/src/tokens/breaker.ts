import type { Clock, RandomSource } from '@auth/core/signing';

import type { ClientError } from '../client-error.js';
import { drawFraction } from '../jitter.js';

const firstWaitSeconds = 1;
const longestWaitSeconds = 60;
/** Longest `Retry-After` of an issuer that is heeded. */
const longestAskedSeconds = 300;

/**
 * Remembers that an issuer failed, so that it is not asked again by every call: 1 s after the first failure, twice as long after each
 * further one, 60 s at most, all by chance up to half longer; never earlier than the issuer says.
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #random: RandomSource;
  #failures = 0;
  #open: { readonly until: number; readonly error: ClientError } | undefined;

  constructor(clock: Clock, random: RandomSource) {
    this.#clock = clock;
    this.#random = random;
  }

  /** What the last attempt failed with, while it is too early for the next. */
  get error(): ClientError | undefined {
    return this.#open !== undefined && this.#clock.now() < this.#open.until ? this.#open.error : undefined;
  }

  fail(error: ClientError): void {
    const wait =
      Math.min(firstWaitSeconds * 2 ** this.#failures, longestWaitSeconds) * (1 + drawFraction(this.#random) / 2);
    const asked = Math.min(error.retryAfterSeconds ?? 0, longestAskedSeconds);
    this.#failures += 1;
    this.#open = { until: this.#clock.now() + Math.max(wait, asked), error };
  }

  succeed(): void {
    this.#failures = 0;
    this.#open = undefined;
  }
}
