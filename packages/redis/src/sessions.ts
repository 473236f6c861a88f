import { systemClock, type Clock } from '@auth/core';
import type { SessionStore } from '@auth/core/oidc';

import type { Redis } from './redis.js';
import { script } from './script.js';

export interface RedisSessionsOptions {
  /** By which ends are forgotten; that of the scheme. */
  readonly clock?: Clock;
}

const end = script(`
local known = redis.call('GET', KEYS[1])
if known and tonumber(known) and tonumber(known) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', math.max(tonumber(ARGV[2]), redis.call('PTTL', KEYS[1])))
return 1
`);

const driftMs = 60_000;

/** Remembers in Redis which sessions ended, for all processes. One round trip each. */
export function createRedisSessions(redis: Redis, { clock = systemClock }: RedisSessionsOptions = {}): SessionStore {
  // In one slot, so that all that may have ended a session are asked at once.
  const nameOf = (key: string): string => `{${redis.prefix}:sessions}:${key}`;
  return {
    async end({ key, at, until }) {
      const livesMs = Math.max(1, Math.ceil((until - clock.now()) * 1000) + driftMs);
      await redis.run(end, [nameOf(key)], [String(at), String(livesMs)]);
    },
    async endedAt(keys) {
      if (keys.length === 0) return undefined;
      const names = keys.map(nameOf);
      const answer = (await redis.send(['MGET', ...names], names[0])) as readonly unknown[];
      const times = answer.filter((each) => each !== null).map(Number);
      if (times.some(Number.isNaN)) throw new Error('redis: the end of a session is not as it was written');
      return times.length === 0 ? undefined : Math.max(...times);
    },
  };
}
