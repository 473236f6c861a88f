import { Faults } from '../../errors/faults.js';
import type { RevocationEntry, RevocationStore } from '../../contracts/stores.js';

/** Bounds of a revocation store in memory. */
export interface MemoryRevocationOptions {
  /** Revocations that are kept at once; default 100 000 (about 150 bytes each). */
  readonly maxEntries?: number;
}

const sweepSeconds = 60;

/**
 * Keeps revocations in the memory of this process, within bounds: none is forgotten before its time.
 * @throws ConfigurationError with every fault of the options.
 * @example createAuth({ schemes, stores: { revocation: createMemoryRevocation() } })
 */
export function createMemoryRevocation(options: MemoryRevocationOptions = {}): RevocationStore {
  const faults = new Faults();
  faults.addUnknown(options, ['maxEntries']);
  const { maxEntries = 100_000 } = options;
  if (!(Number.isSafeInteger(maxEntries) && maxEntries > 0))
    faults.add('maxEntries', 'invalid-option', 'must be a positive number');
  faults.throwIfAny();
  const entries = new Map<string, RevocationEntry>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  return {
    revoke(entry) {
      if (entry.now >= sweptAt + sweepSeconds) {
        sweptAt = entry.now;
        for (const [key, { until }] of entries) if (entry.now >= until) entries.delete(key);
      }
      const known = entries.get(entry.key);
      if (known === undefined && entries.size >= maxEntries)
        throw new Error(`the revocation store holds ${maxEntries} entries already`);
      entries.set(entry.key, {
        ...entry,
        issuedBefore: Math.max(entry.issuedBefore, known?.issuedBefore ?? entry.issuedBefore),
        until: Math.max(entry.until, known?.until ?? entry.until),
      });
    },
    find(keys, now) {
      const found = keys.flatMap((key) => entries.get(key) ?? []).filter(({ until }) => now < until);
      return found.length === 0 ? undefined : Math.max(...found.map(({ issuedBefore }) => issuedBefore));
    },
  };
}
