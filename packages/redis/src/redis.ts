import { Faults } from '@auth/core/signing';

import { createDriver, type Command, type Driver, type RedisClient } from './client.js';
import type { Script } from './script.js';

/** Options that all stores of one Redis share. */
export interface RedisOptions {
  /** A client of `ioredis` or `redis`, connected or about to be. */
  readonly client: RedisClient;
  /** What all keys of this application begin with; default `auth`. Two applications in one Redis have different ones. */
  readonly prefix?: string;
  /** How long a command may take, in milliseconds; default 1000, at most 1000, since the guard waits no longer. */
  readonly timeoutMs?: number;
  /** Commands that may be under way at once; default 10 000. What comes beyond is refused at once. */
  readonly maxPending?: number;
}

/** One Redis, as the stores ask it. */
export interface Redis {
  readonly prefix: string;
  /** Runs a command. Of a key in `{}` a cluster takes that part alone to find its server. */
  send(args: Command['args'], key?: string): Promise<unknown>;
  /** Runs a script in one round trip, two where Redis does not know it yet. All keys are of one slot. */
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

/**
 * Binds the stores to a client of `ioredis` or `redis`.
 *
 * A command is sent at once or not at all: none waits for a connection, so that nothing is done long after whoever asked has gone. It
 * fails where there is no connection, where it takes longer than `timeoutMs`, and at once while an earlier one is that late.
 * @throws ConfigurationError with every fault of the options
 * @example const redis = createRedis({ client: new Redis('redis://127.0.0.1'), prefix: 'orders' });
 */
export function createRedis(options: RedisOptions): Redis {
  const faults = new Faults();
  faults.addUnknown(options, ['client', 'prefix', 'timeoutMs', 'maxPending']);
  const { client, prefix = 'auth', timeoutMs = 1000, maxPending = 10_000 } = options;
  const driver = createDriver(client);
  if (driver === undefined) faults.add('client', 'invalid-option', 'must be a client of ioredis or redis');
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(prefix))
    faults.add('prefix', 'invalid-option', 'must be 1 to 64 letters, digits, dots, hyphens or underscores');
  if (!(Number.isSafeInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= 1000))
    faults.add('timeoutMs', 'invalid-option', 'must be a whole number from 1 to 1000');
  if (!(Number.isSafeInteger(maxPending) && maxPending > 0))
    faults.add('maxPending', 'invalid-option', 'must be a positive whole number');
  faults.throwIfAny();
  return new BoundRedis(driver!, prefix, { timeoutMs, maxPending });
}

interface Bounds {
  readonly timeoutMs: number;
  readonly maxPending: number;
}

class BoundRedis implements Redis {
  readonly prefix: string;
  readonly #driver: Driver;
  readonly #bounds: Bounds;
  /** When each command was sent whose answer is not there yet, the earliest first. */
  readonly #pending = new Map<number, number>();
  #next = 0;

  constructor(driver: Driver, prefix: string, bounds: Bounds) {
    this.#driver = driver;
    this.prefix = prefix;
    this.#bounds = bounds;
  }

  async run({ sha, text }: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.send(['EVALSHA', sha, ...rest], keys[0]);
    } catch (error) {
      // After a restart, a failover or SCRIPT FLUSH it has to be told once more.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.send(['EVAL', text, ...rest], keys[0]);
    }
  }

  send(args: Command['args'], key?: string): Promise<unknown> {
    const { timeoutMs, maxPending } = this.#bounds;
    if (!this.#driver.isReady()) return Promise.reject(new Error('redis: there is no connection'));
    const [earliest] = this.#pending.values();
    // Answers come in the order of the questions: behind one that is late all are.
    if (earliest !== undefined && performance.now() - earliest > timeoutMs)
      return Promise.reject(new Error(`redis: the answer to an earlier command is later than ${timeoutMs} ms`));
    if (this.#pending.size >= maxPending)
      return Promise.reject(new Error(`redis: ${maxPending} commands are under way already`));
    return this.#sendNow({ args, key });
  }

  #sendNow(command: Command): Promise<unknown> {
    const { timeoutMs } = this.#bounds;
    const id = this.#next++;
    this.#pending.set(id, performance.now());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`redis: no answer within ${timeoutMs} ms`)), timeoutMs);
      const answered = (): void => {
        clearTimeout(timer);
        this.#pending.delete(id);
      };
      this.#driver.send(command).then(
        (answer) => {
          answered();
          resolve(answer);
        },
        (error: unknown) => {
          answered();
          reject(error instanceof Error ? error : new Error('redis: a command failed', { cause: error }));
        },
      );
    });
  }
}
