import { describe, expect, it } from 'vitest';

import { createOffsetClock, createTestClock } from '../../src/testing.js';

describe('createTestClock', () => {
  it('stands still until it is told to go', () => {
    const clock = createTestClock(100);
    expect([clock.now(), clock.now()]).toEqual([100, 100]);
    clock.advance(0.5);
    expect(clock.now()).toBe(100.5);
  });

  it('runs what is due in the order of its time, each once', () => {
    const clock = createTestClock(0);
    const runs: string[] = [];
    clock.schedule(30, () => runs.push('30'));
    clock.schedule(10, () => runs.push('10'));
    clock.schedule(20, () => runs.push('20'));
    clock.schedule(31, () => runs.push('31'));
    clock.advance(9);
    expect(runs).toEqual([]);
    clock.advance(21);
    expect(runs).toEqual(['10', '20', '30']);
    clock.advance(100);
    expect(runs).toEqual(['10', '20', '30', '31']);
  });

  it('runs nothing that was called off, also by what ran before it', () => {
    const clock = createTestClock(0);
    const runs: string[] = [];
    const cancel = clock.schedule(2, () => runs.push('called off'));
    clock.schedule(1, cancel);
    clock.schedule(3, () => runs.push('3'));
    clock.advance(5);
    cancel();
    expect(runs).toEqual(['3']);
  });

  it('does not run at once what is past already', () => {
    const clock = createTestClock(10);
    const runs: number[] = [];
    clock.schedule(5, () => runs.push(1));
    expect(runs).toEqual([]);
    clock.advance(0);
    expect(runs).toEqual([1]);
  });
});

describe('createOffsetClock', () => {
  const distance = (clock: { now(): number }): number => Math.round(clock.now() - Date.now() / 1000);

  it('runs at a distance from the true time, and can be moved', () => {
    const clock = createOffsetClock(1000);
    expect([distance(clock), clock.offsetSeconds]).toEqual([1000, 1000]);
    clock.advance(-1005);
    expect([distance(clock), clock.offsetSeconds]).toEqual([-5, -5]);
  });

  it('runs at once, in the order of its time, what became due when it was moved; each once', () => {
    const clock = createOffsetClock(0);
    const runs: string[] = [];
    const start = clock.now();
    clock.schedule(start + 30, () => runs.push('30'));
    clock.schedule(start + 10, () => runs.push('10'));
    clock.schedule(start + 9000, () => runs.push('9000'));
    clock.advance(60);
    expect(runs).toEqual(['10', '30']);
    clock.advance(60);
    expect(runs).toEqual(['10', '30']);
    clock.advance(9000);
    expect(runs).toEqual(['10', '30', '9000']);
  });

  it('waits anew for what is still to come, and longer where it was set back', async () => {
    const clock = createOffsetClock(0);
    const runs: string[] = [];
    const cancel = clock.schedule(clock.now() + 0.05, () => runs.push('set back'));
    clock.advance(-3600);
    await new Promise<void>((resolve) => {
      clock.schedule(clock.now() + 0.1, resolve);
    });
    expect(runs).toEqual([]);
    cancel();
  });

  it('runs nothing that was called off, also by what ran before it', () => {
    const clock = createOffsetClock(0);
    const runs: string[] = [];
    const start = clock.now();
    const cancel = clock.schedule(start + 20, () => runs.push('called off'));
    clock.schedule(start + 10, cancel);
    clock.advance(60);
    expect(runs).toEqual([]);
  });
});

describe('offsetSeconds', () => {
  it('tells how far a clock that stands still was moved', () => {
    const clock = createTestClock(100);
    clock.advance(61);
    clock.advance(-1);
    expect(clock.offsetSeconds).toBe(60);
  });
});
