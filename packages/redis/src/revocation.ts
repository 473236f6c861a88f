import { Faults } from '@auth/core/signing';
import type { Awaitable, RevocationEntry, RevocationStore } from '@auth/core';

import type { Redis } from './redis.js';
import { RevocationMirror } from './revocation-mirror.js';
import { keysOf, latestOf, readPairs, revoke } from './revocation-scripts.js';
import { listen, type RedisSubscriber } from './subscriber.js';

/** How a revocation store in Redis tells all processes. */
export interface RedisRevocationOptions {
  /**
   * A second client of the same package (`client.duplicate()`), for messages: then others know within milliseconds. Without it, and where
   * messages are lost, they know within a second.
   */
  readonly subscriber?: RedisSubscriber;
  /** Revocations that each process keeps at hand; default 100 000 (about 150 bytes each). Beyond it Redis is asked each time. 0: always. */
  readonly maxMirrored?: number;
  /** Revocations that Redis keeps; default a million. Beyond it `revoke` throws. */
  readonly maxEntries?: number;
}

/** A revocation store that follows Redis until it is closed. */
export interface RedisRevocation extends RevocationStore {
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Keeps revocations in Redis, and a copy of them in each process. A look-up costs no round trip while the copy was compared with Redis
 * within the last second; else it asks Redis, and throws where that is down.
 * @throws ConfigurationError with every fault of the options
 * @example const revocation = createRedisRevocation(redis, { subscriber: client.duplicate() });
 */
export function createRedisRevocation(redis: Redis, options: RedisRevocationOptions = {}): RedisRevocation {
  const faults = new Faults();
  faults.addUnknown(options, ['subscriber', 'maxMirrored', 'maxEntries']);
  const { subscriber, maxMirrored = 100_000, maxEntries = 1_000_000 } = options;
  if (!(Number.isSafeInteger(maxMirrored) && maxMirrored >= 0))
    faults.add('maxMirrored', 'invalid-option', 'must be a whole number');
  if (!(Number.isSafeInteger(maxEntries) && maxEntries > 0))
    faults.add('maxEntries', 'invalid-option', 'must be a positive whole number');
  if (subscriber !== undefined && typeof subscriber.subscribe !== 'function')
    faults.add('subscriber', 'invalid-option', 'must be a client of ioredis or redis, other than that of the stores');
  faults.throwIfAny();
  return new SharedRevocation(redis, new RevocationMirror(redis, maxMirrored), { subscriber, maxEntries });
}

class SharedRevocation implements RedisRevocation {
  readonly #redis: Redis;
  readonly #mirror: RevocationMirror;
  readonly #subscriber: RedisSubscriber | undefined;
  readonly #maxEntries: number;
  #stop: (() => Promise<void>) | undefined;

  constructor(
    redis: Redis,
    mirror: RevocationMirror,
    { subscriber, maxEntries }: { readonly subscriber: RedisSubscriber | undefined; readonly maxEntries: number },
  ) {
    this.#redis = redis;
    this.#mirror = mirror;
    this.#subscriber = subscriber;
    this.#maxEntries = maxEntries;
  }

  async revoke(entry: RevocationEntry): Promise<void> {
    const keys = keysOf(this.#redis.prefix);
    const { key, issuedBefore, now, until } = entry;
    const args = [key, String(issuedBefore), String(now), String(until), String(this.#maxEntries), keys.channel];
    await this.#redis.run(revoke, [keys.entries, keys.log, keys.ends, keys.state], args);
    this.#mirror.add(key, { issuedBefore, until });
  }

  find(keys: readonly string[], now: number): Awaitable<number | undefined> {
    this.#start();
    return this.#mirror.isTrusted() ? this.#mirror.find(keys, now) : this.#ask(keys, now);
  }

  async #ask(keys: readonly string[], now: number): Promise<number | undefined> {
    if (keys.length === 0) return undefined;
    const { entries } = keysOf(this.#redis.prefix);
    const found = await this.#redis.send(['HMGET', entries, ...keys], entries);
    return latestOf(readPairs(found), now);
  }

  /** With the first look-up, so that a store nobody asks costs nothing. */
  #start(): void {
    if (this.#stop !== undefined) return;
    const stopMirror = this.#mirror.start();
    const { channel } = keysOf(this.#redis.prefix);
    const stopListening = this.#subscriber && listen(this.#subscriber, channel, () => void this.#mirror.pull());
    this.#stop = async () => {
      stopMirror();
      await stopListening?.();
    };
  }

  async close(): Promise<void> {
    const stop = this.#stop;
    this.#stop = () => Promise.resolve();
    await stop?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
