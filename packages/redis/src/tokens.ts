import { DependencyError, systemClock, type Clock } from '@auth/core';
import type { TokenEntry, TokenStore } from '@auth/core/issuer';

import { readEntry } from './entry.js';
import type { Redis } from './redis.js';
import { script } from './script.js';

export interface RedisTokensOptions {
  /** By which entries are forgotten; that of the issuer. */
  readonly clock?: Clock;
}

// Kept for so long beyond its time, for a process whose clock is behind.
const driftMs = 60_000;

const replace = script(`
local stored = redis.call('GET', KEYS[1])
if not stored then return 0 end
local good, entry = pcall(cjson.decode, stored)
if not good or type(entry) ~= 'table' or entry.value ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`);
const removeIfEqual = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
`);

/**
 * Keeps the state of an issuer in Redis, by hashes of what clients hold. Each method is one round trip.
 * @example createIssuer({ issuer, clients, tokens: createRedisTokens(redis), signing, revocation })
 */
export function createRedisTokens(redis: Redis, { clock = systemClock }: RedisTokensOptions = {}): TokenStore {
  const nameOf = (key: string): string => `${redis.prefix}:tokens:{${key}}`;
  const livesMs = ({ until }: TokenEntry): string =>
    String(Math.max(1, Math.ceil((until - clock.now()) * 1000) + driftMs));
  return {
    async insert(key, entry) {
      const name = nameOf(key);
      return (await redis.send(['SET', name, textOf(entry), 'NX', 'PX', livesMs(entry)], name)) !== null;
    },
    async find(key, now) {
      const name = nameOf(key);
      const stored = await redis.send(['GET', name], name);
      const { value, until } = readEntry(stored) ?? {};
      if (stored === null) return undefined;
      if (typeof value !== 'string' || typeof until !== 'number') {
        // Nobody can go on with it: whoever comes next finds nothing.
        await redis.run(removeIfEqual, [name], [stored as string]);
        throw new DependencyError('store-invalid');
      }
      return now < until ? { value, until } : undefined;
    },
    async replace(key, { from, to }) {
      return (await redis.run(replace, [nameOf(key)], [from, textOf(to), livesMs(to)])) === 1;
    },
  };
}

const textOf = ({ value, until }: TokenEntry): string => JSON.stringify({ value, until });
