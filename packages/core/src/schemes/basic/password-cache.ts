import type { Clock } from '../../contracts/clock.js';

// Decision: some 2 MB. One user takes one place: names are those of passwords that were right.
const maxEntries = 10_000;

/**
 * Which passwords were right a short while ago, by names that tell nothing of them (see `PasswordCheck`). Bounded in time, from the
 * proof on, and in number: the oldest leaves first.
 */
export class PasswordCache {
  readonly #seconds: number;
  /** When each was proved, the oldest first. */
  readonly #provedAt = new Map<string, number>();
  #cancel: (() => void) | undefined;
  #closed = false;

  /** @param seconds 0: nothing is kept */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  has(name: string, now: number): boolean {
    const age = now - (this.#provedAt.get(name) ?? -Infinity);
    // A clock that was set back tells nothing of an age.
    return age >= 0 && age < this.#seconds;
  }

  add(name: string, clock: Clock): void {
    if (this.#seconds === 0 || this.#closed) return;
    this.#provedAt.delete(name);
    this.#provedAt.set(name, clock.now());
    const [oldest] = this.#provedAt.keys();
    if (this.#provedAt.size > maxEntries) this.#provedAt.delete(oldest!);
    this.#arm(clock);
  }

  /** Forgets everything, keeps nothing more, and ends the timer. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#provedAt.clear();
  }

  /** What has ended leaves the memory, used again or not. */
  #arm(clock: Clock): void {
    const [oldest] = this.#provedAt.values();
    if (this.#cancel !== undefined || oldest === undefined) return;
    this.#cancel = clock.schedule(oldest + this.#seconds, () => {
      this.#cancel = undefined;
      const now = clock.now();
      for (const [name, provedAt] of this.#provedAt) {
        if (now - provedAt < this.#seconds) break;
        this.#provedAt.delete(name);
      }
      this.#arm(clock);
    });
  }
}
