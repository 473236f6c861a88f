import { createServer, connect as connectTo, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';

import { Cluster } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { isConfigurationError, revokeTokens, Secret } from '@auth/core';
import { replayStoreContract, rateLimitStoreContract, revocationStoreContract } from '@auth/core/testing';

import { hasRedis, startRedis, type RedisServer } from '../../../tools/test-servers/redis.js';
import {
  checkRedis,
  createRedis,
  createRedisRateLimits,
  createRedisReplay,
  createRedisRevocation,
  createRedisTokenCache,
  createRedisTokens,
} from '../src/index.js';
import { connectIoredis, packages, type Connected } from './clients.js';

const use = { key: 'proof', owner: 'anna', now: 1000, until: 1300 };
const opened: Connected[] = [];
const servers: RedisServer[] = [];
const started = async (settings?: readonly string[]): Promise<RedisServer> => {
  const server = await startRedis(settings);
  servers.push(server);
  return server;
};
const connected = async (url: string, connect = connectIoredis): Promise<Connected> => {
  const client = await connect(url);
  opened.push(client);
  return client;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await Promise.all(servers.splice(0).map((each) => each.stop()));
});
const until = async (holds: () => unknown): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
};
/** Milliseconds until it was refused; rejects where it was not. */
const refusedAfter = async (work: Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await expect(work).rejects.toThrow(/redis|Connection|READONLY|OOM|Socket/);
  return performance.now() - began;
};

