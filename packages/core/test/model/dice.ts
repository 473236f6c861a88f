/** Chance that can be had again: the same seed throws the same. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to `end`, without it (mulberry32). */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((((mixed ^ (mixed >>> 14)) >>> 0) * end) / 2 ** 32) | 0;
  }

  chance(probability: number): boolean {
    return this.below(2 ** 24) < probability * 2 ** 24;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** So many different ones, in any order. */
  some<T>(from: readonly T[], count: number): readonly T[] {
    const rest = [...from];
    return this.list(Math.min(count, rest.length), () => rest.splice(this.below(rest.length), 1)[0]!);
  }

  list<T>(length: number, make: () => T): T[] {
    return Array.from({ length }, make);
  }
}
