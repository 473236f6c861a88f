import { isPromise } from '../base/awaitable.js';
import { withDeadline } from '../base/deadline.js';
import type { Awaitable } from '../contracts/awaitable.js';
import { DependencyError, isFailureError } from '../errors/failure-error.js';

// Decision: a store that is slower than this is down.
const deadlineMs = 1000;

/**
 * Asks a store of credentials. One that throws or hangs is down, whatever its driver calls that: the caller is not to blame.
 * @throws DependencyError `credential-store-unavailable`, with the error of the store as its cause; what aborted the signal.
 */
export function askStore<T>(ask: () => Awaitable<T>, signal: AbortSignal | undefined): Awaitable<T> {
  const unavailable = (cause?: unknown): unknown => {
    if (isFailureError(cause) || (signal?.aborted === true && cause === signal.reason)) return cause;
    return new DependencyError('credential-store-unavailable', {}, { cause });
  };
  let answer: Awaitable<T>;
  try {
    answer = ask();
  } catch (error) {
    throw unavailable(error);
  }
  if (!isPromise(answer)) return answer;
  const late = new Error(`the store has not answered within ${deadlineMs} ms`);
  return Promise.resolve(withDeadline(answer, deadlineMs, () => late, signal)).catch((error: unknown) => {
    throw unavailable(error);
  });
}
