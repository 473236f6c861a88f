import type { Awaitable } from '../contracts/awaitable.js';
import { isPromise } from './awaitable.js';
import { orAbort } from './or-abort.js';

/**
 * Waits for a value no longer than so many milliseconds of true time, and no longer than the caller stays.
 * @param late what is thrown when the time is over
 */
export function withDeadline<T>(
  value: Awaitable<T>,
  ms: number,
  late: () => Error,
  signal?: AbortSignal,
): Awaitable<T> {
  if (!isPromise(value)) return value;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  return orAbort(Promise.race([value, over]), signal).finally(() => clearTimeout(timer));
}
