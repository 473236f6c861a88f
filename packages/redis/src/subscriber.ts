/** What is used of a client of `ioredis` that listens: connected, and not that of the stores. */
export interface IoredisSubscriber {
  readonly status: string;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: 'message', listener: (channel: string, message: string) => void): unknown;
  on(event: 'ready', listener: () => void): unknown;
}

/** The same of `redis`. */
export interface NodeRedisSubscriber {
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
}

/** A client that listens, `client.duplicate()`. */
export type RedisSubscriber = IoredisSubscriber | NodeRedisSubscriber;

/**
 * Calls `told` for each message, and whenever messages may have been lost: after each connection. Errors of the connection are the
 * client's to report; who listens has to look by itself all the same.
 * @returns how to stop
 */
export function listen(subscriber: RedisSubscriber, channel: string, told: () => void): () => Promise<void> {
  let stopped = false;
  const tell = (): void => {
    if (!stopped) told();
  };
  const subscribed = subscribe(subscriber, channel, tell);
  const settled = subscribed.then(tell, () => undefined);
  return async () => {
    stopped = true;
    await settled;
    await subscriber.unsubscribe(channel).catch(() => undefined);
  };
}

function subscribe(subscriber: RedisSubscriber, channel: string, tell: () => void): Promise<unknown> {
  if (!('status' in subscriber)) {
    subscriber.on('ready', tell);
    return subscriber.subscribe(channel, tell);
  }
  subscriber.on('ready', tell);
  subscriber.on('message', (from) => {
    if (from === channel) tell();
  });
  return subscriber.subscribe(channel);
}
