import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import type { ApiKeyRecord, ApiKeyStore, PasswordRecord, PasswordStore } from '../../stores/credentials.js';
import { atOnce, casesOf, oddNames, type ContractCase, type MakeStore } from './contract.js';

type Keys = Required<ApiKeyStore>;
type Rules = Readonly<Record<string, (store: Keys) => Promise<void>>>;

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
const insert = async (store: Keys, id: string, more: Partial<ApiKeyRecord> = {}): Promise<boolean> =>
  store.insertApiKey(hashOf(id), recordOf(id, more));
const idsOf = (records: readonly ApiKeyRecord[]): readonly string[] => records.map(({ id }) => id);
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

/**
 * What every store of API keys must do.
 * @example for (const { title, run } of apiKeyStoreContract(() => createMyKeys())) it(title, run);
 */
export function apiKeyStoreContract(make: MakeStore<Keys>): readonly ContractCase[] {
  return [records, successors, lists].flatMap((rules) => casesOf('store of API keys', make, rules));
}

const records: Rules = {
  'finds a record as it was inserted, by its hash and by its id': async (store) => {
    const kept = [
      whole,
      recordOf('k2'),
      recordOf('k3', { revoked: true }),
      recordOf('k4', { disabled: true }),
      recordOf('k5', { replacedUntil: 0 }),
      recordOf('k6', { createdAt: 0, expiresAt: 0, notBefore: 0 }),
    ];
    for (const record of kept) {
      assert.equal(await store.insertApiKey(hashOf(record.id), record), true);
      assert.deepEqual(await store.findApiKey(hashOf(record.id)), record);
      assert.deepEqual(await store.findApiKeyById(record.id), record);
    }
  },
  'finds a record by its whole hash alone, and by its exact id': async (store) => {
    await insert(store, 'k1');
    const hash = hashOf('k1');
    const other = hash.slice(0, -2) + (hash.at(-2) === 'A' ? 'B' : 'A') + hash.at(-1)!;
    for (const wrong of [other, hash.slice(0, -1), `${hash}A`, '', hashOf('k2'), 'k1', '__proto__'])
      assert.equal(await store.findApiKey(wrong), undefined, wrong);
    for (const wrong of ['K1', 'k1 ', 'k1\0', 'k\ud800', '', hash, '__proto__', 'constructor', "' or '1'='1"])
      assert.equal(await store.findApiKeyById(wrong), undefined, wrong);
  },
  'does not take the id or the hash of another': async (store) => {
    await insert(store, 'k1', { subject: 'first' });
    assert.equal(await store.insertApiKey(hashOf('k2'), recordOf('k1', { subject: 'second' })), false);
    assert.equal(await store.insertApiKey(hashOf('k1'), recordOf('k2', { subject: 'second' })), false);
    assert.equal((await store.findApiKeyById('k1'))?.subject, 'first');
    assert.equal(await store.findApiKey(hashOf('k2')), undefined);
    assert.equal((await store.listApiKeys({ limit: 10 })).length, 1);
  },
  'answers copies: neither what was given nor what was answered changes a record': async (store) => {
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
    assert.deepEqual(await store.findApiKey(hashOf('k1')), recordOf('k1', { scopes: ['orders:read'] }));
  },
  'changes a record as told, and in nothing else, for the next look-up': async (store) => {
    await store.insertApiKey(hashOf('k1'), whole);
    await insert(store, 'k2', { scopes: whole.scopes });
    const changes = [
      { revoked: true },
      { disabled: true },
      { scopes: ['orders:read'] },
      { roles: [], addresses: ['2001:db8::/32'] },
      { name: 'the old build', expiresAt: 1_767_225_700 },
      { replacedUntil: 1_767_225_800 },
      { revoked: false, disabled: false },
      {},
    ];
    for (const [index, change] of changes.entries()) {
      const expected: ApiKeyRecord = Object.assign({}, whole, ...changes.slice(0, index + 1));
      assert.deepEqual(await store.changeApiKey('k1', change), expected);
      assert.deepEqual(await store.findApiKey(hashOf('k1')), expected);
    }
    assert.deepEqual(await store.findApiKeyById('k2'), recordOf('k2', { scopes: whole.scopes }));
    assert.equal(await store.changeApiKey('k3', { revoked: true }), undefined);
  },
  'keeps names apart, whatever they are made of': async (store) => {
    for (const name of oddNames) assert.equal(await insert(store, name, { subject: name, scopes: [name] }), true);
    for (const name of oddNames) {
      assert.deepEqual(await store.findApiKey(hashOf(name)), recordOf(name, { subject: name, scopes: [name] }));
      assert.deepEqual(idsOf(await store.listApiKeys({ subject: name, limit: 5 })), [name]);
    }
  },
};

const successor = { id: 'k2', hash: hashOf('k2'), createdAt: 20, replacedUntil: 30 };

