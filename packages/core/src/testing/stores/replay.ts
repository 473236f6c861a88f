import assert from 'node:assert/strict';

import type { ReplayStore, ReplayUse } from '../../contracts/stores.js';
import { atOnce, casesOf, oddNames, type ContractCase, type MakeStore } from './contract.js';

const useOf = (key: string, rest: Partial<ReplayUse> = {}): ReplayUse => ({
  key,
  owner: 'anna',
  now: 1000,
  until: 1300,
  ...rest,
});

/**
 * What every replay store must do.
 * @example for (const { title, run } of replayStoreContract(() => createMyReplay())) it(title, run);
 */
export function replayStoreContract(make: MakeStore<ReplayStore>): readonly ContractCase[] {
  return casesOf('replay store', make, {
    'tells the first use of a key from every later one until its time has come': async (store) => {
      assert.equal(await store.use(useOf('a')), 'new');
      assert.equal(await store.use(useOf('a')), 'used');
      assert.equal(await store.use(useOf('a', { now: 1299.9 })), 'used');
      assert.equal(await store.use(useOf('b')), 'new');
    },
    'lets one of many at the same instant be the first': async (store) => {
      const answers = await atOnce(50, () => store.use(useOf('a')));
      assert.equal(answers.filter((answer) => answer === 'new').length, 1);
    },
    'keeps a key for as long as its first use says, whatever a later use says': async (store) => {
      await store.use(useOf('a'));
      assert.equal(await store.use(useOf('a', { until: 1001 })), 'used');
      assert.equal(await store.use(useOf('a', { now: 1200 })), 'used');
    },
    'takes a key again whose time has come': async (store) => {
      await store.use(useOf('a'));
      assert.equal(await store.use(useOf('a', { now: 1300, until: 1600 })), 'new');
      assert.equal(await store.use(useOf('a', { now: 1599, until: 1900 })), 'used');
    },
    'keeps keys apart, whatever they are made of': async (store) => {
      for (const name of oddNames) assert.equal(await store.use(useOf(name)), 'new', name);
      for (const name of oddNames) assert.equal(await store.use(useOf(name)), 'used', name);
    },
  });
}
