import { systemClock } from '../base/clock.js';
import type { Clock } from '../contracts/clock.js';

/** A clock that goes only when it is told to, or runs at a distance from the true time. */
export interface TestClock extends Clock {
  /** Moves the clock; whatever was scheduled up to the new time runs, in its order. */
  advance(seconds: number): void;
}

interface Wait {
  readonly at: number;
  readonly run: () => void;
}

/**
 * Makes a clock that stands still.
 * @param at seconds since the epoch
 * @example const clock = createTestClock(Date.UTC(2026, 0, 1) / 1000); clock.advance(61);
 */
export function createTestClock(at: number): TestClock {
  let now = at;
  const waits = new Set<Wait>();
  return {
    now: () => now,
    schedule(due, run) {
      const wait = { at: due, run };
      waits.add(wait);
      return () => void waits.delete(wait);
    },
    advance(seconds) {
      now += seconds;
      const due = [...waits].filter((wait) => wait.at <= now).sort((a, b) => a.at - b.at);
      for (const wait of due) if (waits.delete(wait)) wait.run();
    },
  };
}

/** Makes a clock that runs `offsetSeconds` ahead of the true time (behind it where negative). */
export function createOffsetClock(offsetSeconds: number): Clock {
  return {
    now: () => systemClock.now() + offsetSeconds,
    schedule: (at, run) => systemClock.schedule(at - offsetSeconds, run),
  };
}
