import { isPromise } from '../base/awaitable.js';
import { withDeadline } from '../base/deadline.js';
import type { Awaitable } from '../contracts/awaitable.js';
import { DependencyError, isFailureError } from '../errors/failure-error.js';
import type { Reason } from '../errors/failures.js';

// Decision: a store that is slower than this is down.
const deadlineMs = 1000;

/** The reason with which a store that is down refuses. */
export type StoreOutage = Reason & (`${string}-store-unavailable` | 'limiter-unavailable' | 'audit-unavailable');

/**
 * Asks a store. One that throws or hangs is down, whatever its driver calls that: the caller is not to blame.
 * @throws DependencyError with `outage`, and the error of the store as its cause; what aborted the signal.
 */
export function askStore<T>(
  ask: () => Awaitable<T>,
  signal: AbortSignal | undefined,
  outage: StoreOutage = 'credential-store-unavailable',
): Awaitable<T> {
  const unavailable = (cause?: unknown): unknown => {
    if (isFailureError(cause) || (signal?.aborted === true && cause === signal.reason)) return cause;
    return new DependencyError(outage, {}, { cause });
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
