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

/** How many points a bucket holds, and in how many seconds an empty one is full again: `{ points: 100, seconds: 60 }`. */
export interface RateLimit {
  readonly points: number;
  readonly seconds: number;
}

/** What is wanted of one bucket. */
export interface LimitTake {
  /** Which bucket: a hash that tells nothing of whose it is. */
  readonly key: string;
  readonly limit: RateLimit;
  /** Points to take; 0 only asks. */
  readonly cost: number;
  /** Points that must be there: at least `cost`. 0 for a cost that is taken as far as there is something to take. */
  readonly needs: number;
  /**
   * How long nobody gets anything from a bucket that this take empties, in seconds. Each further time twice as long, up to
   * `maxBlockSeconds`; a time as long as the last block without another one makes it short again.
   */
  readonly blockSeconds?: number;
  readonly maxBlockSeconds?: number;
}

/** What became of one take. */
export interface LimitAnswer {
  readonly allowed: boolean;
  /** Whole points that are left. */
  readonly remaining: number;
  /** Seconds until what was wanted is there; 0 where it was allowed. */
  readonly waitSeconds: number;
  /** Seconds until the bucket is full again. */
  readonly resetSeconds: number;
}

/**
 * Token buckets that fill evenly (the generic cell rate algorithm). Several takes are one step: all that cost something are
 * allowed, or nothing is taken from any bucket; those that only ask (`cost` 0) are answered each for itself. Two processes that take at once never take one point twice.
 */
export interface RateLimitStore {
  /** @param now seconds since the epoch, by the clock of the guard */
  take(takes: readonly LimitTake[], now: number, signal?: AbortSignal): Awaitable<readonly LimitAnswer[]>;
}

/** That tokens are worth nothing any more, although their time is not over. */
export interface RevocationEntry {
  /** Which tokens: 43 characters of base64url, a hash of issuer and token, session, subject or client. */
  readonly key: string;
  /** Seconds since the epoch: tokens that were issued before; `Number.MAX_SAFE_INTEGER` for all. */
  readonly issuedBefore: number;
  readonly now: number;
  /** Seconds since the epoch: from then on no such token is good by its own time, and this may be forgotten. */
  readonly until: number;
}

/**
 * Remembers what was revoked, for all processes. A store that throws, or takes longer than a second, is down: who asks is refused with
 * 503. It forgets nothing before its time: where there is no room, `revoke` throws.
 */
export interface RevocationStore {
  /** Of two for one key the later `issuedBefore` holds. */
  revoke(entry: RevocationEntry, signal?: AbortSignal): Awaitable<void>;
  /** @returns the latest `issuedBefore` under any of these keys */
  find(keys: readonly string[], now: number, signal?: AbortSignal): Awaitable<number | undefined>;
}

/** Where the guard keeps what several requests, or several processes, must agree on. Default: in the memory of this process. */
export interface Stores {
  readonly replay?: ReplayStore;
  /** Asked by schemes with `revocation: 'check'`, and told by an issuer that is given the same store. */
  readonly revocation?: RevocationStore;
  readonly rateLimits?: RateLimitStore;
}

/** That sessions ended before their time. */
export interface SessionEnd {
  /** Which: one session, all of a session at the issuer, or all of a subject. 43 characters of base64url, a hash that tells nothing of it. */
  readonly key: string;
  /** Seconds since the epoch: sessions that began at this time or before it are over. */
  readonly at: number;
  /** Seconds since the epoch: from then on such sessions are over by their age alone, and the end may be forgotten. */
  readonly until: number;
}

/**
 * Remembers which sessions ended. A store that throws, or takes longer than a second, is down: the request is refused with 503,
 * and a logout is answered so too. It forgets nothing before its time: where there is no room, `end` throws.
 */
export interface SessionStore {
  /** Of several ends of one key the latest counts. */
  end(end: SessionEnd, signal?: AbortSignal): Awaitable<void>;
  /** The latest time at which one of these ended; undefined where none did. */
  endedAt(keys: readonly string[], signal?: AbortSignal): Awaitable<number | undefined>;
}
