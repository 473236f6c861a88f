import { Redis as Ioredis } from 'ioredis';
import { createClient } from 'redis';

import { createRedis, type Redis, type RedisOptions, type RedisSubscriber } from '../src/index.js';

/** A client of one of the two packages, bound, and how to end it. */
export interface Connected {
  readonly client: RedisOptions['client'];
  bind(prefix: string, options?: Partial<RedisOptions>): Redis;
  subscriber(): Promise<RedisSubscriber>;
  close(): Promise<void>;
}

export type Connect = (url: string) => Promise<Connected>;

const ignore = (): void => undefined;

/** Both packages that the stores work with. */
export const packages: readonly (readonly [name: string, connect: Connect])[] = [
  ['ioredis', connectIoredis],
  ['redis', connectNodeRedis],
];

export async function connectIoredis(url: string): Promise<Connected> {
  const client = new Ioredis(url, { retryStrategy: () => 50 });
  client.on('error', ignore);
  const opened = [client];
  await client.ping();
  return {
    client,
    bind: (prefix, options) => createRedis({ client, prefix, ...options }),
    async subscriber() {
      const duplicate = client.duplicate();
      duplicate.on('error', ignore);
      opened.push(duplicate);
      await duplicate.ping();
      return duplicate;
    },
    async close() {
      for (const each of opened) each.disconnect();
    },
  };
}

async function connectNodeRedis(url: string): Promise<Connected> {
  const client = createClient({ url, socket: { reconnectStrategy: 50 } });
  client.on('error', ignore);
  const opened = [client];
  await client.connect();
  return {
    client,
    bind: (prefix, options) => createRedis({ client, prefix, ...options }),
    async subscriber() {
      const duplicate = client.duplicate();
      duplicate.on('error', ignore);
      opened.push(duplicate);
      await duplicate.connect();
      return duplicate;
    },
    async close() {
      for (const each of opened) each.destroy();
    },
  };
}
