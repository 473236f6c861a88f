/** What is used of a client of the package `ioredis`: `new Redis(…)` or `new Cluster(…)`. */
export interface IoredisClient {
  readonly status: string;
  call(command: string, args: (string | number)[]): Promise<unknown>;
}

/** What is used of a client of the package `redis`: `createClient(…)`. */
export interface NodeRedisClient {
  readonly isReady: boolean;
  sendCommand(args: string[]): Promise<unknown>;
}

/** What is used of `createCluster(…)` of the package `redis`. */
export interface NodeRedisCluster {
  readonly isOpen: boolean;
  /** Tells a cluster from a client. */
  readonly masters: readonly unknown[];
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, args: string[]): Promise<unknown>;
}

/** A client of one of the two packages. How it connects (TLS, Sentinel, Cluster) are options of its own. */
export type RedisClient = IoredisClient | NodeRedisClient | NodeRedisCluster;

/** One command. */
export interface Command {
  readonly args: readonly [name: string, ...rest: string[]];
  /** By which a cluster finds the server; undefined where any will do. */
  readonly key: string | undefined;
}

/** What both packages can do. */
export interface Driver {
  /** Whether a command would be sent now, not queued for later. */
  isReady(): boolean;
  send(command: Command): Promise<unknown>;
}

/** @returns undefined for what is no client of either package */
export function createDriver(client: RedisClient): Driver | undefined {
  if (isIoredis(client))
    return {
      isReady: () => client.status === 'ready',
      send: ({ args: [name, ...rest] }) => client.call(name, rest),
    };
  if (isNodeRedisCluster(client))
    return {
      isReady: () => client.isOpen,
      send: ({ args, key }) => client.sendCommand(key, false, [...args]),
    };
  if (isNodeRedis(client))
    return {
      isReady: () => client.isReady,
      send: ({ args }) => client.sendCommand([...args]),
    };
  return undefined;
}

const isFunction = (value: unknown): boolean => typeof value === 'function';

const isIoredis = (client: RedisClient): client is IoredisClient =>
  isFunction((client as Partial<IoredisClient>)?.call) && 'status' in client;

const isNodeRedisCluster = (client: RedisClient): client is NodeRedisCluster =>
  isFunction((client as Partial<NodeRedisCluster>)?.sendCommand) && 'masters' in client;

const isNodeRedis = (client: RedisClient): client is NodeRedisClient =>
  isFunction((client as Partial<NodeRedisClient>)?.sendCommand) && 'isReady' in client;
