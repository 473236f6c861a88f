import { createHash } from 'node:crypto';

import { beforeEach, describe, expect, it } from 'vitest';

import type { ApiKeyRecord, ApiKeyStore } from '../../src/index.js';

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

export const recordOf = (id: string, more: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
  id,
  subject: 'svc-1',
  scopes: [],
  roles: [],
  revoked: false,
  disabled: false,
  ...more,
});

/** What every store of API keys must do. */
export function describeApiKeyStore(name: string, make: () => Required<ApiKeyStore>): void {
  let store: Required<ApiKeyStore>;
  beforeEach(() => {
    store = make();
  });
  const insert = async (id: string, more: Partial<ApiKeyRecord> = {}): Promise<boolean> =>
    store.insertApiKey(hashOf(id), recordOf(id, more));
  const idsOf = (records: readonly ApiKeyRecord[]): readonly string[] => records.map(({ id }) => id);

  describe(`${name}: a record`, () => {
    const whole = recordOf('k1', {
      name: 'the build',
      scopes: ['orders:read', 'orders:write'],
      roles: ['reader'],
      addresses: ['192.0.2.0/24'],
      limit: { points: 100, seconds: 60 },
      createdAt: 1_767_225_600.25,
      notBefore: 1_767_225_601,
      expiresAt: 1_798_761_600,
    });

    it.each([
      ['of everything', whole],
      ['of the least', recordOf('k1')],
      ['revoked', recordOf('k1', { revoked: true })],
      ['switched off', recordOf('k1', { disabled: true })],
      ['replaced', recordOf('k1', { replacedUntil: 0 })],
      ['of the first second', recordOf('k1', { createdAt: 0, expiresAt: 0, notBefore: 0 })],
    ])('%s is found as it was inserted, by its hash and by its id', async (_, record) => {
      expect(await store.insertApiKey(hashOf('k1'), record)).toBe(true);
      expect(await store.findApiKey(hashOf('k1'))).toEqual(record);
      expect(await store.findApiKeyById('k1')).toEqual(record);
    });

    it('is found by its whole hash alone, and by its exact id', async () => {
      await insert('k1');
      const hash = hashOf('k1');
      const other = hash.slice(0, -2) + (hash.at(-2) === 'A' ? 'B' : 'A') + hash.at(-1)!;
      for (const wrong of [other, hash.slice(0, -1), `${hash}A`, '', hashOf('k2'), 'k1', '__proto__'])
        expect(await store.findApiKey(wrong)).toBeUndefined();
      for (const wrong of ['K1', 'k1 ', '', hash, '__proto__', 'constructor'])
        expect(await store.findApiKeyById(wrong)).toBeUndefined();
    });

    it('does not take the id or the hash of another', async () => {
      await insert('k1', { subject: 'first' });
      expect(await store.insertApiKey(hashOf('k2'), recordOf('k1', { subject: 'second' }))).toBe(false);
      expect(await store.insertApiKey(hashOf('k1'), recordOf('k2', { subject: 'second' }))).toBe(false);
      expect(await store.findApiKeyById('k1')).toMatchObject({ subject: 'first' });
      expect(await store.findApiKeyById('k2')).toBeUndefined();
      expect(await store.findApiKey(hashOf('k2'))).toBeUndefined();
      expect(await store.listApiKeys({ limit: 10 })).toHaveLength(1);
    });

    it('is a copy: neither what was given nor what was answered changes it', async () => {
      const scopes = ['orders:read'];
      await store.insertApiKey(hashOf('k1'), recordOf('k1', { scopes }));
      scopes.push('admin');
      const found = (await store.findApiKey(hashOf('k1')))!;
      try {
        (found as { revoked: boolean }).revoked = true;
        (found.scopes as string[]).push('admin');
      } catch {
        // A frozen record serves as well.
      }
      expect(await store.findApiKey(hashOf('k1'))).toEqual(recordOf('k1', { scopes: ['orders:read'] }));
    });

    it('changes as told, and in nothing else, for the next look-up', async () => {
      await store.insertApiKey(hashOf('k1'), whole);
      await insert('k2', { scopes: whole.scopes, roles: whole.roles, addresses: whole.addresses! });
      const changes = [
        { revoked: true },
        { disabled: true },
        { scopes: ['orders:read'] },
        { roles: [] },
        { addresses: ['2001:db8::/32'] },
        { name: 'the old build' },
        { expiresAt: 1_767_225_700 },
        { replacedUntil: 1_767_225_800 },
        { revoked: false, disabled: false },
        {},
      ];
      for (const [i, change] of changes.entries()) {
        const expected: ApiKeyRecord = Object.assign({}, whole, ...changes.slice(0, i + 1));
        expect(await store.changeApiKey('k1', change)).toEqual(expected);
        expect(await store.findApiKey(hashOf('k1'))).toEqual(expected);
      }
      expect(await store.findApiKeyById('k2')).toMatchObject({ scopes: whole.scopes, revoked: false });
      expect(await store.changeApiKey('k3', { revoked: true })).toBeUndefined();
    });
  });

  describe(`${name}: a successor`, () => {
    const successor = { id: 'k2', hash: hashOf('k2'), createdAt: 20, replacedUntil: 30 };

    it('has all that the old key has but how it was used, and the old key its end', async () => {
      const rights = { name: 'n', scopes: ['a'], roles: ['b'], addresses: ['10.0.0.1'], notBefore: 1, expiresAt: 99 };
      await insert('k1', { ...rights, disabled: true, createdAt: 10 });
      await store.recordUse([{ id: 'k1', uses: 5, lastUsedAt: 15 }]);
      expect(await store.replaceApiKey('k1', successor)).toBe(true);
      const kept = recordOf('k2', { ...rights, disabled: true, createdAt: 20 });
      expect(await store.findApiKey(hashOf('k2'))).toEqual(kept);
      expect(await store.findApiKeyById('k1')).toMatchObject({ createdAt: 10, uses: 5, replacedUntil: 30 });
    });

    it.each<[string, Partial<ApiKeyRecord>]>([
      ['is revoked', { revoked: true }],
      ['has one already', { replacedUntil: 0 }],
    ])('is not made of a key that %s', async (_, more) => {
      await insert('k1', more);
      expect(await store.replaceApiKey('k1', successor)).toBe(false);
      expect(await store.listApiKeys({ limit: 10 })).toEqual([recordOf('k1', more)]);
    });

    it('is made once, of two who ask at once', async () => {
      await insert('k1');
      const both = [successor, { ...successor, id: 'k3', hash: hashOf('k3') }];
      const made = await Promise.all(both.map(async (each) => store.replaceApiKey('k1', each)));
      expect(made.filter(Boolean)).toHaveLength(1);
      expect(await store.listApiKeys({ limit: 10 })).toHaveLength(2);
    });

    it('is not made of a key that is not there, nor under an id or a hash that is taken', async () => {
      expect(await store.replaceApiKey('k1', successor)).toBe(false);
      await insert('k1');
      await insert('k9');
      expect(await store.replaceApiKey('k1', { ...successor, id: 'k9' })).toBe(false);
      expect(await store.replaceApiKey('k1', { ...successor, hash: hashOf('k9') })).toBe(false);
      expect(await store.findApiKeyById('k1')).toEqual(recordOf('k1'));
      expect(await store.listApiKeys({ limit: 10 })).toHaveLength(2);
    });
  });

  describe(`${name}: a list`, () => {
    beforeEach(async () => {
      for (const [i, subject] of ['a', 'b', 'a', 'c', 'a', 'b'].entries()) await insert(`k${i}`, { subject });
    });

    it('is in the order in which keys were made, of one subject or of all', async () => {
      expect(idsOf(await store.listApiKeys({ limit: 10 }))).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5']);
      expect(idsOf(await store.listApiKeys({ subject: 'a', limit: 10 }))).toEqual(['k0', 'k2', 'k4']);
      expect(idsOf(await store.listApiKeys({ subject: 'c', limit: 10 }))).toEqual(['k3']);
      expect(await store.listApiKeys({ subject: '__proto__', limit: 10 })).toEqual([]);
    });

    it('comes in pages', async () => {
      expect(idsOf(await store.listApiKeys({ limit: 2 }))).toEqual(['k0', 'k1']);
      expect(idsOf(await store.listApiKeys({ limit: 2, after: 'k1' }))).toEqual(['k2', 'k3']);
      expect(idsOf(await store.listApiKeys({ limit: 9, after: 'k3' }))).toEqual(['k4', 'k5']);
      expect(await store.listApiKeys({ limit: 2, after: 'k5' })).toEqual([]);
      expect(idsOf(await store.listApiKeys({ subject: 'a', limit: 2 }))).toEqual(['k0', 'k2']);
      expect(idsOf(await store.listApiKeys({ subject: 'a', limit: 2, after: 'k2' }))).toEqual(['k4']);
      expect(await store.listApiKeys({ subject: 'a', limit: 2, after: 'k4' })).toEqual([]);
    });

    it('has nothing after a key that is not there, or is not of the subject', async () => {
      expect(await store.listApiKeys({ limit: 2, after: 'nobody' })).toEqual([]);
      expect(await store.listApiKeys({ subject: 'a', limit: 2, after: 'k1' })).toEqual([]);
    });

    it('shows changes, and keys that were made since the page before', async () => {
      await store.changeApiKey('k5', { revoked: true });
      await insert('k6', { subject: 'b' });
      expect(await store.listApiKeys({ subject: 'b', limit: 5, after: 'k1' })).toEqual([
        recordOf('k5', { subject: 'b', revoked: true }),
        recordOf('k6', { subject: 'b' }),
      ]);
    });
  });

  describe(`${name}: uses`, () => {
    it('add up, and the last is the latest, whatever order they come in', async () => {
      await insert('k1');
      await insert('k2');
      await store.recordUse([
        { id: 'k1', uses: 2, lastUsedAt: 100 },
        { id: 'k2', uses: 1, lastUsedAt: 50 },
      ]);
      await store.recordUse([{ id: 'k1', uses: 3, lastUsedAt: 90.5 }]);
      expect(await store.findApiKeyById('k1')).toEqual(recordOf('k1', { uses: 5, lastUsedAt: 100 }));
      expect(await store.findApiKeyById('k2')).toEqual(recordOf('k2', { uses: 1, lastUsedAt: 50 }));
    });

    it('of a key that is not there are passed over', async () => {
      await insert('k1');
      await store.recordUse([
        { id: 'nobody', uses: 1, lastUsedAt: 1 },
        { id: 'k1', uses: 1, lastUsedAt: 1 },
      ]);
      expect(await store.findApiKeyById('k1')).toMatchObject({ uses: 1 });
      expect(await store.listApiKeys({ limit: 10 })).toHaveLength(1);
    });
  });
}
