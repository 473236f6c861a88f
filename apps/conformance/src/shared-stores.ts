import { ConfigurationError, type Clock } from '@auth/core';
import type { OpenStores, StoreName, StoreOpener, StorePlace, StorePlaces } from '@auth/core/testing';
import {
  createPostgres,
  createPostgresAudit,
  createPostgresCredentials,
  createPostgresPasswords,
  createPostgresReplay,
  createPostgresRevocation,
  createPostgresSessions,
  createPostgresSigningKeys,
  createPostgresTokens,
  migratePostgres,
  type Postgres,
} from '@auth/postgres';
import {
  checkRedis,
  createRedis,
  createRedisRateLimits,
  createRedisReplay,
  createRedisRevocation,
  createRedisSessions,
  createRedisSigningKeys,
  createRedisTokens,
} from '@auth/redis';
import { Redis as RedisClient } from 'ioredis';
import { Pool } from 'pg';

import { textOfFault, UsageError } from './configuration.js';

/** The stores that a configuration shares with other processes. */
export interface SharedStores {
  readonly open: StoreOpener;
  /**
   * Connects, makes tables, and writes what the configuration has into them: nothing that is there already is changed.
   * @throws UsageError where one is set up so that it may not be used
   */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** What is done once, before the first request and after the last. */
interface Lifecycle {
  readonly starts: (() => Promise<unknown>)[];
  readonly ends: (() => unknown)[];
}

/** The stores at one place. */
type StoresAt = Partial<Omit<OpenStores, 'shared' | 'tokens'>> & {
  readonly replay: ReturnType<typeof createRedisReplay>;
  readonly revocation: ReturnType<typeof createPostgresRevocation>;
  readonly rateLimits?: ReturnType<typeof createRedisRateLimits>;
  readonly tokens: ReturnType<typeof createRedisTokens>;
};

const warn = (message: string): void => void process.stderr.write(`warning: ${message}\n`);

export function createSharedStores(): SharedStores {
  const life: Lifecycle = { starts: [], ends: [] };
  return {
    open: (places, clock) => openStores(places, clock, life),
    async ready() {
      try {
        for (const start of life.starts) await start();
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        throw new UsageError(error.faults.map((fault) => `stores: ${textOfFault(fault)}`).join('\n'));
      }
    },
    async close() {
      for (const end of life.ends.toReversed()) await end();
    },
  };
}

function openStores(places: StorePlaces, clock: Clock, life: Lifecycle): OpenStores {
  const opened = new Map<string, StoresAt>();
  const at = (name: StoreName): StoresAt | undefined => {
    const place = places[name];
    if (place === undefined) return undefined;
    const id = `${place.prefix} ${place.url}`;
    if (!opened.has(id)) opened.set(id, openers[place.type](place, clock, life));
    return opened.get(id)!;
  };
  const { signingKeys } = at('keys') ?? {};
  const { sessions } = at('sessions') ?? {};
  const { audit } = at('audit') ?? {};
  return {
    ...(signingKeys !== undefined && { signingKeys }),
    ...(sessions !== undefined && { sessions }),
    ...(audit !== undefined && { audit }),
    shared: (memory) => ({
      replay: at('replay')?.replay ?? memory.replay,
      revocation: at('revocation')?.revocation ?? memory.revocation,
      rateLimits: at('rateLimits')?.rateLimits ?? memory.rateLimits,
    }),
    tokens: (memory) => at('tokens')?.tokens ?? memory,
    apiKeys: (memory, of) => at('credentials')?.apiKeys?.(memory, of) ?? memory,
    passwords: (memory, of) => at('credentials')?.passwords?.(memory, of) ?? memory,
  };
}

const openers: Readonly<Record<StorePlace['type'], (place: StorePlace, clock: Clock, life: Lifecycle) => StoresAt>> = {
  redis: openRedis,
  postgres: openPostgres,
};

function openRedis({ url, prefix }: StorePlace, clock: Clock, { starts, ends }: Lifecycle): StoresAt {
  const connect = (): RedisClient => {
    const client = new RedisClient(url, { lazyConnect: true, retryStrategy: (tries) => Math.min(tries * 50, 1000) });
    client.on('error', ({ message }) => warn(`redis: ${message}`));
    // Where that fails it goes on trying.
    starts.push(async () => void client.connect().catch(() => undefined));
    ends.push(() => client.disconnect());
    return client;
  };
  const redis = createRedis({ client: connect(), prefix });
  const revocation = createRedisRevocation(redis, { subscriber: connect() });
  starts.push(() => checkRedis(redis, { warn, clock }));
  ends.push(() => revocation.close());
  return {
    replay: createRedisReplay(redis),
    revocation,
    rateLimits: createRedisRateLimits(redis),
    tokens: createRedisTokens(redis, { clock }),
    signingKeys: createRedisSigningKeys(redis),
    sessions: createRedisSessions(redis, { clock }),
  };
}

function openPostgres({ url, prefix }: StorePlace, clock: Clock, { starts, ends }: Lifecycle): StoresAt {
  const client = new Pool({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', ({ message }) => warn(`postgres: ${message}`));
  ends.push(() => client.end());
  const bind = (schema: string): Postgres => {
    const postgres = createPostgres({ client, schema });
    starts.push(() => migratePostgres(postgres));
    return postgres;
  };
  const postgres = bind(prefix);
  // Two schemes may have the same ids and names for different keys and users.
  const bindScheme = (scheme: string): Postgres =>
    bind(`${prefix}_${scheme.toLowerCase().replaceAll(/[^a-z0-9]/g, '_')}`.slice(0, 63));
  return {
    replay: createPostgresReplay(postgres),
    revocation: createPostgresRevocation(postgres),
    tokens: createPostgresTokens(postgres, { clock }),
    signingKeys: createPostgresSigningKeys(postgres),
    sessions: createPostgresSessions(postgres, { clock }),
    audit: createPostgresAudit(postgres),
    apiKeys(_memory, { scheme, keys }) {
      const store = createPostgresCredentials(bindScheme(scheme));
      starts.push(() => Promise.all(keys.map(async ([hash, record]) => store.insertApiKey(hash, record))));
      return store;
    },
    passwords(memory, { scheme, usernames }) {
      const store = createPostgresPasswords(bindScheme(scheme));
      starts.push(async () => {
        for (const username of usernames) {
          const user = await memory.findUser(username);
          if (user !== undefined && (await store.findUser(username)) === undefined) await store.saveUser(user);
        }
      });
      return store;
    },
  };
}
