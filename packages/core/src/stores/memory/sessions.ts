import { systemClock } from '../../base/clock.js';
import type { Clock } from '../../contracts/clock.js';
import type { SessionEnd, SessionStore } from '../../contracts/stores.js';
import { configurationError } from '../../errors/configuration-error.js';

export interface MemorySessionsOptions {
  /** Most ends that are kept at once; default 100000. */
  readonly maxEnds?: number;
  /** By which ends are forgotten; that of the scheme. */
  readonly clock?: Clock;
}

/** Remembers in this process alone which sessions ended: another process would still take them. */
export function createMemorySessions({
  maxEnds = 100_000,
  clock = systemClock,
}: MemorySessionsOptions = {}): SessionStore {
  if (!(Number.isSafeInteger(maxEnds) && maxEnds > 0))
    throw configurationError('maxEnds', 'invalid-option', 'must be a positive whole number');
  const ends = new Map<string, SessionEnd>();
  const forget = (): void => {
    const now = clock.now();
    for (const [key, { until }] of ends) if (until <= now) ends.delete(key);
  };
  return {
    end(end) {
      const before = ends.get(end.key);
      if (before === undefined && ends.size >= maxEnds) forget();
      if (before === undefined && ends.size >= maxEnds) throw new Error(`${maxEnds} ends of sessions are kept already`);
      if (before === undefined || before.at <= end.at) ends.set(end.key, end);
    },
    endedAt(keys) {
      const times = keys.flatMap((key) => ends.get(key)?.at ?? []);
      return times.length === 0 ? undefined : Math.max(...times);
    },
  };
}