describe.skipIf(!hasRedis)('one command', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  it('is one round trip for each question, scripts too', async () => {
    const redis = (await connected(server.url)).bind('trips');
    const replay = createRedisReplay(redis);
    const limits = createRedisRateLimits(redis);
    const take = { limit: { points: 5, seconds: 60 }, cost: 1, needs: 1 };
    const ask = async (): Promise<void> => {
      await replay.use({ ...use, key: randomBytes(8).toString('hex') });
      await limits.take(
        ['a', 'b', 'c', 'd'].map((key) => Object.assign({ key }, take)),
        1000,
      );
    };
    await ask();
    const calls = async (): Promise<number> =>
      Number(/total_commands_processed:(\d+)/.exec(await server.ask('INFO stats'))![1]);
    const evalsha = async (): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await server.ask('INFO commandstats'))?.[1] ?? 0);
    const [before, beforeAll_] = [await evalsha(), await calls()];
    await ask();
    expect((await evalsha()) - before).toBe(2);
    expect(beforeAll_).toBeGreaterThan(0);
  });

  it('tells Redis a script again that it has forgotten', async () => {
    const store = createRedisReplay((await connected(server.url)).bind('forgets'));
    expect(await store.use(use)).toBe('new');
    await server.ask('SCRIPT FLUSH');
    expect(await store.use(use)).toBe('used');
  });

  it('keeps two applications apart in one Redis, whatever their names are made of', async () => {
    const client = await connected(server.url);
    const [one, other] = ['app', 'app2'].map((prefix) => createRedisReplay(client.bind(prefix)));
    expect(await one!.use(use)).toBe('new');
    expect(await other!.use(use)).toBe('new');
    for (const prefix of ['a:b', 'a*', 'a b', '{a}', '', 'a\n', 'x'.repeat(65)])
      expect(() => client.bind(prefix)).toThrow(expect.toSatisfy(isConfigurationError));
  });

  it('refuses options that mean nothing, all at once', () => {
    const wrong = { client: {} as never, prefix: 'a b', timeoutMs: 5000, maxPending: 0, timeout: 1 } as never;
    const told = (): string => {
      try {
        createRedis(wrong);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const name of ['client', 'prefix', 'timeoutMs', 'maxPending', 'timeout']) expect(told()).toContain(name);
  });

  it('refuses whoever fills the replay store, and nobody else', async () => {
    const store = createRedisReplay((await connected(server.url)).bind('bound'), { maxUsesPerOwner: 3 });
    for (const key of ['a', 'b', 'c']) expect(await store.use({ ...use, key })).toBe('new');
    expect(await store.use({ ...use, key: 'd' })).toBe('full');
    expect(await store.use({ ...use, key: 'a' })).toBe('used');
    expect(await store.use({ ...use, key: 'd', owner: 'bert' })).toBe('new');
    // What is over by the clock of one process is kept a minute longer for another whose clock is behind.
    expect(await store.use({ ...use, key: 'd', now: 1359, until: 1600 })).toBe('full');
    expect(await store.use({ ...use, key: 'd', now: 1361, until: 1600 })).toBe('new');
  });

  it('lets everything it keeps end by itself', async () => {
    const redis = (await connected(server.url)).bind('ends');
    const now = Date.now() / 1000;
    await createRedisReplay(redis).use({ ...use, now, until: now + 300 });
    await createRedisRateLimits(redis).take([{ key: 'a', limit: { points: 1, seconds: 9 }, cost: 1, needs: 1 }], now);
    await createRedisTokens(redis).insert('t', { value: '1', until: now + 300 });
    const secretBase64 = randomBytes(32).toString('base64');
    const token = { accessToken: new Secret('at'), obtainedAt: now, expiresAt: now + 60 };
    await createRedisTokenCache(redis, { secretBase64 }).save('k', token);
    const keys = (await server.ask('KEYS *ends*')).split('\r\n').filter((line) => line.includes('ends'));
    expect(keys).toHaveLength(4);
    for (const key of keys) expect(Number(/:(-?\d+)/.exec(await server.ask(`PTTL ${key}`))![1])).toBeGreaterThan(0);
  });

  it('shows no token to whoever dumps Redis (RFC 9700 §4.14)', async () => {
    const redis = (await connected(server.url)).bind('dump');
    const secretBase64 = randomBytes(32).toString('base64');
    const cache = createRedisTokenCache(redis, { secretBase64 });
    const now = Math.floor(Date.now() / 1000);
    const tokens = { accessToken: new Secret('in-clear-at'), refreshToken: new Secret('in-clear-rt') };
    await cache.save('https://as.example client', { ...tokens, obtainedAt: now, expiresAt: now + 60 });
    const keys = (await server.ask('KEYS dump*')).split('\r\n').filter((line) => line.startsWith('dump'));
    expect(keys).toHaveLength(1);
    for (const key of keys) {
      expect(key + (await server.ask(`GET ${key}`))).not.toMatch(/in-clear|as\.example/);
    }
    // Sealed for its own name, with its own secret: moved or opened with another it is nothing.
    const stranger = createRedisTokenCache(redis, { secretBase64: randomBytes(32).toString('base64') });
    expect(await stranger.find('https://as.example client')).toBeUndefined();
    const later = createRedisTokenCache(redis, { secretBase64 });
    await cache.save('another', { accessToken: new Secret('other'), obtainedAt: now, expiresAt: now + 60 });
    const [first, second] = (await server.ask('KEYS dump:client*')).split('\r\n').filter((l) => l.startsWith('dump'));
    await server.ask(`COPY ${first} ${second} REPLACE`);
    await server.ask(`COPY ${second} ${first} REPLACE`);
    const found = [await later.find('another'), await later.find('https://as.example client')];
    expect(found.filter((each) => each === undefined)).toHaveLength(1);
  });

  it.each(['not json', '{"value":"x"}', '[]', '{"__proto__":{"value":"x","until":9e15}}'])(
    'believes nothing that it did not write: an entry %s is deleted, and refused with store-invalid',
    async (poison) => {
      const redis = (await connected(server.url)).bind('poison');
      const store = createRedisTokens(redis);
      await redis.send(['SET', 'poison:tokens:{k}', poison]);
      await expect((async () => store.find('k', 1000))()).rejects.toMatchObject({
        failure: { reason: 'store-invalid' },
      });
      expect(await store.find('k', 1000)).toBeUndefined();
    },
  );

  it('takes a bucket or a revocation of another form for an outage, never for none', async () => {
    const redis = (await connected(server.url)).bind('odd');
    await redis.send(['SET', '{odd:limits}:a', 'nan inf 1']);
    const take = [{ key: 'a', limit: { points: 1, seconds: 1 }, cost: 1, needs: 1 }];
    await expect((async () => createRedisRateLimits(redis).take(take, 1))()).rejects.toThrow('INVALID');
    await redis.send(['HSET', '{odd:revocation}:entries', 'a', 'never']);
    const revocation = createRedisRevocation(redis, { maxMirrored: 0 });
    await expect((async () => revocation.find(['a'], 1))()).rejects.toThrow('not as it was written');
    await redis.send(['SET', 'odd:replay:{anna}', 'a string']);
    await expect((async () => createRedisReplay(redis).use(use))()).rejects.toThrow('WRONGTYPE');
  });
});

