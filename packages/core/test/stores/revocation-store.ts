import { describe, expect, it } from 'vitest';

import type { RevocationEntry, RevocationStore } from '../../src/index.js';

const keyOf = (name: string): string => name.padEnd(43, '_');
const entryOf = (name: string, rest: Partial<RevocationEntry> = {}): RevocationEntry => ({
  key: keyOf(name),
  issuedBefore: 1000,
  now: 1000,
  until: 4600,
  ...rest,
});

/** What every revocation store must do. Each test has keys of its own, so that one database may serve all. */
export function describeRevocationStore(name: string, create: () => RevocationStore): void {
  describe(`${name}, as a revocation store,`, () => {
    it('finds what was revoked until its time has come, and nothing else', async () => {
      const store = create();
      await store.revoke(entryOf('a', { issuedBefore: 999.5, until: 4600.5 }));
      expect(await store.find([keyOf('a')], 4600.4)).toBe(999.5);
      expect(await store.find([keyOf('a')], 4600.5)).toBeUndefined();
      expect(await store.find([keyOf('A'), '__proto__'], 1000)).toBeUndefined();
      expect(await store.find([], 1000)).toBeUndefined();
    });

    it('answers the latest time under any of several keys', async () => {
      const store = create();
      await store.revoke(entryOf('b1', { issuedBefore: 10 }));
      await store.revoke(entryOf('b2', { issuedBefore: 30 }));
      await store.revoke(entryOf('b3', { issuedBefore: 20 }));
      expect(await store.find([keyOf('b1'), keyOf('b2'), keyOf('b3'), keyOf('b4')], 1000)).toBe(30);
    });

    it('keeps the later of two for one key, each of its times by itself, in whatever order they come', async () => {
      const store = create();
      await store.revoke(entryOf('c', { issuedBefore: 2000, until: 5000 }));
      await store.revoke(entryOf('c', { issuedBefore: 1500, until: 6000 }));
      expect(await store.find([keyOf('c')], 5999)).toBe(2000);
      await store.revoke(entryOf('c', { issuedBefore: 2500, until: 5500 }));
      expect(await store.find([keyOf('c')], 5999)).toBe(2500);
    });

    it('keeps the latest of many that come at the same instant', async () => {
      const store = create();
      const all = Array.from({ length: 20 }, (_, index) => entryOf('d', { issuedBefore: (index * 7) % 20 }));
      await Promise.all(all.map(async (entry) => store.revoke(entry)));
      expect(await store.find([keyOf('d')], 1000)).toBe(19);
    });

    it('holds the greatest time there is: all tokens, whenever issued', async () => {
      const store = create();
      await store.revoke(entryOf('e', { issuedBefore: Number.MAX_SAFE_INTEGER }));
      expect(await store.find([keyOf('e')], 1000)).toBe(Number.MAX_SAFE_INTEGER);
    });
  });
}
