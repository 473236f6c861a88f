import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createMemoryPasswords, DependencyError, type PasswordRecord, type PasswordStore } from '../../../src/index.js';
import { allowed, challengesOf, refused, fingerprintsOf } from '../../fixtures/guard.js';
import {
  basicBench,
  costly,
  fakeHasher,
  fakeStored,
  hashedUser,
  needsUser,
  sendsUser,
  type FakeHasher,
} from './bench.js';

let hasher: FakeHasher;
beforeEach(() => {
  hasher = fakeHasher();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const cheap = { algorithm: 'argon2id', memoryKibibytes: 19_456, passes: 2, parallelism: 1 } as const;

const bench = () =>
  basicBench({
    users: [
      hashedUser('alice', 'secret', { roles: ['reader'] }),
      hashedUser('bob', 'secret', { disabled: true }),
      hashedUser('carol', 'a:b:c'),
      hashedUser('test', '123£'),
      hashedUser('café', 'crème brûlée'.normalize('NFC')),
    ],
  });

const withoutInstance = (body: Uint8Array): string => new TextDecoder().decode(body).replace(/"urn:uuid:[^"]+"/, '""');

describe('a password that is right', () => {
  it('proves its user (basic-valid)', async () => {
    const { decide, events } = bench();
    const { principal } = allowed(await decide(needsUser, sendsUser('alice', 'secret')));
    expect(principal).toMatchObject({ scheme: 'users', type: 'basic', issuer: null, subject: 'alice', claims: {} });
    expect([...principal!.roles]).toEqual(['reader']);
    expect(principal!.scopes.size).toBe(0);
    expect(events).toMatchObject([{ outcome: 'allow', reason: 'ok', subject: 'alice', credentialId: null }]);
  });

  it.each([
    ['with colons (basic-colon-in-password)', 'carol', 'a:b:c'],
    ['beyond ASCII (basic-utf8-example)', 'test', '123£'],
    ['sent decomposed (basic-nfd-password, RFC 8265 §4.2)', 'café', 'crème brûlée'.normalize('NFD')],
    ['with a space of another kind (RFC 8265 §4.2.2)', 'café', 'crème\u00a0brûlée'],
  ])('may be one %s', async (_, username, password) => {
    expect(allowed(await bench().decide(needsUser, sendsUser(username, password))).principal?.subject).toBe(username);
  });
});

describe('a refusal', () => {
  it.each([
    ['basic-wrong-password', 'alice', 'Secret', 'wrong-password'],
    ['basic-empty-password', 'alice', '', 'wrong-password'],
    ['basic-unknown-user', 'mallory', 'secret', 'unknown-user'],
    ['an empty password of nobody', 'mallory', '', 'unknown-user'],
    ['basic-username-case', 'ALICE', 'secret', 'unknown-user'],
    ['basic-fullwidth-username', 'ａｌｉｃｅ', 'secret', 'unknown-user'],
    ['a name with a space', 'alice ', 'secret', 'unknown-user'],
    ['a name that is not composed', 'café'.normalize('NFD'), 'crème brûlée', 'unknown-user'],
    ['basic-prototype-user', '__proto__', 'secret', 'unknown-user'],
    ['basic-prototype-user', 'constructor', 'secret', 'unknown-user'],
    ['basic-prototype-user', 'toString', 'secret', 'unknown-user'],
    ['basic-disabled-user', 'bob', 'secret', 'subject-disabled'],
    ['a wrong password of a disabled user', 'bob', 'wrong', 'wrong-password'],
    ['full-width letters in the password', 'alice', 'ｓｅｃｒｅｔ', 'wrong-password'],
  ])('of %s looks like any other, and costs one hash of the same parameters', async (_, username, password, reason) => {
    const { decide, events } = bench();
    const usual = refused(await decide(needsUser, sendsUser('alice', 'wrong')));
    const decision = refused(await decide(needsUser, sendsUser(username, password)));
    expect(decision).toMatchObject({ status: 401, code: 'invalid-credentials' });
    expect(decision.headers).toEqual(usual.headers);
    expect(challengesOf(decision)).toEqual(['Basic realm="api", charset="UTF-8"']);
    expect(withoutInstance(decision.body)).toBe(withoutInstance(usual.body));
    expect(events[1]).toMatchObject({ reason, outcome: 'refuse', scheme: 'users', subject: null });
    expect(hasher.scrypt).toHaveBeenCalledTimes(2);
    expect(hasher.argon2id).not.toHaveBeenCalled();
    const computed = hasher.scrypt.mock.calls.map(([{ length, salt }, cost]) => [length, salt.length, cost]);
    expect(computed).toEqual([
      [32, 16, costly],
      [32, 16, costly],
    ]);
  });

  it('tells the password apart after byte 72 (basic-bcrypt-72)', async () => {
    const start = 'x'.repeat(72);
    const { decide } = basicBench({ users: [hashedUser('alice', `${start}a`)] });
    expect(allowed(await decide(needsUser, sendsUser('alice', `${start}a`))).kind).toBe('allow');
    expect(refused(await decide(needsUser, sendsUser('alice', `${start}b`))).code).toBe('invalid-credentials');
  });

  it('is never told by a dummy hash that happens to match', async () => {
    hasher.scrypt.mockImplementation(async ({ length }) => new Uint8Array(length));
    const bytes = vi.spyOn(globalThis.crypto, 'getRandomValues').mockImplementation((array) => array);
    const { decide, events } = bench();
    await decide(needsUser, sendsUser('mallory', 'secret'));
    bytes.mockRestore();
    expect(events).toMatchObject([{ reason: 'unknown-user' }]);
  });

  it('holds no password anywhere in its event', async () => {
    const { decide, events } = bench();
    await decide(needsUser, sendsUser('alice', 'hunter2'));
    await decide(needsUser, sendsUser('hunter2', 'hunter2'));
    expect(inspect(events, { depth: null })).not.toContain('hunter2');
    const fingerprints = fingerprintsOf(events);
    expect(fingerprints).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/), expect.stringMatching(/^[0-9a-f]{12}$/)]);
    expect(new Set(fingerprints).size).toBe(2);
  });

  it('has a fingerprint of the name alone', async () => {
    const { decide, events } = bench();
    for (const password of ['one', 'two', 'secret']) await decide(needsUser, sendsUser('alice', password));
    expect(new Set(fingerprintsOf(events)).size).toBe(1);
  });
});

