import { describe, expect, it } from 'vitest';

import { createTestClock } from '../../src/testing.js';

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
