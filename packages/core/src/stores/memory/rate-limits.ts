import type { LimitAnswer, LimitTake, RateLimitStore } from '../../contracts/stores.js';
import { Faults } from '../../errors/faults.js';

/** Bounds of a rate-limit store in memory. */
export interface MemoryRateLimitsOptions {
  /** Buckets that are remembered at once; default 200 000 (about 120 bytes each). */
  readonly maxBuckets?: number;
}

/**
 * Keeps buckets in the memory of this process. A full bucket is forgotten; where there is no room, the one that was used longest ago is, and
 * a blocked one last of all.
 * @throws ConfigurationError with every fault of the options.
 * @example createAuth({ schemes, throttle, stores: { rateLimits: createMemoryRateLimits({ maxBuckets: 1_000_000 }) } })
 */
export function createMemoryRateLimits(options: MemoryRateLimitsOptions = {}): RateLimitStore {
  const faults = new Faults();
  faults.addUnknown(options, ['maxBuckets']);
  const { maxBuckets = 200_000 } = options;
  if (!(Number.isSafeInteger(maxBuckets) && maxBuckets > 0))
    faults.add('maxBuckets', 'invalid-option', 'must be a positive number');
  faults.throwIfAny();
  return new MemoryRateLimits(maxBuckets);
}

/** All times in seconds since the epoch. */
interface Bucket {
  /** When the bucket is full again: each point that is taken moves it on. */
  fullAt: number;
  blockedUntil: number;
  /** How long the last block was; 0 before the first. */
  lastBlockSeconds: number;
}

// How many of the oldest are looked at for one that is not blocked.
const maxPassedOver = 64;

class MemoryRateLimits implements RateLimitStore {
  readonly #maxBuckets: number;
  /** In the order of their last use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(maxBuckets: number) {
    this.#maxBuckets = maxBuckets;
  }

  take(takes: readonly LimitTake[], now: number): readonly LimitAnswer[] {
    const buckets = takes.map(({ key }) => this.#buckets.get(key));
    const waits = takes.map((take, index) => waitFor(take, buckets[index], now));
    // What only asks holds nobody back.
    const allowed = takes.every(({ cost }, index) => cost === 0 || waits[index] === 0);
    return takes.map((take, index) => {
      const bucket = allowed && take.cost > 0 ? this.#spend(take, now) : this.#buckets.get(take.key);
      const waitSeconds = waits[index]!;
      return {
        allowed: waitSeconds === 0,
        remaining: remainingOf(take, bucket, now),
        waitSeconds,
        resetSeconds: Math.max(0, (bucket?.fullAt ?? now) - now),
      };
    });
  }

  #spend(take: LimitTake, now: number): Bucket {
    const { key, limit, cost, blockSeconds } = take;
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      this.#makeRoom(now);
      bucket = { fullAt: now, blockedUntil: 0, lastBlockSeconds: 0 };
    } else {
      // Moves it to the end of the order.
      this.#buckets.delete(key);
    }
    this.#buckets.set(key, bucket);
    const after = Math.max(bucket.fullAt, now) + (cost * limit.seconds) / limit.points;
    bucket.fullAt = Math.min(after, now + limit.seconds);
    if (blockSeconds !== undefined && now >= bucket.blockedUntil && remainingOf(take, bucket, now) < 1)
      block(bucket, blockSeconds, take.maxBlockSeconds ?? blockSeconds, now);
    return bucket;
  }

  #makeRoom(now: number): void {
    if (this.#buckets.size < this.#maxBuckets) return;
    let oldest: string | undefined;
    let passedOver = 0;
    for (const [key, { blockedUntil }] of this.#buckets) {
      oldest ??= key;
      if (now >= blockedUntil) {
        oldest = key;
        break;
      }
      // Decision: among very many blocked ones the oldest goes, so that room is made in bounded time.
      if (++passedOver >= maxPassedOver) break;
    }
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}

function block(bucket: Bucket, seconds: number, maxSeconds: number, now: number): void {
  const { blockedUntil, lastBlockSeconds } = bucket;
  const quiet = lastBlockSeconds === 0 || now >= blockedUntil + lastBlockSeconds;
  bucket.lastBlockSeconds = quiet ? seconds : Math.min(lastBlockSeconds * 2, maxSeconds);
  bucket.blockedUntil = now + bucket.lastBlockSeconds;
}

/** Seconds until the points that a take needs are there. */
function waitFor({ limit, needs }: LimitTake, bucket: Bucket | undefined, now: number): number {
  if (needs === 0) return 0;
  const { fullAt = now, blockedUntil = 0 } = bucket ?? {};
  if (now < blockedUntil) return blockedUntil - now;
  const short = Math.max(fullAt, now) - now + (needs * limit.seconds) / limit.points - limit.seconds;
  return short > tolerance ? short : 0;
}

function remainingOf({ limit }: LimitTake, bucket: Bucket | undefined, now: number): number {
  if (bucket === undefined) return limit.points;
  if (now < bucket.blockedUntil) return 0;
  const missing = ((bucket.fullAt - now) * limit.points) / limit.seconds;
  return Math.max(0, Math.min(limit.points, Math.floor(limit.points - missing + tolerance)));
}

// Times are sums of fractions: what is off by less is equal.
const tolerance = 1e-6;
