import { describe, expect, it } from 'vitest';

import type { TokenEntry, TokenStore } from '../../src/issuer.js';

const entryOf = (value: string, until = 1300): TokenEntry => ({ value, until });
const keyOf = (name: string): string => name.padEnd(43, '_');

/** What every store of an issuer's state must do. Each test has keys of its own, so that one database may serve all. */
export function describeTokenStore(name: string, create: () => TokenStore): void {
  describe(`${name}, as a token store,`, () => {
    it('keeps an entry as it was until its time has come, and nothing under other keys', async () => {
      const store = create();
      const value = JSON.stringify({ subject: 'ünï "c\\o\u0000de" 𝕏', deep: [1, null], __proto__: 1 });
      expect(await store.insert(keyOf('keep'), entryOf(value, 1300.5))).toBe(true);
      expect(await store.find(keyOf('keep'), 1300.4)).toEqual(entryOf(value, 1300.5));
      expect(await store.find(keyOf('keep'), 1300.5)).toBeUndefined();
      expect(await store.find(keyOf('KEEP'), 1000)).toBeUndefined();
      expect(await store.find('__proto__', 1000)).toBeUndefined();
    });

    it('takes no entry under a key that is taken, and leaves the one that is there', async () => {
      const store = create();
      await store.insert(keyOf('taken'), entryOf('"a"'));
      expect(await store.insert(keyOf('taken'), entryOf('"b"', 9000))).toBe(false);
      expect(await store.find(keyOf('taken'), 1000)).toEqual(entryOf('"a"'));
    });

    it('lets one of many insert at the same instant', async () => {
      const store = create();
      const all = Array.from({ length: 20 }, (_, index) => entryOf(String(index)));
      const inserted = await Promise.all(all.map(async (entry) => store.insert(keyOf('race'), entry)));
      expect(inserted.filter(Boolean)).toHaveLength(1);
      expect(await store.find(keyOf('race'), 1000)).toEqual(all[inserted.indexOf(true)]);
    });

    it('replaces an entry, and its time, where exactly what was read still stands there', async () => {
      const store = create();
      await store.insert(keyOf('swap'), entryOf('{"a":1}'));
      const to = entryOf('{"a":2}', 5000);
      expect(await store.replace(keyOf('swap'), { from: '{"a": 1}', to })).toBe(false);
      expect(await store.replace(keyOf('swap'), { from: '{"A":1}', to })).toBe(false);
      expect(await store.find(keyOf('swap'), 1000)).toEqual(entryOf('{"a":1}'));
      expect(await store.replace(keyOf('swap'), { from: '{"a":1}', to })).toBe(true);
      expect(await store.find(keyOf('swap'), 4999)).toEqual(to);
      expect(await store.replace(keyOf('swap'), { from: '{"a":1}', to: entryOf('3') })).toBe(false);
    });

    it('lets one of many replace at the same instant', async () => {
      const store = create();
      await store.insert(keyOf('swaps'), entryOf('first'));
      const all = Array.from({ length: 20 }, (_, index) => entryOf(`next ${index}`));
      const done = await Promise.all(all.map(async (to) => store.replace(keyOf('swaps'), { from: 'first', to })));
      expect(done.filter(Boolean)).toHaveLength(1);
      expect(await store.find(keyOf('swaps'), 1000)).toEqual(all[done.indexOf(true)]);
    });

    it('replaces nothing that is not there', async () => {
      const store = create();
      expect(await store.replace(keyOf('nothing'), { from: '', to: entryOf('a') })).toBe(false);
      expect(await store.find(keyOf('nothing'), 1000)).toBeUndefined();
    });

    it('holds entries of 64 KiB', async () => {
      const store = create();
      const value = 'x'.repeat(65_536);
      await store.insert(keyOf('long'), entryOf(value));
      expect(await store.replace(keyOf('long'), { from: value, to: entryOf(`${value}y`) })).toBe(true);
      expect((await store.find(keyOf('long'), 1000))?.value).toHaveLength(65_537);
    });
  });
}
