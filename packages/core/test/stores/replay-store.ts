import { describe, expect, it } from 'vitest';

import type { ReplayStore, ReplayUse } from '../../src/index.js';

const useOf = (key: string, rest: Partial<ReplayUse> = {}): ReplayUse => ({
  key,
  owner: 'anna',
  now: 1000,
  until: 1300,
  ...rest,
});

/** What every replay store must do. */
export function describeReplayStore(name: string, create: () => ReplayStore): void {
  describe(`${name}, as a replay store,`, () => {
    it('tells the first use of a key from every later one until its time has come', async () => {
      const store = create();
      expect(await store.use(useOf('a'))).toBe('new');
      expect(await store.use(useOf('a'))).toBe('used');
      expect(await store.use(useOf('a', { now: 1299.9 }))).toBe('used');
      expect(await store.use(useOf('b'))).toBe('new');
    });

    it('lets one of many at the same instant be the first', async () => {
      const store = create();
      const answers = await Promise.all(Array.from({ length: 50 }, async () => store.use(useOf('a'))));
      expect(answers.filter((answer) => answer === 'new')).toHaveLength(1);
    });

    it('keeps a key for as long as its first use says, whatever a later use says', async () => {
      const store = create();
      await store.use(useOf('a'));
      expect(await store.use(useOf('a', { until: 1001 }))).toBe('used');
      expect(await store.use(useOf('a', { now: 1200 }))).toBe('used');
    });

    it('takes a key again whose time has come', async () => {
      const store = create();
      await store.use(useOf('a'));
      expect(await store.use(useOf('a', { now: 1300, until: 1600 }))).toBe('new');
      expect(await store.use(useOf('a', { now: 1599, until: 1900 }))).toBe('used');
    });
  });
}
