import type { Awaitable } from './awaitable.js';

/** One use of something that is good once: a proof, a nonce, a signature. */
export interface ReplayUse {
  /** What is used: 43 characters of base64url, a hash that tells nothing of it. */
  readonly key: string;
  /** Whose it is: in the same form. Nobody else's uses are refused where somebody fills the store. */
  readonly owner: string;
  /** Seconds since the epoch, by the clock of the guard. */
  readonly now: number;
  /** Seconds since the epoch: from then on it is refused by its time alone, and may be forgotten. */
  readonly until: number;
}

/**
 * Remembers what was used. Of several who use one key at the same instant, in whatever processes, exactly one is told `new`.
 * A store that throws, or takes longer than a second, is down: the request is refused with 503. A store forgets nothing before its time:
 * where there is no room, it answers `full`.
 */
export interface ReplayStore {
  use(use: ReplayUse, signal?: AbortSignal): Awaitable<'new' | 'used' | 'full'>;
}

/** Where the guard keeps what several requests, or several processes, must agree on. Default: in the memory of this process. */
export interface Stores {
  readonly replay?: ReplayStore;
}
