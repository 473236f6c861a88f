import { DependencyError } from '../../errors/failure-error.js';

// Decision: so many failures in a row, and nobody is asked for 1, 2, 4 … 30 seconds. One alone may be the fault of one token.
const tolerated = 5;
const longestPauseSeconds = 30;

/** Stops asking a server that fails, before all of our requests wait for it. Any good answer closes it again. */
export class Breaker {
  #failures = 0;
  #retryAt = -Infinity;
  #last: DependencyError | undefined;

  /** @throws DependencyError, with the time of the next try, while nobody is asked */
  check(now: number): void {
    const wait = this.#retryAt - now;
    // A clock that was set back must not keep it open.
    if (this.#last === undefined || wait <= 0 || wait > longestPauseSeconds) return;
    throw unavailable(this.#last, wait);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#retryAt = -Infinity;
  }

  /** Whether this is the first failure since a good answer. */
  failed(error: DependencyError, now: number): boolean {
    this.#failures++;
    this.#last = error;
    if (this.#failures >= tolerated)
      this.#retryAt = now + Math.min(longestPauseSeconds, 2 ** Math.min(this.#failures - tolerated, 5));
    return this.#failures === 1;
  }
}

function unavailable(last: DependencyError, seconds: number): DependencyError {
  const { reason } = last.failure;
  return new DependencyError(
    reason as ConstructorParameters<typeof DependencyError>[0],
    { retryAfterSeconds: Math.max(1, Math.ceil(seconds)) },
    { message: `nobody is asked for ${Math.ceil(seconds)} seconds: ${last.message}`, cause: last },
  );
}
