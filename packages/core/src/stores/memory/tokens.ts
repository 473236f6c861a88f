import { Faults } from '../../errors/faults.js';
import type { TokenEntry, TokenStore } from '../tokens.js';

/** Bounds of a token store in memory. */
export interface MemoryTokensOptions {
  /** Entries at once; default 100 000 (about 600 bytes each). */
  readonly maxEntries?: number;
}

const sweepSeconds = 60;

/**
 * Keeps the state of an issuer in the memory of this process, within bounds.
 * @throws ConfigurationError with every fault of the options.
 */
export function createMemoryTokens(options: MemoryTokensOptions = {}): TokenStore {
  const faults = new Faults();
  faults.addUnknown(options, ['maxEntries']);
  const { maxEntries = 100_000 } = options;
  if (!(Number.isSafeInteger(maxEntries) && maxEntries > 0))
    faults.add('maxEntries', 'invalid-option', 'must be a positive number');
  faults.throwIfAny();
  const entries = new Map<string, TokenEntry>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  const sweep = (now: number): void => {
    if (now < sweptAt + sweepSeconds) return;
    sweptAt = now;
    for (const [key, { until }] of entries) if (now >= until) entries.delete(key);
  };
  return {
    insert(key, entry) {
      if (entries.has(key)) return false;
      if (entries.size >= maxEntries) throw new Error(`the token store holds ${maxEntries} entries already`);
      entries.set(key, entry);
      return true;
    },
    find(key, now) {
      sweep(now);
      const entry = entries.get(key);
      return entry !== undefined && now < entry.until ? entry : undefined;
    },
    replace(key, { from, to }) {
      if (entries.get(key)?.value !== from) return false;
      entries.set(key, to);
      return true;
    },
  };
}
