import { crypto } from '#crypto';

import { encodeBase64url } from '../../base/base64.js';
import { concatBytes, toUtf8 } from '../../base/bytes.js';
import { systemRandom } from '../../base/random.js';
import { formatPasswordHash, verifyPasswordHash, type PasswordHash } from '../../crypto/password-hash.js';
import { HashQueue, orAbort } from './hash-queue.js';

/** One password, to be compared with one stored hash. */
export interface PasswordAttempt {
  readonly username: string;
  /** As `preparePassword` answers it. */
  readonly password: string;
  readonly stored: PasswordHash;
}

/** `busy`: nothing was computed, too many are waiting. */
export type Verdict = 'match' | 'mismatch' | 'busy';

/** One computation under way, for all who ask the same. */
interface Flight {
  readonly verdict: Promise<Verdict>;
  readonly abandoned: AbortController;
  callers: number;
}

/** Compares passwords with hashes: a few at once, and identical attempts by one computation. */
export class PasswordCheck {
  readonly #queue: HashQueue;
  readonly #flights = new Map<string, Flight>();
  // Drawn on first use: some runtimes have no randomness before the first request.
  #key: Uint8Array | undefined;

  constructor(maxConcurrent: number, maxWaiting: number) {
    this.#queue = new HashQueue(maxConcurrent, maxWaiting);
  }

  /** @throws what aborted the signal; those who asked the same go on. */
  async check(attempt: PasswordAttempt, signal: AbortSignal | undefined): Promise<Verdict> {
    signal?.throwIfAborted();
    const name = this.#nameOf(attempt);
    const flight = this.#flights.get(name) ?? this.#start(name, attempt);
    flight.callers++;
    try {
      return await orAbort(flight.verdict, signal);
    } finally {
      // The last who leaves takes it out at once: nobody may join what was called off.
      if (--flight.callers === 0) {
        if (this.#flights.get(name) === flight) this.#flights.delete(name);
        flight.abandoned.abort();
      }
    }
  }

  #start(name: string, { password, stored }: PasswordAttempt): Flight {
    const abandoned = new AbortController();
    const work = async (): Promise<Verdict> => ((await verifyPasswordHash(password, stored)) ? 'match' : 'mismatch');
    const verdict = this.#queue.run(work, abandoned.signal) ?? Promise.resolve('busy' as const);
    const flight = { verdict, abandoned, callers: 0 };
    this.#flights.set(name, flight);
    return flight;
  }

  /**
   * A name for the attempt that only this process can make: a map keyed by passwords, or by a plain hash of them, would be a
   * list of passwords in every memory dump. A prefix as the key of SHA-256 is enough where nobody sees the outcome.
   */
  #nameOf({ username, password, stored }: PasswordAttempt): string {
    this.#key ??= systemRandom(32);
    const text = toUtf8(JSON.stringify([username, formatPasswordHash(stored), password]));
    return encodeBase64url(crypto.sha256(concatBytes([this.#key, text], this.#key.length + text.length)));
  }
}
