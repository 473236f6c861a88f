/**
 * Runs few works at once, and lets some wait, in the order in which they came. A hash takes much memory and a core: without
 * bounds, whoever sends passwords takes the whole server.
 */
export class HashQueue {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(maxRunning: number, maxWaiting: number) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs a work once there is room for it.
   * @param signal ends the waiting; what runs already runs to its end.
   * @returns undefined where too many are waiting.
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> | undefined {
    if (this.#running < this.#maxRunning) return this.#start(work);
    if (this.#waiting.size >= this.#maxWaiting) return undefined;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(enter);
        reject(signal.reason);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(this.#start(work));
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(enter);
    });
  }

  async #start<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      const [next] = this.#waiting;
      if (next !== undefined) {
        this.#waiting.delete(next);
        next();
      }
    }
  }
}

/** Waits for something that others may wait for too: the signal ends this waiting alone. */
export function orAbort<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return shared;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    const settled = (): void => signal.removeEventListener('abort', leave);
    shared.then(resolve, reject).then(settled, settled);
  });
}
