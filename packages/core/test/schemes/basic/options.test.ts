import { describe, expect, it } from 'vitest';

import { basic, createMemoryPasswords, isConfigurationError, type BasicOptions } from '../../../src/index.js';
import { readConfig } from '../../../src/testing.js';
import { atOnce } from '../../fixtures/at-once.js';
import { contextOf } from '../../fixtures/context.js';
import { costly, fakeStored } from './bench.js';

function faultsOf(options: unknown): readonly string[] {
  try {
    basic(options as BasicOptions);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    if (JSON.stringify(error.faults).includes('hunter2'))
      throw new Error('a fault shows the password', { cause: error });
    return error.faults.map(({ path, reason }) => `${path} ${reason}`);
  }
  return [];
}

const alice = { username: 'alice', password: 'hunter2' };
const store = { findUser: () => undefined };
const argon2 = { algorithm: 'argon2id', memoryKibibytes: 19_456, passes: 2, parallelism: 1 };

describe('options of basic()', () => {
  it.each<[string, unknown]>([
    ['users', { users: [alice] }],
    ['no users', { users: [] }],
    ['a hash', { users: [{ username: 'alice', passwordHash: fakeStored('x'), roles: ['r'], disabled: true }] }],
    ['a cache', { store, cacheSeconds: 3600 }],
    ['a wanted cost', { store: createMemoryPasswords([]), hashParameters: costly }],
    ['a store', { store, maxConcurrentHashes: 64, maxWaitingHashes: 0, usernameProfile: 'case-mapped', realm: 'r' }],
  ])('take %s', (_, options) => {
    expect(faultsOf(options)).toEqual([]);
  });

  it.each<[string, unknown, readonly string[]]>([
    ['nothing', {}, ['users users-required']],
    ['users and a store', { users: [alice], store }, ['users users-required']],
    ['users that are no list', { users: alice }, ['users invalid-option']],
    ['a store without its method', { store: {} }, ['store invalid-option']],
    ['an unknown option', { users: [], user: [] }, ['user unknown-option']],
    ['an unknown profile', { users: [], usernameProfile: 'lower' }, ['usernameProfile invalid-option']],
    ['no hash at once', { users: [], maxConcurrentHashes: 0 }, ['maxConcurrentHashes invalid-option']],
    ['half a hash', { users: [], maxConcurrentHashes: 1.5 }, ['maxConcurrentHashes invalid-option']],
    ['endless waiting', { users: [], maxWaitingHashes: Infinity }, ['maxWaitingHashes invalid-option']],
    ['a cache of a day', { users: [], cacheSeconds: 86_400 }, ['cacheSeconds invalid-option']],
    ['a cache of less than nothing', { users: [], cacheSeconds: -1 }, ['cacheSeconds invalid-option']],
    ['a cache of "60"', { users: [], cacheSeconds: '60' }, ['cacheSeconds invalid-option']],
    [
      'a wanted cost without a place to write',
      { users: [], hashParameters: costly },
      ['hashParameters contradicting-options'],
    ],
    [
      'a wanted cost and a store that only reads',
      { store, hashParameters: costly },
      ['hashParameters contradicting-options'],
    ],
    [
      'a wanted cost that is too little',
      { store: createMemoryPasswords([]), hashParameters: { ...costly, costLog2: 10 } },
      ['hashParameters invalid-option'],
    ],
    [
      'a wanted cost of another algorithm',
      { store: createMemoryPasswords([]), hashParameters: { ...argon2, algorithm: 'argon2d' } },
      ['hashParameters invalid-option'],
    ],
    ['no wanted cost', { store: createMemoryPasswords([]), hashParameters: null }, ['hashParameters invalid-option']],
    ['a realm of two lines', { users: [], realm: 'a\r\nb' }, ['realm invalid-option']],
    ['an entry that is none', { users: [null] }, ['users[0].username invalid-option']],
    ['an empty name', { users: [{ ...alice, username: '' }] }, ['users[0].username invalid-option']],
    ['a colon in a name', { users: [{ ...alice, username: 'a:b' }] }, ['users[0].username invalid-option']],
    ['a control character in a name', { users: [{ ...alice, username: 'a\n' }] }, ['users[0].username invalid-option']],
    ['half a character in a name', { users: [{ ...alice, username: '\ud800' }] }, ['users[0].username invalid-option']],
    ['one name twice', { users: [alice, alice] }, ['users[1].username duplicate-user']],
    [
      'one name twice by its profile',
      { users: [alice, { ...alice, username: 'ＡＬＩＣＥ' }], usernameProfile: 'case-mapped' },
      ['users[1].username duplicate-user'],
    ],
    [
      'a name outside its profile',
      { users: [{ ...alice, username: 'a b' }], usernameProfile: 'case-preserved' },
      ['users[0].username username-outside-profile'],
    ],
    ['no password', { users: [{ username: 'alice' }] }, ['users[0].password password-required']],
    [
      'a password and a hash',
      { users: [{ ...alice, passwordHash: fakeStored('hunter2') }] },
      ['users[0].password password-required'],
    ],
    ['an empty password', { users: [{ ...alice, password: '' }] }, ['users[0].password invalid-option']],
    ['a number', { users: [{ ...alice, password: 1 }] }, ['users[0].password invalid-option']],
    ['a tab', { users: [{ ...alice, password: 'hunter2\t' }] }, ['users[0].password invalid-option']],
    ['1025 bytes', { users: [{ ...alice, password: 'x'.repeat(1025) }] }, ['users[0].password invalid-option']],
    [
      'a hash that is none',
      { users: [{ username: 'alice', passwordHash: 'hunter2' }] },
      ['users[0].passwordHash password-hash-malformed'],
    ],
    [
      'a hash of 1 GiB',
      { users: [{ username: 'alice', passwordHash: fakeStored('x').replace('ln=17', 'ln=20') }] },
      ['users[0].passwordHash password-hash-malformed'],
    ],
    ['roles that are text', { users: [{ ...alice, roles: 'r' }] }, ['users[0].roles invalid-option']],
    ['disabled: "yes"', { users: [{ ...alice, disabled: 'yes' }] }, ['users[0].disabled invalid-option']],
    ['a misspelt member', { users: [{ ...alice, role: [] }] }, ['users[0].role unknown-option']],
  ])('refuse %s', (_, options, faults) => {
    expect(faultsOf(options)).toEqual(faults);
  });

  it('are copied', async () => {
    const roles = ['reader'];
    const user = { ...alice, roles };
    const scheme = basic({ users: [user] });
    roles.push('admin');
    user.username = 'mallory';
    const context = contextOf({ clock: { now: () => 0, schedule: () => () => undefined } });
    await scheme.ready!(context);
    const authorization = `Basic ${Buffer.from('alice:hunter2').toString('base64')}`;
    const headers = { getAll: () => [authorization], get: () => authorization, names: () => ['authorization'] };
    const found = atOnce(scheme.extract({ headers } as never, { maxCredentialBytes: 8192 }));
    if (found.kind !== 'credentials') throw new Error(found.kind);
    expect(await scheme.verify(found.credentials, {} as never, context)).toMatchObject({
      principal: { subject: 'alice', roles: new Set(['reader']) },
    });
  });
});

describe('basic in the JSON of the conformance program', () => {
  const configOf = (users: object) =>
    readConfig({
      schemes: { users: { type: 'basic', ...users } },
      routes: [{ method: 'GET', path: '/basic', require: { scheme: 'users' } }],
    });

  it('takes the public options', () => {
    expect(configOf({ realm: 'api', users: [alice], cacheSeconds: 0 })).toMatchObject({ kind: 'config' });
  });

  it.each([
    [{ users: [{ username: 'alice' }] }, 'schemes.users.users[0].password', 'password-required'],
    [{ users: [alice], cacheSeconds: 3601 }, 'schemes.users.cacheSeconds', 'invalid-option'],
    [{}, 'schemes.users.users', 'users-required'],
  ])('refuses %j', (options, path, reason) => {
    expect(configOf(options)).toMatchObject({ kind: 'faults', faults: [{ path, reason }] });
  });
});
