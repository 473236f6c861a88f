// Whoever waits costs memory; what comes beyond is refused.
const maxWaiting = 256;

/**
 * Counts tries that are under way in this process, by bucket. A try that may still turn out wrong holds a place: of fifty guesses at
 * once no more are checked than may be wrong, and nobody who is right is refused for the company they come in.
 */
export class Tries {
  readonly #underWay = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** How many are under way in a bucket. */
  count(key: string): number {
    return this.#underWay.get(key) ?? 0;
  }

  begin(keys: readonly string[]): void {
    for (const key of keys) this.#underWay.set(key, this.count(key) + 1);
  }

  end(keys: readonly string[]): void {
    for (const key of keys) {
      const left = this.count(key) - 1;
      if (left > 0) this.#underWay.set(key, left);
      else this.#underWay.delete(key);
      const waiting = this.#waiting.get(key);
      this.#waiting.delete(key);
      for (const goOn of waiting ?? []) goOn();
    }
  }

  /**
   * Waits until one of those under way in a bucket has ended.
   * @returns undefined where too many wait already.
   */
  next(key: string, signal: AbortSignal | undefined): Promise<void> | undefined {
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#waiting.set(key, (waiting = new Set()));
    if (waiting.size >= maxWaiting) return undefined;
    return new Promise((resolve, reject) => {
      const goOn = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.delete(goOn);
        reject(signal!.reason as Error);
      };
      waiting.add(goOn);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }
}
