/** A value, or a promise of one where something had to wait. */
export type Awaitable<T> = T | Promise<T>;
