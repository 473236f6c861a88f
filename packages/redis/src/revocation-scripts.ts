import { script } from './script.js';

/** What is kept of one revocation. */
export interface Revoked {
  readonly issuedBefore: number;
  readonly until: number;
}

/** The keys of one store: in one slot, since a revocation changes all of them. */
export const keysOf = (prefix: string) =>
  ({
    /** A hash: `issuedBefore until` by key. */
    entries: `{${prefix}:revocation}:entries`,
    /** A sorted set: keys by the version that changed them last. */
    log: `{${prefix}:revocation}:log`,
    /** A sorted set: keys by their `until`. */
    ends: `{${prefix}:revocation}:ends`,
    /** A hash: `epoch`, which changes where Redis has lost everything, and `version`. */
    state: `{${prefix}:revocation}:state`,
    channel: `{${prefix}:revocation}:changed`,
  }) as const;

/** ARGV: key, issuedBefore, now, until, maxEntries, channel. */
export const revoke = script(`
local now = tonumber(ARGV[3])
local known = redis.call('HGET', KEYS[1], ARGV[1])
local ended = redis.call('ZCOUNT', KEYS[3], '-inf', '(' .. (now - 60))
if not known and redis.call('HLEN', KEYS[1]) - ended >= tonumber(ARGV[5]) then
  return redis.error_reply('FULL the revocation store holds ' .. ARGV[5] .. ' entries already')
end
local before, ending = string.match(known or '', '^(%S+) (%S+)$')
if not before or tonumber(ARGV[2]) > tonumber(before) then before = ARGV[2] end
if not ending or tonumber(ARGV[4]) > tonumber(ending) then ending = ARGV[4] end
-- First of all: where memory is full, Redis refuses the first write of a script alone.
redis.call('HSET', KEYS[1], ARGV[1], before .. ' ' .. ending)
if redis.call('HEXISTS', KEYS[4], 'epoch') == 0 then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[4], 'epoch', time[1] .. '.' .. time[2])
end
local version = redis.call('HINCRBY', KEYS[4], 'version', 1)
redis.call('ZADD', KEYS[2], version, ARGV[1])
redis.call('ZADD', KEYS[3], ending, ARGV[1])
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '(' .. (now - 60), 'LIMIT', 0, 100)) do
  redis.call('HDEL', KEYS[1], key)
  redis.call('ZREM', KEYS[2], key)
  redis.call('ZREM', KEYS[3], key)
end
redis.call('PUBLISH', ARGV[6], version)
return version
`);

/**
 * ARGV: the epoch and version that the copy has, and how many to answer at most. Answers epoch, version, how many there are, and keys with
 * their entries that changed since; all of them where the epoch is another.
 */
export const changesSince = script(`
local state = redis.call('HMGET', KEYS[3], 'epoch', 'version')
local epoch, version = state[1] or '', tonumber(state[2] or '0')
local known = tonumber(ARGV[2])
if epoch ~= ARGV[1] or known > version then known = 0 end
local answer = { epoch, tostring(version), tostring(redis.call('HLEN', KEYS[1])) }
if known == version then return answer end
local changed = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. known, '+inf', 'WITHSCORES', 'LIMIT', 0, tonumber(ARGV[3]))
for i = 1, #changed, 2 do
  answer[#answer + 1] = changed[i]
  answer[#answer + 1] = redis.call('HGET', KEYS[1], changed[i])
end
if #changed == 2 * tonumber(ARGV[3]) then answer[2] = changed[#changed] end
return answer
`);

/** @throws Error for an entry that is not as it was written: it may have been a revocation */
export function readPair(text: unknown): Revoked {
  const [issuedBefore, until, ...rest] = String(text).split(' ').map(Number);
  if (rest.length > 0 || Number.isNaN(issuedBefore ?? NaN) || Number.isNaN(until ?? NaN))
    throw new Error('redis: a revocation is not as it was written');
  return { issuedBefore: issuedBefore!, until: until! };
}

/** @throws Error as `readPair` */
export function readPairs(answer: unknown): readonly Revoked[] {
  if (!Array.isArray(answer)) throw new Error('redis: revocations are not as they were written');
  return answer.filter((each) => each !== null && each !== undefined).map(readPair);
}

/** The latest `issuedBefore` among those whose time is not over. */
export function latestOf(found: readonly Revoked[], now: number): number | undefined {
  const times = found.filter(({ until }) => now < until).map(({ issuedBefore }) => issuedBefore);
  return times.length === 0 ? undefined : Math.max(...times);
}
