import { describe, expect, it } from 'vitest';

import type { SigningKeyEntry, SigningKeyStore } from '../../src/issuer.js';

const keyOf = (name: string, value = `sealed-${name}`): SigningKeyEntry => ({ keyid: name.padEnd(43, '_'), value });

/** What every store of signing keys must do. @param create makes one that is empty */
export function describeSigningKeyStore(name: string, create: () => SigningKeyStore | Promise<SigningKeyStore>): void {
  describe(`${name}, as a store of signing keys,`, () => {
    it('lists keys as they are, in the order in which they were added', async () => {
      const store = await create();
      expect(await store.list()).toEqual([]);
      const keys = [keyOf('z', 'v'.repeat(8192)), keyOf('a'), keyOf('m')];
      for (const [index, key] of keys.entries())
        expect(await store.add(key, keys[index - 1]?.keyid ?? null)).toBe(true);
      expect(await store.list()).toEqual(keys);
    });

    it('takes no key that comes after another than the last', async () => {
      const store = await create();
      expect(await store.add(keyOf('a'), keyOf('b').keyid)).toBe(false);
      await store.add(keyOf('a'), null);
      await store.add(keyOf('b'), keyOf('a').keyid);
      for (const after of [null, keyOf('a').keyid, keyOf('B').keyid])
        expect(await store.add(keyOf('c'), after)).toBe(false);
      expect(await store.list()).toEqual([keyOf('a'), keyOf('b')]);
    });

    it.each([
      ['the first', null],
      ['a later', keyOf('a').keyid],
    ])('lets one of many add %s key at the same instant', async (_, after) => {
      const store = await create();
      if (after !== null) await store.add(keyOf('a'), null);
      const all = Array.from({ length: 20 }, (_unused, index) => keyOf(`race${index}`));
      const added = await Promise.all(all.map(async (key) => store.add(key, after)));
      expect(added.filter(Boolean)).toHaveLength(1);
      expect((await store.list()).at(-1)).toEqual(all[added.indexOf(true)]);
      expect(await store.list()).toHaveLength(after === null ? 1 : 2);
    });

    it('removes a key, and goes on from the one that is last then', async () => {
      const store = await create();
      await store.add(keyOf('a'), null);
      await store.add(keyOf('b'), keyOf('a').keyid);
      await store.remove(keyOf('a').keyid);
      await store.remove(keyOf('a').keyid);
      expect(await store.list()).toEqual([keyOf('b')]);
      expect(await store.add(keyOf('c'), keyOf('b').keyid)).toBe(true);
      expect(await store.list()).toEqual([keyOf('b'), keyOf('c')]);
      await store.remove(keyOf('c').keyid);
      await store.remove(keyOf('b').keyid);
      expect(await store.list()).toEqual([]);
      expect(await store.add(keyOf('d'), null)).toBe(true);
    });
  });
}
