import { ConfigurationError, systemClock, type Clock } from '@auth/core';

import type { Redis } from './redis.js';

/** Options of `checkRedis`. */
export interface RedisCheckOptions {
  /** Told of what is not a fault and should be looked at. */
  readonly warn: (message: string) => void;
  readonly clock?: Clock;
  /** How long Redis is waited for, in milliseconds; default 5000. */
  readonly timeoutMs?: number;
}

// As much as schemes tolerate by default.
const toleratedSeconds = 5;
const pauseMs = 50;

/**
 * Looks at a Redis before the first request: that it answers, that it takes writes, and that it forgets nothing by itself; and whether its
 * clock and that of this process agree.
 * @throws ConfigurationError with the reason `store-eviction-policy` where its `maxmemory-policy` is not `noeviction`; the error of the
 *   last try where it does not answer
 * @example await checkRedis(redis, { warn: console.warn });
 */
export async function checkRedis(
  redis: Redis,
  { warn, clock = systemClock, timeoutMs = 5000 }: RedisCheckOptions,
): Promise<void> {
  await reach(redis, timeoutMs);
  const info = await askInfo(redis);
  const policy = info.get('maxmemory_policy');
  if (policy === undefined) warn('redis: its maxmemory-policy cannot be asked for; it must be noeviction');
  else if (policy !== 'noeviction')
    throw new ConfigurationError([
      {
        path: 'maxmemory-policy',
        reason: 'store-eviction-policy',
        message: `is ${policy}: what was used or revoked would be forgotten; set noeviction in redis.conf`,
      },
    ]);
  if (info.get('role') === 'slave') warn('redis: this is a replica, which takes no writes');
  const [seconds] = (await redis.send(['TIME'])) as readonly unknown[];
  const drift = Math.abs(clock.now() - Number(seconds));
  if (drift > toleratedSeconds)
    warn(`redis: its clock and that of this process are ${Math.round(drift)} s apart; tokens may be refused`);
}

async function reach(redis: Redis, timeoutMs: number): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      await redis.send(['PING']);
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** What Redis tells of itself; nothing where it is not allowed to be asked. */
async function askInfo(redis: Redis): Promise<ReadonlyMap<string, string>> {
  const text = await redis.send(['INFO']).catch(() => '');
  const lines = String(text).split(/\r?\n/);
  return new Map(lines.flatMap((line) => (line.includes(':') ? [line.split(':', 2) as [string, string]] : [])));
}
