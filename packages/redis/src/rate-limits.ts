import type { LimitAnswer, LimitTake, RateLimitStore } from '@auth/core';

import type { Redis } from './redis.js';
import { script } from './script.js';

/*
 * A bucket is `fullAt blockedUntil lastBlockSeconds`: the same algorithm, with the same numbers, as that of the store in memory, which the
 * one contract suite holds both to. ARGV: now, then for each key points, seconds, cost, needs, blockSeconds (-1: none), maxBlockSeconds.
 */
const take = script(`
local now, tolerance = tonumber(ARGV[1]), 1e-6
local stored = redis.call('MGET', unpack(KEYS))
local buckets, waits, allowed = {}, {}, true
local function arg(i, n) return tonumber(ARGV[1 + (i - 1) * 6 + n]) end
local function read(text)
  local full, blocked, last = string.match(text or '', '^(%S+) (%S+) (%S+)$')
  return { full = tonumber(full) or now, blocked = tonumber(blocked) or 0, last = tonumber(last) or 0 }
end
local function remaining(i, b)
  if now < b.blocked then return 0 end
  local points, seconds = arg(i, 1), arg(i, 2)
  return math.max(0, math.min(points, math.floor(points - (b.full - now) * points / seconds + tolerance)))
end
for i = 1, #KEYS do
  local text = stored[i]
  if text and not string.match(text, '^[%d.e+-]+ [%d.e+-]+ [%d.e+-]+$') then
    redis.call('DEL', KEYS[i])
    return redis.error_reply('INVALID a bucket is not as it was written')
  end
  local b, points, seconds, cost, needs = read(text), arg(i, 1), arg(i, 2), arg(i, 3), arg(i, 4)
  local wait = 0
  if needs > 0 then
    if now < b.blocked then wait = b.blocked - now
    else
      wait = math.max(b.full, now) - now + needs * seconds / points - seconds
      if wait <= tolerance then wait = 0 end
    end
  end
  buckets[i], waits[i] = b, wait
  if cost > 0 and wait > 0 then allowed = false end
end
local answer, byKey = {}, {}
for i = 1, #KEYS do
  local b = byKey[KEYS[i]] or buckets[i]
  byKey[KEYS[i]] = b
  local points, seconds, cost, blockSeconds = arg(i, 1), arg(i, 2), arg(i, 3), arg(i, 5)
  if allowed and cost > 0 then
    b.full = math.min(math.max(b.full, now) + cost * seconds / points, now + seconds)
    if blockSeconds >= 0 and now >= b.blocked and remaining(i, b) < 1 then
      local quiet = b.last == 0 or now >= b.blocked + b.last
      b.last = quiet and blockSeconds or math.min(b.last * 2, arg(i, 6))
      b.blocked = now + b.last
    end
    local lives = math.ceil((math.max(b.full, b.blocked + b.last) - now + 60) * 1000)
    redis.call('SET', KEYS[i], string.format('%.17g %.17g %.17g', b.full, b.blocked, b.last), 'PX', lives)
  end
  answer[#answer + 1] = string.format('%.17g', waits[i])
  answer[#answer + 1] = string.format('%d', remaining(i, b))
  answer[#answer + 1] = string.format('%.17g', math.max(0, b.full - now))
end
return answer
`);

/**
 * Keeps buckets in Redis: all takes of a request are one script, one round trip, about 180 bytes a bucket until it is full again.
 *
 * In a cluster all buckets of one prefix are in one slot, since several are taken together or not at all.
 */
export function createRedisRateLimits(redis: Redis): RateLimitStore {
  return {
    async take(takes, now) {
      if (takes.length === 0) return [];
      const keys = takes.map(({ key }) => `{${redis.prefix}:limits}:${key}`);
      return readAnswers(await redis.run(take, keys, [String(now), ...takes.flatMap(numbersOf)]), takes.length);
    },
  };
}

const numbersOf = ({ limit, cost, needs, blockSeconds = -1, maxBlockSeconds = blockSeconds }: LimitTake): string[] =>
  [limit.points, limit.seconds, cost, needs, blockSeconds, maxBlockSeconds].map(String);

/** @throws Error for anything but three numbers a take */
function readAnswers(answer: unknown, count: number): readonly LimitAnswer[] {
  const numbers = Array.isArray(answer) ? answer.map(Number) : [];
  if (numbers.length !== count * 3 || numbers.some(Number.isNaN))
    throw new Error('redis: the answer to a rate limit is not as the script gives it');
  return Array.from({ length: count }, (_, index) => {
    const [waitSeconds, remaining, resetSeconds] = numbers.slice(index * 3, index * 3 + 3) as [number, number, number];
    return { allowed: waitSeconds === 0, remaining, waitSeconds, resetSeconds };
  });
}
