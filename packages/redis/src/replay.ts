import { Faults } from '@auth/core/signing';
import type { ReplayStore } from '@auth/core';

import type { Redis } from './redis.js';
import { script } from './script.js';

/** Bounds of a replay store in Redis. */
export interface RedisReplayOptions {
  /** Uses of one owner that are remembered at once; default 100 000. All owners together have the memory of Redis. */
  readonly maxUsesPerOwner?: number;
}

// What another process, whose clock is behind, may still take for good is kept for so long beyond its time.
const driftSeconds = 60;

// One sorted set for each owner: its uses by the time at which they may be forgotten.
const use = script(`
local now, ending, most, drift = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
if known and now < tonumber(known) then return 'used' end
if not known and redis.call('ZCOUNT', KEYS[1], '(' .. (now - drift), '+inf') >= most then return 'full' end
-- First: where memory is full, Redis refuses the first write of a script alone.
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - drift)
local lives = math.ceil((ending - now + 2 * drift) * 1000)
if lives > redis.call('PTTL', KEYS[1]) then redis.call('PEXPIRE', KEYS[1], lives) end
return 'new'
`);

/**
 * Remembers in Redis what was used: one round trip, about 100 bytes a use. Where Redis has no memory left it throws, and nothing that
 * lives is forgotten (`maxmemory-policy noeviction`, see `checkRedis`).
 * @throws ConfigurationError with every fault of the options
 */
export function createRedisReplay(redis: Redis, options: RedisReplayOptions = {}): ReplayStore {
  const faults = new Faults();
  faults.addUnknown(options, ['maxUsesPerOwner']);
  const { maxUsesPerOwner = 100_000 } = options;
  if (!(Number.isSafeInteger(maxUsesPerOwner) && maxUsesPerOwner > 0))
    faults.add('maxUsesPerOwner', 'invalid-option', 'must be a positive whole number');
  faults.throwIfAny();
  return {
    async use({ key, owner, now, until }) {
      const args = [key, String(now), String(until), String(maxUsesPerOwner), String(driftSeconds)];
      // Whatever else comes back is no answer, and the guard refuses.
      return (await redis.run(use, [`${redis.prefix}:replay:{${owner}}`], args)) as 'new' | 'used' | 'full';
    },
  };
}
