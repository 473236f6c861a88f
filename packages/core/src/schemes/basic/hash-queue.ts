import { networkOf } from '../../http/addresses.js';

/** Whom a work is done for. */
export interface HashCaller {
  /** Null where nobody knows: they count as one. */
  readonly address: string | null;
  /** Ends the waiting; what runs already runs to its end. */
  readonly signal: AbortSignal;
  /** Nobody waits for it: it makes room for whoever has a request. */
  readonly background?: boolean;
}

interface Waiting {
  readonly enter: () => void;
  /** There is no room for it any more. */
  readonly pushOut: () => void;
}

// The lane of what nobody waits for; no network is called so.
const behind = 'background';

/**
 * Runs few works at once, and lets some wait. A hash takes much memory and a core: without bounds, whoever sends passwords takes the
 * whole server. Those who wait take turns by network, each in the order in which it came; where too many wait, the network with the
 * most gives up its latest: whoever sends many is in nobody's way but their own.
 */
export class HashQueue {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  /** By network; the first is next. */
  readonly #lanes = new Map<string, Set<Waiting>>();
  #running = 0;
  #waiting = 0;

  constructor(maxRunning: number, maxWaiting: number) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs a work once there is room for it.
   * @returns undefined where too many are waiting.
   */
  async run<T>(work: () => Promise<T>, caller: HashCaller): Promise<T | undefined> {
    if (this.#running < this.#maxRunning) return this.#start(work);
    const { address, signal, background = false } = caller;
    const network = background ? behind : networkOf(address ?? '');
    if (this.#waiting >= this.#maxWaiting && !this.#makeRoom(network)) return undefined;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#remove(network, waiting);
        reject(signal.reason);
      };
      const stay = (): void => signal.removeEventListener('abort', leave);
      const waiting: Waiting = {
        enter: () => {
          stay();
          resolve(this.#start(work));
        },
        pushOut: () => {
          stay();
          resolve(undefined);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#add(network, waiting);
    });
  }

  async #start<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#takeTurn();
    }
  }

  #takeTurn(): void {
    const [first] = this.#lanes;
    if (first === undefined) return;
    const [network, lane] = first;
    const [next] = lane;
    this.#remove(network, next!);
    // To the back of the others.
    if (this.#lanes.delete(network)) this.#lanes.set(network, lane);
    next!.enter();
  }

  /** Pushes out what nobody waits for, else the latest of the network with the most, unless that would be no fairer. */
  #makeRoom(network: string): boolean {
    if (network === behind) return false;
    let most = this.#lanes.has(behind) ? behind : network;
    if (most !== behind) for (const [each] of this.#lanes) if (this.#sizeOf(each) > this.#sizeOf(most)) most = each;
    if (most !== behind && this.#sizeOf(most) <= this.#sizeOf(network) + 1) return false;
    const [latest] = [...this.#lanes.get(most)!].slice(-1);
    this.#remove(most, latest!);
    latest!.pushOut();
    return true;
  }

  #sizeOf(network: string): number {
    return this.#lanes.get(network)?.size ?? 0;
  }

  #add(network: string, waiting: Waiting): void {
    const lane = this.#lanes.get(network) ?? new Set();
    lane.add(waiting);
    this.#lanes.set(network, lane);
    this.#waiting++;
  }

  #remove(network: string, waiting: Waiting): void {
    const lane = this.#lanes.get(network);
    if (lane?.delete(waiting) !== true) return;
    this.#waiting--;
    if (lane.size === 0) this.#lanes.delete(network);
  }
}
