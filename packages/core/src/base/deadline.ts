import type { Awaitable } from '../contracts/awaitable.js';
import { isPromise } from './awaitable.js';

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
  return new Promise<T>((resolve, reject) => {
    const gone = (): void => end(() => reject(signal?.reason as Error));
    const timer = setTimeout(() => end(() => reject(late())), ms);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', gone);
      settle();
    };
    signal?.addEventListener('abort', gone, { once: true });
    if (signal?.aborted === true) gone();
    value.then(
      (settled) => end(() => resolve(settled)),
      (error: unknown) => end(() => reject(error)),
    );
  });
}
