import assert from 'node:assert/strict';

import type { RevocationEntry, RevocationStore, SessionStore } from '../../contracts/stores.js';
import { atOnce, casesOf, oddNames, type ContractCase, type MakeStore } from './contract.js';

const all = Number.MAX_SAFE_INTEGER;
const entryOf = (key: string, rest: Partial<RevocationEntry> = {}): RevocationEntry => ({
  key,
  issuedBefore: all,
  now: 1000,
  until: 5000,
  ...rest,
});

/**
 * What every revocation store must do.
 * @example for (const { title, run } of revocationStoreContract(() => createMyRevocation())) it(title, run);
 */
export function revocationStoreContract(make: MakeStore<RevocationStore>): readonly ContractCase[] {
  return casesOf('revocation store', make, {
    'finds nothing where nothing was revoked': async (store) => {
      assert.equal(await store.find(['a', 'b'], 1000), undefined);
      assert.equal(await store.find([], 1000), undefined);
    },
    'finds what was revoked, under any of the keys, at once and until its time': async (store) => {
      await store.revoke(entryOf('a'));
      assert.equal(await store.find(['a'], 1000), all);
      assert.equal(await store.find(['x', 'a', 'y'], 4999.5), all);
      assert.equal(await store.find(['x'], 1000), undefined);
      assert.equal(await store.find(['a'], 5000), undefined);
    },
    'answers the latest time of several, and keeps the later of two for one key': async (store) => {
      await store.revoke(entryOf('a', { issuedBefore: 900.5 }));
      await store.revoke(entryOf('b', { issuedBefore: 950 }));
      assert.equal(await store.find(['a', 'b'], 1000), 950);
      assert.equal(await store.find(['a'], 1000), 900.5);
      // Each of its times by itself, in whatever order they come.
      await store.revoke(entryOf('a', { issuedBefore: 800, until: 6000 }));
      assert.equal(await store.find(['a'], 5999), 900.5);
      await store.revoke(entryOf('a', { issuedBefore: 920, until: 3000 }));
      assert.equal(await store.find(['a'], 5999), 920);
      await atOnce(20, (index) => store.revoke(entryOf('c', { issuedBefore: 100 + index })));
      assert.equal(await store.find(['c'], 1000), 119);
    },
    'keeps keys apart, whatever they are made of': async (store) => {
      for (const [index, name] of oddNames.entries()) await store.revoke(entryOf(name, { issuedBefore: index + 1 }));
      for (const [index, name] of oddNames.entries()) assert.equal(await store.find([name], 1000), index + 1, name);
    },
  });
}

/**
 * What every store of ended sessions must do.
 * @example for (const { title, run } of sessionStoreContract(() => createMySessions())) it(title, run);
 */
export function sessionStoreContract(make: MakeStore<SessionStore>): readonly ContractCase[] {
  // By the clock of this machine: a store may forget an end by the time at which it may.
  const now = Date.now() / 1000;
  return casesOf('session store', make, {
    'answers the latest end of several keys, and undefined where none ended': async (store) => {
      await store.end({ key: 'a', at: now - 30, until: now + 1000 });
      await store.end({ key: 'b', at: now - 10, until: now + 1000 });
      assert.equal(await store.endedAt(['a', 'b', 'c']), now - 10);
      assert.equal(await store.endedAt(['a']), now - 30);
      assert.equal(await store.endedAt(['c']), undefined);
      assert.equal(await store.endedAt([]), undefined);
    },
    'keeps the latest of several ends of one key': async (store) => {
      for (const ago of [20, 5, 10]) await store.end({ key: 'a', at: now - ago, until: now + 1000 });
      assert.equal(await store.endedAt(['a']), now - 5);
      await atOnce(20, (index) => store.end({ key: 'b', at: now - index, until: now + 1000 }));
      assert.equal(await store.endedAt(['b']), now);
    },
  });
}
