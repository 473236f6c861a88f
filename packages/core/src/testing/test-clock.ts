import { systemClock } from '../base/clock.js';
import type { Clock } from '../contracts/clock.js';

/** A clock that can be moved: it stands still, or runs at a distance from the true time. */
export interface TestClock extends Clock {
  /** Moves the clock, back too; whatever was scheduled up to the new time runs, in its order. */
  advance(seconds: number): void;
  /** How far it was moved: from the time where it stands, or from the true time. */
  readonly offsetSeconds: number;
}

interface Wait {
  readonly at: number;
  readonly run: () => void;
}

const byTime = (a: Wait, b: Wait): number => a.at - b.at;

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
    get offsetSeconds() {
      return now - at;
    },
    schedule(due, run) {
      const wait = { at: due, run };
      waits.add(wait);
      return () => void waits.delete(wait);
    },
    advance(seconds) {
      now += seconds;
      const due = [...waits].filter((wait) => wait.at <= now).sort(byTime);
      for (const wait of due) if (waits.delete(wait)) wait.run();
    },
  };
}

/** Makes a clock that runs `offsetSeconds` ahead of the true time (behind it where negative). */
export function createOffsetClock(offsetSeconds: number): TestClock {
  let offset = offsetSeconds;
  const cancels = new Map<Wait, () => void>();
  const call = (wait: Wait): void => {
    if (cancels.delete(wait)) wait.run();
  };
  const arm = (wait: Wait): void => {
    cancels.get(wait)?.();
    cancels.set(
      wait,
      systemClock.schedule(wait.at - offset, () => call(wait)),
    );
  };
  return {
    now: () => systemClock.now() + offset,
    get offsetSeconds() {
      return offset;
    },
    schedule(at, run) {
      const wait = { at, run };
      arm(wait);
      return () => {
        cancels.get(wait)?.();
        cancels.delete(wait);
      };
    },
    advance(seconds) {
      offset += seconds;
      const now = systemClock.now() + offset;
      for (const wait of [...cancels.keys()].sort(byTime)) {
        // One that ran before may have called this one off.
        if (!cancels.has(wait)) continue;
        if (wait.at > now) {
          arm(wait);
        } else {
          cancels.get(wait)!();
          call(wait);
        }
      }
    },
  };
}
