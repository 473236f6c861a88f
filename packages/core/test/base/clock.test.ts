import { describe, expect, it } from 'vitest';

import { systemClock } from '../../src/index.js';
import { createOffsetClock } from '../../src/testing.js';

const due = (clock: typeof systemClock, at: number): Promise<number> =>
  new Promise((resolve) => clock.schedule(at, () => resolve(clock.now())));

describe('systemClock', () => {
  it('tells seconds with a fraction', () => {
    expect(Math.abs(systemClock.now() - Date.now() / 1000)).toBeLessThan(1);
  });

  it('never runs what is scheduled before its time, and what is past as soon as it can', async () => {
    const at = systemClock.now() + 0.02;
    expect(await due(systemClock, at)).toBeGreaterThanOrEqual(at);
    expect(await due(systemClock, at - 100)).toBeGreaterThanOrEqual(at);
  });

  it('takes times beyond the longest timer of the platform without running at once', async () => {
    const runs: string[] = [];
    const cancels = [systemClock.now() + 2 ** 33, Infinity].map((at) =>
      systemClock.schedule(at, () => runs.push('far')),
    );
    await due(systemClock, systemClock.now() + 0.01);
    for (const cancel of cancels) cancel();
    expect(runs).toEqual([]);
  });

  it('runs nothing that was called off', async () => {
    const runs: string[] = [];
    systemClock.schedule(systemClock.now() + 0.005, () => runs.push('called off'))();
    await due(systemClock, systemClock.now() + 0.02);
    expect(runs).toEqual([]);
  });
});

describe('createOffsetClock', () => {
  it('runs ahead or behind, and schedules by its own time', async () => {
    for (const offset of [3600, -3600]) {
      const clock = createOffsetClock(offset);
      expect(clock.now() - systemClock.now()).toBeCloseTo(offset, 0);
      expect(await due(clock, clock.now() + 0.01)).toBeGreaterThan(0);
    }
  });
});
