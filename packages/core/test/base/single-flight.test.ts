import { describe, expect, it } from 'vitest';

import { SingleFlight } from '../../src/base/single-flight.js';

describe('SingleFlight', () => {
  it('runs once for all who ask meanwhile, and anew for who asks later', async () => {
    const flight = new SingleFlight<number>();
    let runs = 0;
    const work = async (): Promise<number> => ++runs;
    const asked = [flight.run(work), flight.run(work)];
    expect(flight.underWay).toBe(true);
    expect(await Promise.all(asked)).toEqual([1, 1]);
    expect(flight.underWay).toBe(false);
    expect(await flight.run(work)).toBe(2);
  });

  it('hands a failure to all who wait, and is free again', async () => {
    const flight = new SingleFlight<number>();
    const fail = (): Promise<number> => Promise.reject(new Error('down'));
    const asked = [flight.run(fail), flight.run(fail)];
    for (const each of asked) await expect(each).rejects.toThrow('down');
    expect(await flight.run(async () => 1)).toBe(1);
  });

  it('ends the work by its signal when it is stopped', async () => {
    const flight = new SingleFlight<void>();
    const run = flight.run(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    );
    await Promise.resolve();
    flight.stop(new Error('closed'));
    await expect(run).rejects.toThrow('closed');
    flight.stop(new Error('nothing is left to stop'));
  });
});
