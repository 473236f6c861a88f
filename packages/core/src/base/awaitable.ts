import type { Awaitable } from '../contracts/awaitable.js';

/** Goes on with a value at once, or when its promise is there: what need not wait must not (a promise costs a turn). */
export function after<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** All values at once, or a promise of them where one of them is late. */
export function all<T>(values: readonly Awaitable<T>[]): Awaitable<readonly T[]> {
  return values.some(isPromise) ? Promise.all(values.map((value) => Promise.resolve(value))) : (values as readonly T[]);
}

export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
