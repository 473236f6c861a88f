import { crypto } from '#crypto';

import { encodeBase64url } from '../../base/base64.js';
import { orAbort } from '../../base/or-abort.js';
import { systemRandom } from '../../base/random.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Context } from '../../contracts/scheme.js';
import { verifyPasswordHash, type PasswordHash } from '../../crypto/password-hash.js';
import type { HashQueue } from './hash-queue.js';
import { PasswordCache } from './password-cache.js';

/** One password, to be compared with one stored hash. */
export interface PasswordAttempt {
  readonly username: string;
  /** As `preparePassword` answers it. */
  readonly password: string;
  readonly stored: PasswordHash;
  /** The text of the stored hash; undefined where none is stored, and the hash is one of no password. */
  readonly storedText: string | undefined;
  /** Whether a match may be kept, and one that was kept may answer. */
  readonly cacheable: boolean;
}

/** `busy`: nothing was computed, too many are waiting. */
export type Verdict = 'match' | 'mismatch' | 'busy';

/** One computation under way, for all who ask the same. */
interface Flight {
  readonly verdict: Promise<Verdict>;
  readonly abandoned: AbortController;
  callers: number;
}

/**
 * Compares passwords with hashes: a few at once, identical attempts by one computation, and for a short while not again where one
 * was right.
 */
export class PasswordCheck {
  readonly #queue: HashQueue;
  readonly #cache: PasswordCache;
  readonly #flights = new Map<string, Flight>();
  // Drawn on first use: some runtimes have no randomness before the first request.
  #keys: readonly [inner: string, outer: string] | undefined;

  constructor(queue: HashQueue, cacheSeconds: number) {
    this.#queue = queue;
    this.#cache = new PasswordCache(cacheSeconds);
  }

  /** @throws what aborted the signal; those who asked the same go on. */
  check(attempt: PasswordAttempt, context: Context): Awaitable<Verdict> {
    const name = this.#nameOf(attempt);
    // Whoever has no right password never gets here sooner: without it nobody learns who was here.
    if (attempt.cacheable && this.#cache.has(name, context.clock.now())) return 'match';
    return this.#join(name, attempt, context);
  }

  close(): void {
    this.#cache.close();
  }

  async #join(name: string, attempt: PasswordAttempt, context: Context): Promise<Verdict> {
    context.signal?.throwIfAborted();
    const flight = this.#flights.get(name) ?? this.#start(name, attempt, context);
    flight.callers++;
    try {
      const verdict = await orAbort(flight.verdict, context.signal);
      if (verdict === 'match' && attempt.cacheable) this.#cache.add(name, context.clock);
      return verdict;
    } finally {
      // The last who leaves takes it out at once: nobody may join what was called off.
      if (--flight.callers === 0) {
        if (this.#flights.get(name) === flight) this.#flights.delete(name);
        flight.abandoned.abort();
      }
    }
  }

  #start(name: string, { password, stored }: PasswordAttempt, { clientAddress }: Context): Flight {
    const abandoned = new AbortController();
    const work = async (): Promise<Verdict> => ((await verifyPasswordHash(password, stored)) ? 'match' : 'mismatch');
    const verdict = this.#queue
      .run(work, { address: clientAddress, signal: abandoned.signal })
      .then((found) => found ?? 'busy');
    const flight = { verdict, abandoned, callers: 0 };
    this.#flights.set(name, flight);
    return flight;
  }

  /**
   * A name for the attempt that only this process can make: maps keyed by passwords, or by a plain hash of them, would be a list of
   * passwords in every memory dump. A hash of a hash, each with a key of its own, as HMAC has it (RFC 2104).
   */
  #nameOf({ username, password, storedText }: PasswordAttempt): string {
    const [inner, outer] = (this.#keys ??= [newKey(), newKey()]);
    return crypto.sha256Text(
      outer + crypto.sha256Text(inner + JSON.stringify([username, storedText ?? null, password])),
    );
  }
}

const newKey = (): string => encodeBase64url(systemRandom(32));