describe.skipIf(!hasRedis)('a Redis Cluster', () => {
  it('finds all keys of one question in one slot', async () => {
    const server = await started(['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']);
    await server.ask('CLUSTER ADDSLOTSRANGE 0 16383');
    await until(async () => (await server.ask('CLUSTER INFO')).includes('cluster_state:ok'));
    const client = new Cluster([{ host: '127.0.0.1', port: server.port }]);
    client.on('error', () => undefined);
    try {
      await until(() => client.status === 'ready');
      let stores = 0;
      const bind = () => createRedis({ client, prefix: `c${stores++}` });
      for (const { title, run } of [
        ...replayStoreContract(() => createRedisReplay(bind())),
        ...rateLimitStoreContract(() => createRedisRateLimits(bind())),
        ...revocationStoreContract(() => createRedisRevocation(bind(), { maxMirrored: 0 })),
      ])
        await expect(run().then(() => title)).resolves.toBe(title);
    } finally {
      client.disconnect();
    }
  });
});

describe.skipIf(!hasRedis)('a look at Redis before the first request', () => {
  it.each(['allkeys-lru', 'volatile-ttl'])('refuses one that forgets by itself: %s', async (policy) => {
    const server = await started(['--maxmemory', '100mb', '--maxmemory-policy', policy]);
    const redis = (await connected(server.url)).bind('check');
    const checked = checkRedis(redis, { warn: () => undefined });
    await expect(checked).rejects.toMatchObject({ faults: [{ reason: 'store-eviction-policy' }] });
  });

  it('passes one that does not, and tells of clocks that are 30 s apart but not of 3 s', async () => {
    const server = await started();
    const redis = (await connected(server.url)).bind('check');
    const warnings: string[] = [];
    const check = (ahead: number): Promise<void> =>
      checkRedis(redis, {
        warn: (message) => warnings.push(message),
        clock: { now: () => Date.now() / 1000 + ahead } as never,
      });
    await check(0);
    await check(3);
    expect(warnings).toEqual([]);
    await check(30);
    expect(warnings).toEqual([expect.stringMatching(/\b3[01] s apart/)]);
  });

  it('tells where it may not be asked, and where it is a replica', async () => {
    const server = await started();
    await server.ask('ACL SETUSER default -info');
    const warnings: string[] = [];
    await checkRedis((await connected(server.url)).bind('check'), { warn: (message) => warnings.push(message) });
    expect(warnings).toEqual([expect.stringContaining('cannot be asked for')]);
  });
});

