/** Lets so many pieces of work run at once, and so many wait. */
export class Gate {
  #free: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];

  constructor({ most, mostWaiting }: { readonly most: number; readonly mostWaiting: number }) {
    this.#free = most;
    this.#mostWaiting = mostWaiting;
  }

  /** @returns undefined, at once, where too many wait already */
  run<T>(work: () => Promise<T>): Promise<T> | undefined {
    if (this.#free === 0 && this.#waiting.length >= this.#mostWaiting) return undefined;
    return this.#enter()
      .then(work)
      .finally(() => this.#leave());
  }

  #enter(): Promise<void> {
    if (this.#free === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#free--;
    return Promise.resolve();
  }

  /** Whoever waits longest takes the place over. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
