import type { Awaitable } from '../contracts/awaitable.js';
import { isPromise } from './awaitable.js';

/** Something that is made on first use and kept: one making serves all who wait, and what failed is tried again. */
export class Once<T> {
  readonly #make: () => Awaitable<T>;
  #kept: Awaitable<T> | undefined;

  constructor(make: () => Awaitable<T>) {
    this.#make = make;
  }

  get(): Awaitable<T> {
    if (this.#kept !== undefined) return this.#kept;
    const made = this.#make();
    this.#kept = made;
    if (isPromise(made))
      made.then(
        (value) => this.#replace(made, value),
        () => this.#replace(made, undefined),
      );
    return made;
  }

  /** The next who asks has it made anew. */
  forget(): void {
    this.#kept = undefined;
  }

  #replace(made: Promise<T>, value: T | undefined): void {
    if (this.#kept === made) this.#kept = value;
  }
}
