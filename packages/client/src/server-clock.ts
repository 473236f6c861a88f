import type { Clock } from '@auth/core/signing';

import { ClientError } from './client-error.js';
import type { ClientEventDetails } from './client-event.js';
import type { AnswerHeaders } from './strategy.js';

/** Seconds by which two clocks may differ before anything is signed by another time. */
const tolerance = 5;
// Decision: a server whose clock is an hour off is wrong, or wants signatures for a time to come.
const longestOffset = 3600;

/** The time by which a server judges what is signed: ours, corrected by its `Date` after it refused. */
export class ServerClock {
  readonly #clock: Clock;
  readonly #emit: (event: ClientEventDetails) => void;
  #offset = 0;

  constructor(clock: Clock, emit: (event: ClientEventDetails) => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  readonly now = (): number => this.#clock.now() + this.#offset;

  /**
   * Learns from the `Date` of a refusal (RFC 9110 §6.6.1). True where another try is by another time.
   * @throws ClientError `clock-untrusted` for a time that is more than an hour from ours
   */
  learn(headers: AnswerHeaders): boolean {
    const date = Date.parse(headers.get('date') ?? '') / 1000;
    if (Number.isNaN(date) || Math.abs(date - this.now()) <= tolerance) return false;
    const offset = Math.round(date - this.#clock.now());
    if (Math.abs(offset) > longestOffset)
      throw new ClientError(
        'clock-untrusted',
        `the server's clock differs by ${offset} seconds: nothing is signed by it`,
      );
    this.#offset = offset;
    this.#emit({ kind: 'clock-corrected', offsetSeconds: offset });
    return true;
  }
}
