import { beforeEach, describe, expect, it, vi } from 'vitest';

import {
  apiKey,
  createApiKeyManager,
  createMemoryCredentials,
  type ApiKeyStore,
  type ApiKeyUse,
  type Clock,
  type CreatedApiKey,
} from '../../../src/index.js';
import { createTestClock } from '../../../src/testing.js';
import { UseCounter } from '../../../src/schemes/api-key/use-counter.js';
import { atOnce } from '../../fixtures/at-once.js';
import { contextOf } from '../../fixtures/context.js';
import { allowed, benchOf, startOfTests, type Bench } from '../../fixtures/guard.js';
import { sends } from '../../fixtures/request.js';

/** Lets every promise that can settle settle. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the uses of keys', () => {
  let store: Required<ApiKeyStore>;
  let batches: (readonly ApiKeyUse[])[];
  let bench: Bench;
  let first: CreatedApiKey;
  let second: CreatedApiKey;
  let down: unknown;

  beforeEach(async () => {
    const inner = createMemoryCredentials();
    batches = [];
    down = undefined;
    store = {
      ...inner,
      async recordUse(uses) {
        batches.push(uses);
        if (down !== undefined) throw down;
        await inner.recordUse(uses);
      },
    };
    const manager = createApiKeyManager({ prefix: 'acme', store });
    first = await manager.create({ subject: 'a' });
    second = await manager.create({ subject: 'b' });
    bench = benchOf({ keys: apiKey({ prefix: 'acme', store }) });
  });

  const use = async ({ key }: CreatedApiKey, times = 1): Promise<void> => {
    for (let i = 0; i < times; i++) allowed(await bench.decide({ scheme: 'keys' }, sends({ 'x-api-key': key })));
  };
  const advance = async (seconds: number): Promise<void> => {
    bench.clock.advance(seconds);
    await settled();
  };

  it('are written once an interval, however many requests there were (key-last-used-batched)', async () => {
    await use(first, 1000);
    bench.clock.advance(10);
    await use(second, 2);
    await advance(49);
    expect(batches).toEqual([]);
    await advance(1);
    expect(batches).toEqual([
      [
        { id: first.id, uses: 1000, lastUsedAt: startOfTests },
        { id: second.id, uses: 2, lastUsedAt: startOfTests + 10 },
      ],
    ]);
    await advance(600);
    expect(batches).toHaveLength(1);
    expect(await store.findApiKeyById(first.id)).toMatchObject({ uses: 1000, lastUsedAt: startOfTests });
  });

  it('go on to be counted in the next interval', async () => {
    await use(first);
    await advance(60);
    await use(first, 2);
    await advance(60);
    expect(batches.map(([each]) => each?.uses)).toEqual([1, 2]);
    expect(await store.findApiKeyById(first.id)).toMatchObject({ uses: 3, lastUsedAt: startOfTests + 60 });
  });

  it('are those of requests that were proved: a refusal is none', async () => {
    await store.changeApiKey(first.id, { revoked: true });
    await bench.decide({ scheme: 'keys' }, sends({ 'x-api-key': first.key }));
    await bench.auth.close();
    expect(batches).toEqual([]);
  });

  it('are counted once a request, by whatever number of guards', async () => {
    const request = sends({ 'x-api-key': first.key });
    allowed(await bench.decide({ scheme: 'keys' }, request));
    allowed(await bench.decide({ scheme: 'keys' }, request));
    await bench.auth.close();
    expect(batches).toMatchObject([[{ uses: 1 }]]);
  });

  it('are written at the end: nothing is lost', async () => {
    await use(first, 3);
    await bench.auth.close();
    expect(batches).toEqual([[{ id: first.id, uses: 3, lastUsedAt: startOfTests }]]);
    await advance(600);
    expect(batches).toHaveLength(1);
  });

  it('of requests that end after the end are written at once', async () => {
    await bench.auth.close();
    await use(first);
    await settled();
    expect(batches).toMatchObject([[{ uses: 1 }]]);
  });

  it('that a store did not take come again, with those since, and refuse nobody', async () => {
    down = new Error('ECONNREFUSED');
    await use(first, 2);
    await advance(60);
    expect(bench.errors).toMatchObject([{ failure: { reason: 'credential-store-unavailable' }, cause: down }]);
    await use(first);
    await use(second);
    down = undefined;
    await advance(60);
    expect(batches.at(-1)).toEqual(
      expect.arrayContaining([
        { id: first.id, uses: 3, lastUsedAt: startOfTests + 60 },
        { id: second.id, uses: 1, lastUsedAt: startOfTests + 60 },
      ]),
    );
    expect(await store.findApiKeyById(first.id)).toMatchObject({ uses: 3 });
    expect(bench.errors).toHaveLength(1);
  });

  it('that a store did not take at the end are told, and kept for another close', async () => {
    down = new Error('ECONNREFUSED');
    await use(first);
    await bench.auth.close();
    expect(bench.errors.map(String)).toEqual([
      expect.stringContaining('credential-store-unavailable'),
      expect.stringContaining('how 1 API keys were used is not written'),
    ]);
    down = undefined;
    await bench.auth.close();
    expect(await store.findApiKeyById(first.id)).toMatchObject({ uses: 1 });
  });

  it('are not counted for a store that does not want them', async () => {
    const { recordUse: _, ...plain } = store;
    const schedule = vi.fn<Clock['schedule']>();
    const scheme = apiKey({ prefix: 'acme', store: plain });
    const extracted = atOnce(scheme.extract(sends({ 'x-api-key': first.key }), { maxCredentialBytes: 8192 }));
    if (extracted.kind !== 'credentials') throw new Error(extracted.kind);
    const context = contextOf({ clock: { now: () => startOfTests, schedule } });
    expect(await scheme.verify(extracted.credentials, sends({}), context)).toMatchObject({ kind: 'verified' });
    expect(schedule).not.toHaveBeenCalled();
    await scheme.close!();
  });

  it('hold no request back while they are written', async () => {
    let finish = (): void => undefined;
    store.recordUse = () => new Promise((resolve) => (finish = resolve));
    await use(first);
    bench.clock.advance(60);
    await use(first);
    finish();
    await settled();
    store.recordUse = (uses) => void batches.push(uses);
    await bench.auth.close();
    expect(batches).toMatchObject([[{ uses: 1 }]]);
  });

  it('are written one batch after another: a store that is slow is not given the next meanwhile', async () => {
    let finish = (): void => undefined;
    const recordUse = vi.fn<Required<ApiKeyStore>['recordUse']>(() => new Promise((resolve) => (finish = resolve)));
    store.recordUse = recordUse;
    await use(first);
    bench.clock.advance(60);
    await use(second);
    bench.clock.advance(60);
    expect(recordUse).toHaveBeenCalledTimes(1);
    finish();
    await settled();
    bench.clock.advance(60);
    expect(recordUse.mock.calls.map(([uses]) => uses.map(({ id }) => id))).toEqual([[first.id], [second.id]]);
    finish();
  });

  it('wait for the write that is under way at the end, and for no second one of a store that failed', async () => {
    let fail: (error: Error) => void = () => undefined;
    const recordUse = vi.fn<Required<ApiKeyStore>['recordUse']>(() => new Promise((_, reject) => (fail = reject)));
    store.recordUse = recordUse;
    await use(first);
    bench.clock.advance(60);
    const closed = bench.auth.close();
    fail(new Error('gone'));
    await closed;
    expect(recordUse).toHaveBeenCalledTimes(1);
  });

  it('call off what a store is late with', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let late: AbortSignal | undefined;
      store.recordUse = (_, signal) => new Promise(() => (late = signal));
      await use(first);
      bench.clock.advance(60);
      expect(late?.aborted).toBe(false);
      vi.advanceTimersByTime(1000);
      await settled();
      expect(late?.aborted).toBe(true);
      expect(bench.errors).toMatchObject([{ failure: { reason: 'credential-store-unavailable' } }]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the counter', () => {
  const clock = createTestClock(startOfTests);
  const counted = (record: (uses: readonly ApiKeyUse[]) => void | Promise<void>, errors: unknown[] = []) => {
    const counter = new UseCounter(record, 60);
    const context = contextOf({ clock, onError: (error: unknown) => void errors.push(error) });
    return { counter, count: (id: string) => counter.count(id, context) };
  };

  it('writes early where many keys wait, at most ten thousand in a batch', async () => {
    const sizes: number[] = [];
    const { counter, count } = counted((uses) => void sizes.push(uses.length));
    for (let i = 0; i < 9_999; i++) count(`k${i}`);
    await settled();
    expect(sizes).toEqual([]);
    for (let i = 9_999; i < 25_000; i++) count(`k${i}`);
    await settled();
    await counter.close();
    expect(Math.max(...sizes)).toBe(10_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(25_000);
  });

  it('is bounded while a store is down: it tries once an interval, and tells how many uses were lost', async () => {
    const errors: unknown[] = [];
    let tries = 0;
    let total = 0;
    let isDown = true;
    const { counter, count } = counted((uses) => {
      tries++;
      if (isDown) throw new Error('down');
      for (const each of uses) total += each.uses;
    }, errors);
    for (let i = 0; i < 100_500; i++) count(`k${i}`);
    await settled();
    for (let i = 0; i < 100_500; i++) count(`k${i}`);
    await settled();
    expect(tries).toBe(1);
    isDown = false;
    clock.advance(60);
    await settled();
    expect(total).toBe(200_000);
    const lost = 'Error: 500 uses of API keys were not counted: 100000 keys waited already';
    expect(errors.map(String).filter((error) => error.includes('not counted'))).toEqual([lost, lost]);
    await counter.close();
  });
});
