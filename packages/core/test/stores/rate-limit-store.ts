import { describe, expect, it } from 'vitest';

import type { LimitTake, RateLimitStore } from '../../src/index.js';

const limit = { points: 5, seconds: 60 };
const takeOf = (key: string, rest: Partial<LimitTake> = {}): LimitTake => ({ key, limit, cost: 1, needs: 1, ...rest });
const askOf = (key: string, needs = 1): LimitTake => takeOf(key, { cost: 0, needs });
const blocking = { needs: 0, blockSeconds: 100, maxBlockSeconds: 350 };

/** What every rate-limit store must do. */
export function describeRateLimitStore(name: string, create: () => RateLimitStore): void {
  const bench = () => {
    const store = create();
    const takeAll = async (takes: readonly LimitTake[], now: number) => store.take(takes, now);
    const take = async (each: LimitTake, now: number) => (await store.take([each], now))[0]!;
    return { takeAll, take };
  };

  describe(`${name}, as a rate-limit store,`, () => {
    it('gives as many points as a bucket holds, and then none', async () => {
      const { take } = bench();
      const remaining: number[] = [];
      for (let index = 0; index < 5; index++) remaining.push((await take(takeOf('a'), 1000)).remaining);
      expect(remaining).toEqual([4, 3, 2, 1, 0]);
      expect(await take(takeOf('a'), 1000)).toMatchObject({ allowed: false, remaining: 0, waitSeconds: 12 });
      expect(await take(takeOf('b'), 1000)).toMatchObject({ allowed: true, remaining: 4 });
    });

    it('fills a bucket evenly, so that no window has an edge to burst at', async () => {
      const { take } = bench();
      for (let index = 0; index < 5; index++) await take(takeOf('a'), 1000);
      expect((await take(takeOf('a'), 1011)).allowed).toBe(false);
      expect((await take(takeOf('a'), 1012)).allowed).toBe(true);
      expect((await take(takeOf('a'), 1012)).allowed).toBe(false);
      expect(await take(askOf('a'), 1036)).toMatchObject({ allowed: true, remaining: 2, resetSeconds: 36 });
      expect(await take(askOf('a'), 2000)).toMatchObject({ remaining: 5, resetSeconds: 0 });
    });

    it('takes nothing from any bucket where one has too little', async () => {
      const { takeAll, take } = bench();
      for (let index = 0; index < 5; index++) await take(takeOf('empty'), 1000);
      const answers = await takeAll([takeOf('a'), takeOf('empty')], 1000);
      expect(answers.map(({ allowed }) => allowed)).toEqual([true, false]);
      expect((await take(askOf('a'), 1000)).remaining).toBe(5);
    });

    it('takes what costs something beside what only asks and does not find enough', async () => {
      const { takeAll, take } = bench();
      const answers = await takeAll([takeOf('a'), askOf('b', 6)], 1000);
      expect(answers).toMatchObject([{ allowed: true, remaining: 4 }, { allowed: false }]);
      expect((await take(askOf('a'), 1000)).remaining).toBe(4);
    });

    it('lets one point go to one of many at the same instant', async () => {
      const { take } = bench();
      const answers = await Promise.all(Array.from({ length: 50 }, () => take(takeOf('a'), 1000)));
      expect(answers.filter(({ allowed }) => allowed)).toHaveLength(5);
    });

    it('never owes more than an empty bucket, however much is taken that must not be there', async () => {
      const { take } = bench();
      for (let index = 0; index < 50; index++) await take(takeOf('a', { needs: 0 }), 1000);
      expect(await take(askOf('a'), 1012)).toMatchObject({ allowed: true, remaining: 1 });
    });

    it('blocks a bucket that a take empties, whatever fills it meanwhile', async () => {
      const { take } = bench();
      for (let index = 0; index < 4; index++) await take(takeOf('a', blocking), 1000);
      expect((await take(askOf('a'), 1000)).allowed).toBe(true);
      await take(takeOf('a', blocking), 1000);
      expect(await take(askOf('a'), 1000)).toMatchObject({ allowed: false, remaining: 0, waitSeconds: 100 });
      expect((await take(askOf('a'), 1099)).allowed).toBe(false);
      expect(await take(askOf('a'), 1100)).toMatchObject({ allowed: true, remaining: 5 });
    });

    it('doubles each further block up to its bound, and starts anew after a quiet time', async () => {
      const { take } = bench();
      const blockFrom = async (now: number): Promise<number> => {
        for (let index = 0; index < 5; index++) await take(takeOf('a', blocking), now);
        return (await take(askOf('a'), now)).waitSeconds;
      };
      expect(await blockFrom(1000)).toBe(100);
      expect(await blockFrom(1100)).toBe(200);
      expect(await blockFrom(1300)).toBe(350);
      expect(await blockFrom(1650)).toBe(350);
      // 350 seconds after the end of the last block, of 350 seconds.
      expect(await blockFrom(2350)).toBe(100);
    });

    it('does not lengthen a block by what comes while it lasts', async () => {
      const { take } = bench();
      for (let index = 0; index < 50; index++) await take(takeOf('a', blocking), 1000 + index);
      expect((await take(askOf('a'), 1104)).allowed).toBe(true);
    });
  });
}