describe('the hash that is computed for nobody', () => {
  const costsOf = (): readonly object[] =>
    [hasher.scrypt, hasher.argon2id].flatMap(({ mock }) => mock.calls.map(([, cost]) => cost));

  it('costs what those of most users cost', async () => {
    const { decide } = basicBench({
      users: [
        hashedUser('alice', 'a'),
        { username: 'bob', passwordHash: fakeStored('b', cheap) },
        { username: 'carol', passwordHash: fakeStored('c', cheap) },
      ],
    });
    await decide(needsUser, sendsUser('mallory', 'x'));
    expect(costsOf()).toEqual([cheap]);
  });

  it('costs what hashPassword takes by default where a store has shown nothing yet, and then what it shows', async () => {
    const record = { username: 'bob', passwordHash: fakeStored('b', cheap), roles: [], disabled: false };
    const { decide } = basicBench({ store: createMemoryPasswords([record]) });
    for (const name of ['mallory', 'bob', 'mallory']) await decide(needsUser, sendsUser(name, 'x'));
    expect(hasher.scrypt.mock.calls.map(([, cost]) => cost)).toEqual([costly]);
    expect(hasher.argon2id.mock.calls.map(([, cost]) => cost)).toEqual([cheap, cheap]);
  });

  it('has a salt of its own, the same each time', async () => {
    const { decide } = bench();
    for (const name of ['mallory', 'alice', 'trudy']) await decide(needsUser, sendsUser(name, 'x'));
    const [first, second, third] = hasher.scrypt.mock.calls.map(([{ salt }]) => Buffer.from(salt).toString('hex'));
    expect(first).toBe(third);
    expect(first).not.toBe(second);
    expect(first).not.toMatch(/^0+$/);
  });
});

