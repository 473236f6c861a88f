import type { Clock } from '../contracts/clock.js';

// setTimeout overflows at 2^31 ms: longer waits go in steps.
const longestTimerMs = 2 ** 31 - 1;

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now() / 1000,
  schedule(at, run) {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (): void => {
      const waitMs = Math.max(0, at * 1000 - Date.now());
      timer = setTimeout(() => (Date.now() < at * 1000 ? arm() : run()), Math.min(Math.ceil(waitMs), longestTimerMs));
      // Node alone has unref; in other runtimes a timer does not hold a process.
      (timer as { unref?: () => void }).unref?.();
    };
    arm();
    return () => clearTimeout(timer);
  },
};