describe.skipIf(!hasRedis).each(packages)('an outage of Redis, through %s', (_, connect) => {
  it('refuses at once while there is no connection, and works again without a restart', async () => {
    const server = await started(['--appendonly', 'yes', '--appendfsync', 'always']);
    const store = createRedisReplay((await connected(server.url, connect)).bind('down'));
    const refused = async (): Promise<boolean> =>
      (async () => store.use({ ...use, key: 'probe' }))().then(
        () => false,
        () => true,
      );
    expect(await store.use(use)).toBe('new');
    await server.kill();
    await until(refused);
    expect(await refusedAfter((async () => store.use(use))())).toBeLessThan(500);
    await server.restart();
    await until(async () => !(await refused()));
    // It was told before, and is refused still.
    expect(await store.use(use)).toBe('used');
  });

  it('waits a second for one that hangs, then refuses at once, and keeps no queue', async () => {
    const server = await started();
    const redis = (await connected(server.url, connect)).bind('slow', { maxPending: 20 });
    const store = createRedisReplay(redis);
    expect(await store.use(use)).toBe('new');
    server.pause();
    const first = Array.from({ length: 20 }, async () => store.use({ ...use, key: 'late' }));
    expect(await refusedAfter((async () => store.use(use))())).toBeLessThan(500);
    const all = await Promise.allSettled(first);
    expect(all.every(({ status }) => status === 'rejected')).toBe(true);
    expect(await refusedAfter((async () => store.use(use))())).toBeLessThan(200);
    server.resume();
    await until(async () => (async () => store.use({ ...use, key: 'probe' }))().then(Boolean, () => false));
    expect(await store.use(use)).toBe('used');
  });

  it('takes a write that a replica or a full memory refuses for an outage, never for new', async () => {
    const server = await started(['--maxmemory-policy', 'noeviction']);
    const store = createRedisReplay((await connected(server.url, connect)).bind('replica'));
    await server.ask('REPLICAOF 127.0.0.1 1');
    await expect((async () => store.use(use))()).rejects.toThrow('READONLY');
    await server.ask('REPLICAOF NO ONE');
    await server.ask('CONFIG SET maxmemory 1');
    await expect((async () => store.use(use))()).rejects.toThrow(/OOM/);
    await server.ask('CONFIG SET maxmemory 0');
    expect(await store.use(use)).toBe('new');
  });

  it('reaches every process with a revocation, with messages and where they are lost', async () => {
    const server = await started();
    const here = await connected(server.url, connect);
    const there = await connected(server.url, connect);
    const quiet = createRedisRevocation(here.bind('told'));
    const told = createRedisRevocation(there.bind('told'), { subscriber: await there.subscriber() });
    const teller = createRedisRevocation(here.bind('told'), { maxMirrored: 0 });
    const isAtOnce = (store: typeof told): boolean => !(store.find(['x'], 0) instanceof Promise);
    await until(() => isAtOnce(quiet) && isAtOnce(told));
    const entry = { key: 'k', issuedBefore: 5, now: 1, until: 9e9 };
    await teller.revoke(entry);
    const began = performance.now();
    await until(async () => (await told.find(['k'], 2)) === 5);
    const byMessage = performance.now() - began;
    await until(async () => (await quiet.find(['k'], 2)) === 5);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(byMessage).toBeLessThan(1000);
    // What it cannot compare any more it does not answer.
    await server.kill();
    await until(async () => (async () => quiet.find(['k'], 2))().then(() => false, () => true)); // prettier-ignore
    await server.restart();
    // Redis has lost all of it: so has the copy, and it takes the new ones.
    await until(async () => (async () => quiet.find(['k'], 2))().then((found) => found === undefined, () => false)); // prettier-ignore
    const store = { revoke: teller.revoke.bind(teller), find: teller.find.bind(teller) };
    await until(async () =>
      revokeTokens(store, { issuer: null, kind: 'subject', value: 'anna' }).then(
        () => true,
        () => false,
      ),
    );
    await Promise.all([quiet.close(), told.close(), teller.close()]);
  });

  it('costs bounded time behind a proxy that delays and cuts', async () => {
    const server = await started();
    const sockets = new Set<Socket>();
    let delayMs = 0;
    const proxy = createServer((socket) => {
      const upstream = connectTo(server.port, '127.0.0.1');
      for (const [from, to] of [[socket, upstream], [upstream, socket]] as const) {
        sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
        from.on('data', (chunk) => void setTimeout(() => to.write(chunk), delayMs));
      }
    }); // prettier-ignore
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as { port: number };
    const store = createRedisReplay((await connected(`redis://127.0.0.1:${port}`, connect)).bind('proxy'));
    expect(await store.use(use)).toBe('new');
    delayMs = 3000;
    expect(await refusedAfter((async () => store.use({ ...use, key: 'late' }))())).toBeLessThan(1800);
    for (const socket of sockets) socket.destroy();
    delayMs = 0;
    await until(async () => (async () => store.use({ ...use, key: 'probe' }))().then(Boolean, () => false));
    expect(await store.use(use)).toBe('used');
    await new Promise((resolve) => {
      proxy.close(resolve);
      for (const socket of sockets) socket.destroy();
    });
  });
});