const successors: Rules = {
  'gives a successor all that the old key has but how it was used, and the old key its end': async (store) => {
    const rights = { name: 'n', scopes: ['a'], roles: ['b'], addresses: ['10.0.0.1'], notBefore: 1, expiresAt: 99 };
    await insert(store, 'k1', { ...rights, disabled: true, createdAt: 10 });
    await store.recordUse([{ id: 'k1', uses: 5, lastUsedAt: 15 }]);
    assert.equal(await store.replaceApiKey('k1', successor), true);
    const kept = recordOf('k2', { ...rights, disabled: true, createdAt: 20 });
    assert.deepEqual(await store.findApiKey(hashOf('k2')), kept);
    const old = await store.findApiKeyById('k1');
    assert.deepEqual([old?.createdAt, old?.uses, old?.replacedUntil], [10, 5, 30]);
  },
  'makes no successor of a key that is revoked, has one, or is not there': async (store) => {
    assert.equal(await store.replaceApiKey('nobody', successor), false);
    await insert(store, 'revoked', { revoked: true });
    await insert(store, 'replaced', { replacedUntil: 0 });
    assert.equal(await store.replaceApiKey('revoked', successor), false);
    assert.equal(await store.replaceApiKey('replaced', successor), false);
    assert.deepEqual(idsOf(await store.listApiKeys({ limit: 10 })), ['revoked', 'replaced']);
  },
  'makes one successor, of many who ask at once': async (store) => {
    await insert(store, 'k1');
    const made = await atOnce(10, (index) =>
      store.replaceApiKey('k1', { ...successor, id: `n${index}`, hash: hashOf(`n${index}`) }),
    );
    assert.equal(made.filter(Boolean).length, 1);
    assert.equal((await store.listApiKeys({ limit: 20 })).length, 2);
  },
  'makes no successor under an id or a hash that is taken': async (store) => {
    await insert(store, 'k1');
    await insert(store, 'k9');
    assert.equal(await store.replaceApiKey('k1', { ...successor, id: 'k9' }), false);
    assert.equal(await store.replaceApiKey('k1', { ...successor, hash: hashOf('k9') }), false);
    assert.deepEqual(await store.findApiKeyById('k1'), recordOf('k1'));
    assert.equal((await store.listApiKeys({ limit: 10 })).length, 2);
  },
};

async function insertSix(store: Keys): Promise<void> {
  for (const [index, subject] of ['a', 'b', 'a', 'c', 'a', 'b'].entries())
    await insert(store, `k${index}`, { subject });
}

const lists: Rules = {
  'lists keys in the order in which they were made, of one subject or of all': async (store) => {
    await insertSix(store);
    assert.deepEqual(idsOf(await store.listApiKeys({ limit: 10 })), ['k0', 'k1', 'k2', 'k3', 'k4', 'k5']);
    assert.deepEqual(idsOf(await store.listApiKeys({ subject: 'a', limit: 10 })), ['k0', 'k2', 'k4']);
    assert.deepEqual(await store.listApiKeys({ subject: '__proto__', limit: 10 }), []);
  },
  'lists keys in pages, and nothing after a key that is not there or not of the subject': async (store) => {
    await insertSix(store);
    const page = async (query: object): Promise<readonly string[]> =>
      idsOf(await store.listApiKeys({ limit: 2, ...query }));
    assert.deepEqual(await page({}), ['k0', 'k1']);
    assert.deepEqual(await page({ after: 'k1' }), ['k2', 'k3']);
    assert.deepEqual(await page({ after: 'k5' }), []);
    assert.deepEqual(await page({ subject: 'a', after: 'k2' }), ['k4']);
    assert.deepEqual(await page({ subject: 'a', after: 'k1' }), []);
    assert.deepEqual(await page({ after: 'nobody' }), []);
  },
  'adds up uses, whatever order they come in, and passes over keys that are not there': async (store) => {
    await insert(store, 'k1');
    await insert(store, 'k2');
    await store.recordUse([
      { id: 'k1', uses: 2, lastUsedAt: 100 },
      { id: 'nobody', uses: 1, lastUsedAt: 1 },
      { id: 'k2', uses: 1, lastUsedAt: 50 },
    ]);
    await atOnce(5, () => store.recordUse([{ id: 'k1', uses: 3, lastUsedAt: 90.5 }]));
    assert.deepEqual(await store.findApiKeyById('k1'), recordOf('k1', { uses: 17, lastUsedAt: 100 }));
    assert.deepEqual(await store.findApiKeyById('k2'), recordOf('k2', { uses: 1, lastUsedAt: 50 }));
  },
};

/**
 * What every store of users with passwords must do.
 * @param make makes a store of these users
 * @example for (const { title, run } of passwordStoreContract((users) => createMyUsers(users))) it(title, run);
 */
export function passwordStoreContract(
  make: (users: readonly PasswordRecord[]) => ReturnType<MakeStore<Required<PasswordStore>>>,
): readonly ContractCase[] {
  const alice: PasswordRecord = { username: 'alice', passwordHash: 'old', roles: ['reader'], disabled: false };
  const users = [alice, ...oddNames.map((username) => Object.assign({}, alice, { username, disabled: true }))];
  return casesOf('store of passwords', () => make(users), {
    'finds users by their exact name': async (store) => {
      for (const user of users) assert.deepEqual(await store.findUser(user.username), user);
      for (const name of ['ALICE', 'alice ', 'alice\0', '\ud800', '', 'mallory', 'toString'])
        assert.equal(await store.findUser(name), undefined, name);
    },
    'replaces a hash that still stands, and nothing else of the user': async (store) => {
      assert.equal(await store.replaceHash('alice', { from: 'old', to: 'new' }), true);
      assert.deepEqual(await store.findUser('alice'), { ...alice, passwordHash: 'new' });
    },
    'keeps a hash that was set meanwhile, and makes no user': async (store) => {
      assert.equal(await store.replaceHash('alice', { from: 'older', to: 'new' }), false);
      assert.equal(await store.replaceHash('mallory', { from: 'old', to: 'new' }), false);
      assert.deepEqual(await store.findUser('alice'), alice);
      assert.equal(await store.findUser('mallory'), undefined);
    },
    'lets one of many replace a hash at the same instant': async (store) => {
      const done = await atOnce(10, (index) => store.replaceHash('alice', { from: 'old', to: `new ${index}` }));
      assert.equal(done.filter(Boolean).length, 1);
    },
  });
}
