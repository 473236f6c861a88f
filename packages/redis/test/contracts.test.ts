import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  rateLimitStoreContract,
  replayStoreContract,
  revocationStoreContract,
  sessionStoreContract,
  signingKeyStoreContract,
  tokenCacheContract,
  tokenStoreContract,
} from '@auth/core/testing';

import { hasRedis, startRedis, type RedisServer } from '../../../tools/test-servers/redis.js';
import {
  createRedisRateLimits,
  createRedisReplay,
  createRedisRevocation,
  createRedisSessions,
  createRedisSigningKeys,
  createRedisTokenCache,
  createRedisTokens,
  type Redis,
} from '../src/index.js';
import { packages, type Connected } from './clients.js';

const secretBase64 = randomBytes(32).toString('base64');

describe.skipIf(!hasRedis).each(packages)('stores in Redis, through %s', (_, connect) => {
  let server: RedisServer;
  let connected: Connected;
  const revocations: { close(): Promise<void> }[] = [];
  let stores = 0;
  // A prefix each: an empty Redis as far as the store can see.
  const bind = (): Redis => connected.bind(`case-${stores++}`);
  beforeAll(async () => {
    server = await startRedis();
    connected = await connect(server.url);
  });
  afterAll(async () => {
    await Promise.all(revocations.map((each) => each.close()));
    await connected.close();
    await server.stop();
  });
  const revocationWith = async (maxMirrored: number) => {
    const store = createRedisRevocation(bind(), { maxMirrored, subscriber: await connected.subscriber() });
    revocations.push(store);
    return store;
  };
  const mirrored = async () => {
    const store = await revocationWith(100_000);
    // From here on it answers from its copy.
    for (;;) {
      await store.find(['x'], 0);
      if (isAtOnce(store)) return store;
    }
  };
  const isAtOnce = (store: { find(keys: string[], now: number): unknown }): boolean =>
    !(store.find(['x'], 0) instanceof Promise);

  it.each([
    ...replayStoreContract(() => createRedisReplay(bind())),
    ...rateLimitStoreContract(() => createRedisRateLimits(bind())),
    ...tokenStoreContract(() => createRedisTokens(bind())),
    ...sessionStoreContract(() => createRedisSessions(bind())),
    ...signingKeyStoreContract(() => createRedisSigningKeys(bind())),
    ...tokenCacheContract(() => createRedisTokenCache(bind(), { secretBase64 })),
    ...revocationStoreContract(() => revocationWith(0)).map(named('asking Redis')),
    ...revocationStoreContract(mirrored).map(named('with a copy at hand')),
  ])('$title', ({ run }) => expect(run()).resolves.toBeUndefined());
});

const named =
  (how: string) =>
  <T extends { readonly title: string }>(each: T): T => ({ ...each, title: `${each.title} (${how})` });
