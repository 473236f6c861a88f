import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  createSealer,
  Faults,
  formatCachedToken,
  readCachedToken,
  readSealingSecrets,
  systemRandom,
  type CachedToken,
  type SealingSecrets,
  type TokenCache,
} from '@auth/core/signing';

import type { Redis } from './redis.js';
import { script } from './script.js';

/** Options of `createRedisTokenCache`. */
export interface RedisTokenCacheOptions {
  /** What tokens are sealed with: 32 or more random bytes in base64, or several. The first seals, all open. Keep it elsewhere than Redis. */
  readonly secretBase64: SealingSecrets;
}

// A token is taken as it was read for so long: another process that has a newer one leaves this one good.
const freshMs = 1000;
// Who holds a lock renews it each second; where that stops, another has it after so long.
const lockMs = 4000;
const renewMs = 1000;
const longestPauseMs = 100;
// Entries with a refresh token outlive their access token for this long.
const keptSeconds = 30 * 86_400;
const maxTextLength = 65_536;

const removeIfEqual = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`);
const renewIfEqual = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
`);

/**
 * Shares the tokens of a client among all its processes: a fleet that starts cold makes one request for a token. Each token is sealed
 * (AES-256-GCM) for its own name.
 * @throws ConfigurationError for wrong options
 * @example createClient({ origin, auth, tokenCache: createRedisTokenCache(redis, { secretBase64 }) })
 */
export function createRedisTokenCache(redis: Redis, options: RedisTokenCacheOptions): Required<TokenCache> {
  const faults = new Faults();
  faults.addUnknown(options, ['secretBase64']);
  const secrets = readSealingSecrets(options.secretBase64, faults);
  faults.throwIfAny();
  const sealer = createSealer({ secrets, purpose: 'redis token cache', random: systemRandom, maxTextLength });
  const known = new Map<string, { readonly token: CachedToken | undefined; readonly readMs: number }>();

  /** Of what was sealed for another name, or by somebody else, nothing. */
  const open = async (name: string, text: unknown): Promise<CachedToken | undefined> => {
    const opened = typeof text === 'string' ? await sealer.open(text) : undefined;
    return opened?.['name'] === name ? readCachedToken(opened) : undefined;
  };
  const read = async (key: string): Promise<CachedToken | undefined> => {
    const name = nameOf(redis, key);
    const token = await open(name, await redis.send(['GET', name], name));
    remember(key, token);
    return token;
  };
  const remember = (key: string, token: CachedToken | undefined): void => {
    known.delete(key);
    if (known.size >= 1000) known.delete(known.keys().next().value!);
    known.set(key, { token, readMs: performance.now() });
  };
  return {
    find(key) {
      const { token, readMs } = known.get(key) ?? { token: undefined, readMs: 0 };
      return token !== undefined && performance.now() - readMs < freshMs ? token : read(key);
    },
    async save(key, token) {
      const name = nameOf(redis, key);
      const seconds =
        token.refreshToken === undefined ? Math.ceil(token.expiresAt - token.obtainedAt) + 60 : keptSeconds;
      const sealed = await sealer.seal({ ...formatCachedToken(token), name });
      await redis.send(['SET', name, sealed, 'EX', String(Math.max(1, seconds))], name);
      remember(key, token);
    },
    async remove(key, refused) {
      const name = nameOf(redis, key);
      known.delete(key);
      const sealed = await redis.send(['GET', name], name);
      const found = await open(name, sealed);
      if (found?.accessToken.reveal() !== refused.accessToken.reveal()) return;
      await redis.run(removeIfEqual, [name], [String(sealed)]);
    },
    async lock(key, signal) {
      const release = await acquire(redis, `${nameOf(redis, key)}:lock`, signal);
      // Whoever had it before may have saved a token.
      known.delete(key);
      return release;
    },
  };
}

async function acquire(redis: Redis, name: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  const owner = randomUUID();
  const take = (): Promise<unknown> => redis.send(['SET', name, owner, 'NX', 'PX', String(lockMs)], name);
  for (let pauseMs = 10; (await take()) === null; pauseMs = Math.min(pauseMs * 2, longestPauseMs))
    await sleep(pauseMs, undefined, signal && { signal });
  const renewing = setInterval(() => {
    redis.run(renewIfEqual, [name], [owner, String(lockMs)]).catch(() => undefined);
  }, renewMs).unref();
  return async () => {
    clearInterval(renewing);
    // A lock that nobody lets go of ends by itself.
    await redis.run(removeIfEqual, [name], [owner]).catch(() => undefined);
  };
}

/** Says nothing of issuers and clients to whoever reads Redis. */
const nameOf = ({ prefix }: Redis, key: string): string =>
  `${prefix}:client:{${createHash('sha256').update(key).digest('base64url')}}`;