describe('a store', () => {
  const record: PasswordRecord = {
    username: 'alice',
    passwordHash: fakeStored('secret'),
    roles: ['reader'],
    disabled: false,
  };

  it('is asked by name, with the signal of the request', async () => {
    const findUser = vi.fn<PasswordStore['findUser']>(async () => record);
    const { signal } = new AbortController();
    const { decide } = basicBench({ store: { findUser } });
    expect(allowed(await decide(needsUser, sendsUser('alice', 'secret', signal))).principal?.subject).toBe('alice');
    expect(findUser).toHaveBeenCalledExactlyOnceWith('alice', signal);
  });

  it('that is down refuses with 503 (basic-store-down)', async () => {
    const error = new DependencyError('credential-store-unavailable');
    const { decide, events, errors } = basicBench({ store: { findUser: () => Promise.reject(error) } });
    const decision = refused(await decide(needsUser, sendsUser('alice', 'secret')));
    expect(decision).toMatchObject({ status: 503, code: 'dependency-unavailable' });
    expect(decision.headers).toContainEqual(['retry-after', '5']);
    expect(challengesOf(decision)).toEqual([]);
    expect(events).toMatchObject([{ outcome: 'error', reason: 'credential-store-unavailable' }]);
    expect(errors).toEqual([error]);
  });

  it('that maps one name to another proves nobody', async () => {
    const { decide, events } = basicBench({ store: { findUser: () => record } });
    await decide(needsUser, sendsUser('ALICE', 'secret'));
    expect(events).toMatchObject([{ outcome: 'refuse', reason: 'unknown-user' }]);
    expect(hasher.scrypt).toHaveBeenCalledTimes(1);
  });

  it.each(['', 'secret', '$2b$10$abcdefghijklmnopqrstuv', '$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q'])(
    'that answers the hash %j refuses as for a wrong password',
    async (passwordHash) => {
      const { decide, events } = basicBench({ store: { findUser: () => ({ ...record, passwordHash }) } });
      expect(refused(await decide(needsUser, sendsUser('alice', 'secret'))).code).toBe('invalid-credentials');
      expect(events).toMatchObject([{ outcome: 'refuse', reason: 'password-hash-unusable' }]);
      expect(hasher.scrypt.mock.calls.map(([, cost]) => cost)).toEqual([costly]);
    },
  );
});

describe('a password in the configuration', () => {
  const plain = { username: 'alice', password: 'secret' };

  it('is hashed at the first request, once, and then dropped', async () => {
    const { decide, auth } = basicBench({ users: [plain, { username: 'bob', password: 'secret' }] });
    expect(hasher.scrypt).not.toHaveBeenCalled();
    for (const name of ['mallory', 'alice', 'bob']) await decide(needsUser, sendsUser(name, 'secret'));
    expect(hasher.scrypt).toHaveBeenCalledTimes(5);
    expect(new Set(hasher.scrypt.mock.calls.map(([{ salt }]) => Buffer.from(salt).toString('hex'))).size).toBe(3);
    expect(hasher.scrypt.mock.calls.at(0)?.[1]).toMatchObject({ costLog2: 14, blockSize: 8, parallelism: 1 });
    expect(inspect(auth, { depth: null, showHidden: true })).not.toContain('secret');
  });

  it('is hashed by ready()', async () => {
    const { decide, auth } = basicBench({ users: [plain] });
    await auth.ready();
    expect(hasher.scrypt).toHaveBeenCalledTimes(1);
    expect(allowed(await decide(needsUser, sendsUser('alice', 'secret'))).principal?.subject).toBe('alice');
    expect(hasher.scrypt).toHaveBeenCalledTimes(2);
  });

  it('makes everybody wait for the same: no first request tells by its time who exists', async () => {
    const costs: number[] = [];
    for (const name of ['mallory', 'alice']) {
      const { decide } = basicBench({ users: [plain, { username: 'bob', password: 'x' }] });
      hasher.scrypt.mockClear();
      await decide(needsUser, sendsUser(name, 'wrong'));
      costs.push(hasher.scrypt.mock.calls.length);
    }
    expect(costs).toEqual([3, 3]);
  });

  it('takes the cost of the hashes beside it', async () => {
    const { auth, decide } = basicBench({ users: [plain, { username: 'bob', passwordHash: fakeStored('b', cheap) }] });
    await auth.ready();
    for (const name of ['mallory', 'alice', 'bob']) await decide(needsUser, sendsUser(name, 'x'));
    expect(hasher.scrypt).not.toHaveBeenCalled();
    expect(hasher.argon2id.mock.calls.map(([, cost]) => cost)).toEqual([cheap, cheap, cheap, cheap]);
  });

  it('that could not be hashed is hashed by the next', async () => {
    hasher.scrypt.mockRejectedValueOnce(new Error('no memory'));
    const { decide, events } = basicBench({ users: [plain] });
    expect(refused(await decide(needsUser, sendsUser('alice', 'secret'))).status).toBe(500);
    expect(allowed(await decide(needsUser, sendsUser('alice', 'secret'))).kind).toBe('allow');
    expect(events).toMatchObject([{ reason: 'unexpected' }, { reason: 'ok' }]);
  });

  it('works with the hashes of the platform', async () => {
    vi.restoreAllMocks();
    const { decide } = basicBench({ users: [plain] });
    expect(allowed(await decide(needsUser, sendsUser('alice', 'secret'))).principal?.subject).toBe('alice');
    expect(refused(await decide(needsUser, sendsUser('alice', 'secreT'))).code).toBe('invalid-credentials');
  });
});
