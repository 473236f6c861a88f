import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { createMemoryCredentials, type ApiKeyRecord } from '../../../src/index.js';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');
const recordOf = (id: string, more: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
  id,
  subject: 'svc-1',
  scopes: [],
  roles: [],
  revoked: false,
  disabled: false,
  ...more,
});

describe('createMemoryCredentials', () => {
  it('holds what it is made with', () => {
    const store = createMemoryCredentials([[hashOf('k1'), recordOf('k1')]]);
    expect(store.findApiKey(hashOf('k1'))).toEqual(recordOf('k1'));
  });

  it.each([
    ['an id', [hashOf('a'), recordOf('k1')], [hashOf('b'), recordOf('k1')]],
    ['a hash', [hashOf('a'), recordOf('k1')], [hashOf('a'), recordOf('k2')]],
  ] as const)('is not made with %s that stands twice', (_, first, second) => {
    expect(() => createMemoryCredentials([first, second])).toThrow(TypeError);
  });

  it.each(['', 'k1', 'acme_secret', `${hashOf('k1')}=`, hashOf('k1').slice(0, -1)])(
    'takes no key under %j, which is no SHA-256 in base64url',
    (hash) => {
      const store = createMemoryCredentials();
      expect(() => store.insertApiKey(hash, recordOf('k1'))).toThrow(TypeError);
      expect(store.findApiKeyById('k1')).toBeUndefined();
    },
  );

  it('tells hashes apart that begin alike', () => {
    const hashes = Array.from({ length: 50 }, (_, i) => {
      const bytes = Buffer.alloc(32, 7);
      bytes[31] = i;
      return bytes.toString('base64url');
    });
    const store = createMemoryCredentials(hashes.map((hash, i) => [hash, recordOf(`k${i}`)]));
    const found = hashes.map((hash) => (store.findApiKey(hash) as ApiKeyRecord).id);
    expect(found).toEqual(hashes.map((_, i) => `k${i}`));
    expect(store.findApiKey(Buffer.alloc(32, 7).fill(99, 31).toString('base64url'))).toBeUndefined();
  });

  it('finds each of many keys, over every page and growth, and lists them all', () => {
    const count = 10_000;
    const store = createMemoryCredentials();
    for (let i = 0; i < count; i++)
      void store.insertApiKey(hashOf(`k${i}`), recordOf(`k${i}`, { subject: `s${i % 7}`, scopes: [`scope-${i % 3}`] }));
    const found = Array.from({ length: count }, (_, i) => store.findApiKey(hashOf(`k${i}`)) as ApiKeyRecord);
    const right = ({ id, subject, scopes }: ApiKeyRecord, i: number): boolean =>
      id === `k${i}` && subject === `s${i % 7}` && scopes[0] === `scope-${i % 3}`;
    expect(found.filter((record, i) => !right(record, i))).toEqual([]);
    expect(store.findApiKey(hashOf('another'))).toBeUndefined();
    const ids = (records: unknown): readonly string[] => (records as readonly ApiKeyRecord[]).map(({ id }) => id);
    expect(ids(store.listApiKeys({ limit: count }))).toEqual(Array.from({ length: count }, (_, i) => `k${i}`));
    expect(ids(store.listApiKeys({ subject: 's3', limit: count }))).toHaveLength(1429);
  });

  it('keeps lists apart that differ, beyond the number of those that keys share', () => {
    const count = 10_050;
    const store = createMemoryCredentials(
      Array.from({ length: count }, (_, i) => [hashOf(`k${i}`), recordOf(`k${i}`, { scopes: [`s${i}`] })] as const),
    );
    for (const i of [0, 9_999, 10_000, count - 1])
      expect(store.findApiKeyById(`k${i}`)).toMatchObject({ scopes: [`s${i}`] });
  });
});
