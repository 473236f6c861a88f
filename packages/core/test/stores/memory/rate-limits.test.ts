import { describe, expect, it } from 'vitest';

import { createMemoryRateLimits, isConfigurationError, type LimitAnswer, type LimitTake } from '../../../src/index.js';

describe('createMemoryRateLimits', () => {
  const limit = { points: 2, seconds: 60 };
  const benchOf = (maxBuckets: number) => {
    const store = createMemoryRateLimits({ maxBuckets });
    return (key: string, rest: Partial<LimitTake> = {}): LimitAnswer =>
      (store.take([{ key, limit, cost: 1, needs: 1, ...rest }], 1000) as readonly LimitAnswer[])[0]!;
  };

  it('forgets the bucket that was used longest ago where there is no room', () => {
    const take = benchOf(3);
    for (const key of ['a', 'b', 'c', 'a', 'd']) take(key);
    expect(take('b', { cost: 0 }).remaining).toBe(2);
    expect(take('a', { cost: 0 }).remaining).toBe(0);
    expect(take('c', { cost: 0 }).remaining).toBe(1);
  });

  it('keeps a blocked bucket when others make room', () => {
    const take = benchOf(3);
    for (let index = 0; index < 2; index++) take('blocked', { needs: 0, blockSeconds: 100 });
    for (let index = 0; index < 100; index++) take(`key ${index}`);
    expect(take('blocked', { cost: 0 }).allowed).toBe(false);
  });

  it('makes room among blocked buckets alone', () => {
    const take = benchOf(3);
    for (let index = 0; index < 100; index++) {
      take(`key ${index}`, { needs: 0, blockSeconds: 100 });
      take(`key ${index}`, { needs: 0, blockSeconds: 100 });
    }
    expect(take('key 99', { cost: 0 }).allowed).toBe(false);
    expect(take('key 0', { cost: 0 }).allowed).toBe(true);
  });

  it('remembers nothing of what only asks', () => {
    const take = benchOf(1);
    take('a');
    for (let index = 0; index < 100; index++) take(`key ${index}`, { cost: 0 });
    expect(take('a', { cost: 0 }).remaining).toBe(1);
  });

  it.each([{ maxBuckets: 0 }, { maxBuckets: 0.5 }, { buckets: 1 }])('refuses %j', (options) => {
    expect(() => createMemoryRateLimits(options)).toThrow(expect.toSatisfy(isConfigurationError));
  });
});
