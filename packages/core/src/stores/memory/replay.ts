import { Faults } from '../../errors/faults.js';
import type { ReplayStore, ReplayUse } from '../../contracts/stores.js';

/** Bounds of a replay store in memory. */
export interface MemoryReplayOptions {
  /** Uses that are remembered at once; default a million (about 150 bytes each). */
  readonly maxUses?: number;
  /** Of these, uses of one owner; default a tenth of `maxUses`. */
  readonly maxUsesPerOwner?: number;
}

// What ends within so many seconds is forgotten together.
const bucketSeconds = 5;

/**
 * Remembers what was used in the memory of this process, within bounds.
 * @throws ConfigurationError with every fault of the options.
 * @example createAuth({ schemes, stores: { replay: createMemoryReplay({ maxUses: 100_000 }) } })
 */
export function createMemoryReplay(options: MemoryReplayOptions = {}): ReplayStore {
  const faults = new Faults();
  faults.addUnknown(options, ['maxUses', 'maxUsesPerOwner']);
  const { maxUses = 1_000_000, maxUsesPerOwner = Math.ceil(maxUses / 10) } = options;
  for (const [name, bound] of Object.entries({ maxUses, maxUsesPerOwner }))
    if (!(Number.isSafeInteger(bound) && bound > 0)) faults.add(name, 'invalid-option', 'must be a positive number');
  faults.throwIfAny();
  return new MemoryReplay(maxUses, maxUsesPerOwner);
}

class MemoryReplay implements ReplayStore {
  readonly #maxUses: number;
  readonly #maxUsesPerOwner: number;
  /** When each use may be forgotten, and whose it is. */
  readonly #uses = new Map<string, ReplayUse>();
  readonly #countByOwner = new Map<string, number>();
  /** Keys by the time at which all of them may be forgotten. */
  readonly #endings = new Map<number, string[]>();
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(maxUses: number, maxUsesPerOwner: number) {
    this.#maxUses = maxUses;
    this.#maxUsesPerOwner = maxUsesPerOwner;
  }

  use(use: ReplayUse): 'new' | 'used' | 'full' {
    const { key, owner, now, until } = use;
    this.#sweep(now);
    const known = this.#uses.get(key);
    if (known !== undefined && now < known.until) return 'used';
    if (known !== undefined) this.#forget(key);
    const count = this.#countByOwner.get(owner) ?? 0;
    if (count >= this.#maxUsesPerOwner || this.#uses.size >= this.#maxUses) return 'full';
    this.#uses.set(key, use);
    this.#countByOwner.set(owner, count + 1);
    const ending = Math.ceil(until / bucketSeconds) * bucketSeconds;
    const together = this.#endings.get(ending);
    if (together === undefined) this.#endings.set(ending, [key]);
    else together.push(key);
    return 'new';
  }

  /** There are few endings: as many as the longest window has buckets. */
  #sweep(now: number): void {
    if (now < this.#sweptAt + bucketSeconds) return;
    this.#sweptAt = now;
    for (const [ending, keys] of this.#endings) {
      if (now < ending) continue;
      this.#endings.delete(ending);
      // One that was used again since ends later.
      for (const key of keys) if (now >= (this.#uses.get(key)?.until ?? Number.POSITIVE_INFINITY)) this.#forget(key);
    }
  }

  #forget(key: string): void {
    const { owner } = this.#uses.get(key)!;
    this.#uses.delete(key);
    const left = this.#countByOwner.get(owner)! - 1;
    if (left === 0) this.#countByOwner.delete(owner);
    else this.#countByOwner.set(owner, left);
  }
}
