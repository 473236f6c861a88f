import assert from 'node:assert/strict';

import type { LimitAnswer, LimitTake, RateLimitStore } from '../../contracts/stores.js';
import { atOnce, casesOf, oddNames, type ContractCase, type MakeStore } from './contract.js';

const limit = { points: 5, seconds: 60 };
const takeOf = (key: string, rest: Partial<LimitTake> = {}): LimitTake => ({ key, limit, cost: 1, needs: 1, ...rest });
const askOf = (key: string, needs = 1): LimitTake => takeOf(key, { cost: 0, needs });
const blocking = { needs: 0, blockSeconds: 100, maxBlockSeconds: 350 };

type Take = (each: LimitTake, now: number) => Promise<LimitAnswer>;
const takingFrom =
  (store: RateLimitStore): Take =>
  async (each, now) => {
    const [answer] = await store.take([each], now);
    assert.ok(answer, 'there is no answer');
    return answer;
  };

async function drain(take: Take, key: string, now: number, rest: Partial<LimitTake> = {}): Promise<void> {
  for (let index = 0; index < 5; index++) await take(takeOf(key, rest), now);
}

/**
 * What every rate-limit store must do.
 * @example for (const { title, run } of rateLimitStoreContract(() => createMyLimits())) it(title, run);
 */
export function rateLimitStoreContract(make: MakeStore<RateLimitStore>): readonly ContractCase[] {
  return [...casesOf('rate-limit store', make, buckets), ...casesOf('rate-limit store', make, blocks)];
}

const buckets: Readonly<Record<string, (store: RateLimitStore) => Promise<void>>> = {
  'gives as many points as a bucket holds, and then none': async (store) => {
    const take = takingFrom(store);
    const remaining: number[] = [];
    for (let index = 0; index < 5; index++) remaining.push((await take(takeOf('a'), 1000)).remaining);
    assert.deepEqual(remaining, [4, 3, 2, 1, 0]);
    const { resetSeconds, ...refused } = await take(takeOf('a'), 1000);
    assert.deepEqual(refused, { allowed: false, remaining: 0, waitSeconds: 12 });
    assert.equal(resetSeconds, 60);
    const other = await take(takeOf('b'), 1000);
    assert.deepEqual([other.allowed, other.remaining], [true, 4]);
  },
  'fills a bucket evenly, so that no window has an edge to burst at': async (store) => {
    const take = takingFrom(store);
    await drain(take, 'a', 1000);
    assert.equal((await take(takeOf('a'), 1011)).allowed, false);
    assert.equal((await take(takeOf('a'), 1012)).allowed, true);
    assert.equal((await take(takeOf('a'), 1012)).allowed, false);
    assert.deepEqual(await take(askOf('a'), 1036), { allowed: true, remaining: 2, waitSeconds: 0, resetSeconds: 36 });
    const full = await take(askOf('a'), 2000);
    assert.deepEqual([full.remaining, full.resetSeconds], [5, 0]);
  },
  'takes nothing from any bucket where one has too little': async (store) => {
    const take = takingFrom(store);
    await drain(take, 'empty', 1000);
    const answers = await store.take([takeOf('a'), takeOf('empty')], 1000);
    assert.deepEqual(
      answers.map(({ allowed }) => allowed),
      [true, false],
    );
    assert.equal((await take(askOf('a'), 1000)).remaining, 5);
  },
  'takes what costs something beside what only asks and does not find enough': async (store) => {
    const [taken, asked] = await store.take([takeOf('a'), askOf('b', 6)], 1000);
    assert.deepEqual([taken?.allowed, taken?.remaining, asked?.allowed], [true, 4, false]);
    assert.equal((await takingFrom(store)(askOf('a'), 1000)).remaining, 4);
  },
  'lets one point go to one of many at the same instant': async (store) => {
    const take = takingFrom(store);
    const answers = await atOnce(50, () => take(takeOf('a'), 1000));
    assert.equal(answers.filter(({ allowed }) => allowed).length, 5);
  },
  'takes fractions of a second as they are': async (store) => {
    const take = takingFrom(store);
    for (let index = 0; index < 5; index++) await take(takeOf('a'), 1_767_225_600.125);
    const { allowed, waitSeconds } = await take(takeOf('a'), 1_767_225_600.625);
    assert.equal(allowed, false);
    assert.ok(Math.abs(waitSeconds - 11.5) < 1e-5, `${waitSeconds} is not 11.5`);
  },
  'keeps buckets apart, whatever their names are made of': async (store) => {
    const take = takingFrom(store);
    for (const name of oddNames) assert.equal((await take(takeOf(name), 1000)).remaining, 4, name);
  },
  'never owes more than an empty bucket, however much is taken that must not be there': async (store) => {
    const take = takingFrom(store);
    for (let index = 0; index < 20; index++) await take(takeOf('a', { needs: 0 }), 1000);
    const { allowed, remaining } = await take(askOf('a'), 1012);
    assert.deepEqual([allowed, remaining], [true, 1]);
  },
};

const blocks: Readonly<Record<string, (store: RateLimitStore) => Promise<void>>> = {
  'blocks a bucket that a take empties, whatever fills it meanwhile': async (store) => {
    const take = takingFrom(store);
    for (let index = 0; index < 4; index++) await take(takeOf('a', blocking), 1000);
    assert.equal((await take(askOf('a'), 1000)).allowed, true);
    await take(takeOf('a', blocking), 1000);
    const { resetSeconds: _, ...blocked } = await take(askOf('a'), 1000);
    assert.deepEqual(blocked, { allowed: false, remaining: 0, waitSeconds: 100 });
    assert.equal((await take(askOf('a'), 1099)).allowed, false);
    const free = await take(askOf('a'), 1100);
    assert.deepEqual([free.allowed, free.remaining], [true, 5]);
  },
  'doubles each further block up to its bound, and starts anew after a quiet time': async (store) => {
    const take = takingFrom(store);
    const blockFrom = async (now: number): Promise<number> => {
      await drain(take, 'a', now, blocking);
      return (await take(askOf('a'), now)).waitSeconds;
    };
    assert.equal(await blockFrom(1000), 100);
    assert.equal(await blockFrom(1100), 200);
    assert.equal(await blockFrom(1300), 350);
    assert.equal(await blockFrom(1650), 350);
    // 350 seconds after the end of the last block, of 350 seconds.
    assert.equal(await blockFrom(2350), 100);
  },
  'does not lengthen a block by what comes while it lasts': async (store) => {
    const take = takingFrom(store);
    for (let index = 0; index < 20; index++) await take(takeOf('a', blocking), 1000 + index);
    assert.equal((await take(askOf('a'), 1104)).allowed, true);
  },
};
