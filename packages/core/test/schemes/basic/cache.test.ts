import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { isPromise } from '../../../src/base/awaitable.js';
import { createTestClock } from '../../../src/testing.js';
import type { PasswordRecord, PasswordStore } from '../../../src/index.js';
import { PasswordCache } from '../../../src/schemes/basic/password-cache.js';
import { allowed, refused, startOfTests, type Bench } from '../../fixtures/guard.js';
import { basicBench, fakeHasher, fakeStored, hashedUser, needsUser, sendsUser, type FakeHasher } from './bench.js';

let hasher: FakeHasher;
beforeEach(() => {
  hasher = fakeHasher();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const record = (more: Partial<PasswordRecord> = {}): PasswordRecord => ({
  username: 'alice',
  passwordHash: fakeStored('secret'),
  roles: ['reader'],
  disabled: false,
  ...more,
});

interface ChangingBench extends Bench {
  user: PasswordRecord | undefined;
  readonly asked: () => number;
}

/** A store of one user, who can change. */
function changingBench(cacheSeconds = 60): ChangingBench {
  const findUser = vi.fn<PasswordStore['findUser']>(() => bench.user);
  const bench: ChangingBench = {
    ...basicBench({ store: { findUser }, cacheSeconds }),
    user: record(),
    asked: () => findUser.mock.calls.length,
  };
  return bench;
}

const hashes = (): number => hasher.scrypt.mock.calls.length;
const tries = async (
  { decide, events }: Bench,
  password = 'secret',
  username = 'alice',
): Promise<string | undefined> => {
  await decide(needsUser, sendsUser(username, password));
  return events.at(-1)?.reason;
};

describe('a password that was right', () => {
  it('is hashed each time by default', async () => {
    const { decide } = basicBench({ users: [hashedUser('alice', 'secret')] });
    for (let i = 0; i < 3; i++) allowed(await decide(needsUser, sendsUser('alice', 'secret')));
    expect(hashes()).toBe(3);
  });

  it('is hashed once in cacheSeconds, and the store is asked each time', async () => {
    const bench = changingBench();
    for (let i = 0; i < 5; i++) expect(await tries(bench)).toBe('ok');
    expect([hashes(), bench.asked()]).toEqual([1, 5]);
    bench.clock.advance(59);
    expect(await tries(bench)).toBe('ok');
    expect(hashes()).toBe(1);
    bench.clock.advance(1);
    expect(await tries(bench)).toBe('ok');
    expect(hashes()).toBe(2);
  });

  it('is answered at once, without a promise', async () => {
    const { decide } = changingBench();
    await decide(needsUser, sendsUser('alice', 'secret'));
    expect(isPromise(decide(needsUser, sendsUser('alice', 'secret')))).toBe(false);
  });

  it('is not prolonged by use', async () => {
    const bench = changingBench();
    for (let i = 0; i < 4; i++, bench.clock.advance(20)) await tries(bench);
    expect(hashes()).toBe(2);
  });

  it('brings the roles that the user has now', async () => {
    const bench = changingBench();
    await tries(bench);
    bench.user = record({ roles: ['writer'] });
    const { principal } = allowed(await bench.decide(needsUser, sendsUser('alice', 'secret')));
    expect([...principal!.roles]).toEqual(['writer']);
    expect(hashes()).toBe(1);
  });

  it('ends at once where another was set (basic-positive-cache)', async () => {
    const bench = changingBench();
    await tries(bench);
    bench.user = record({ passwordHash: fakeStored('other') });
    expect(await tries(bench)).toBe('wrong-password');
    expect(await tries(bench, 'other')).toBe('ok');
  });

  it('is hashed again where the same was set again: what counts is the stored text', async () => {
    const bench = changingBench();
    await tries(bench);
    bench.user = record({
      passwordHash: fakeStored('secret', { algorithm: 'scrypt', costLog2: 15, blockSize: 8, parallelism: 1 }),
    });
    expect(await tries(bench)).toBe('ok');
    expect(hashes()).toBe(2);
  });

  it('ends at once where the user was removed, and is nobody else’s', async () => {
    const bench = changingBench();
    await tries(bench);
    expect(await tries(bench, 'secret', 'bob')).toBe('unknown-user');
    bench.user = undefined;
    expect(await tries(bench)).toBe('unknown-user');
    expect(hashes()).toBe(3);
  });

  it('is nobody else’s, not even with the same stored hash', async () => {
    const passwordHash = fakeStored('secret');
    const store = { findUser: (username: string) => record({ username, passwordHash }) };
    const bench = basicBench({ store, cacheSeconds: 60 });
    expect([await tries(bench), await tries(bench, 'secret', 'bob')]).toEqual(['ok', 'ok']);
    expect(hashes()).toBe(2);
  });

  it('of a clock that was set back is hashed again', async () => {
    const bench = changingBench();
    await tries(bench);
    bench.clock.advance(-3600);
    await tries(bench);
    expect(hashes()).toBe(2);
  });

  it('is forgotten at the end', async () => {
    const bench = changingBench();
    await tries(bench);
    await bench.auth.close();
    await tries(bench);
    await tries(bench);
    expect(hashes()).toBe(3);
  });
});

describe('a refusal beside a cache', () => {
  it.each([
    ['a wrong password of a user who was here', 'wrong', 'alice', 'wrong-password'],
    ['an empty password', '', 'alice', 'wrong-password'],
    ['a user who does not exist', 'secret', 'mallory', 'unknown-user'],
  ])('of %s costs one hash, each time', async (_, password, username, reason) => {
    const bench = changingBench();
    await tries(bench);
    for (let i = 1; i <= 3; i++) {
      expect(await tries(bench, password, username)).toBe(reason);
      expect(hashes()).toBe(1 + i);
    }
  });

  it('of a user who is switched off costs one hash, whether the password is right or not: its time tells nothing', async () => {
    const bench = changingBench();
    await tries(bench);
    bench.user = record({ disabled: true });
    for (const [password, reason] of [
      ['secret', 'subject-disabled'],
      ['wrong', 'wrong-password'],
      ['secret', 'subject-disabled'],
    ] as const) {
      const before = hashes();
      const decision = refused(await bench.decide(needsUser, sendsUser('alice', password)));
      expect(decision.code).toBe('invalid-credentials');
      expect(bench.events.at(-1)?.reason).toBe(reason);
      expect(hashes()).toBe(before + 1);
    }
  });

  it('is never kept: neither of a user who is switched off, nor of a hash that is none', async () => {
    const bench = changingBench();
    bench.user = record({ disabled: true });
    await tries(bench);
    bench.user = record();
    await tries(bench);
    expect(hashes()).toBe(2);
    bench.user = record({ passwordHash: 'nonsense' });
    hasher.scrypt.mockImplementation(async ({ length }) => new Uint8Array(length));
    expect(await tries(bench)).toBe('password-hash-unusable');
    expect(await tries(bench)).toBe('password-hash-unusable');
    expect(hashes()).toBe(4);
  });
});

describe('the cache', () => {
  it('holds nothing from which a password can be read', async () => {
    const sets = vi.spyOn(Map.prototype, 'set');
    const bench = changingBench();
    await tries(bench);
    const names = sets.mock.calls.map(([name]) => String(name));
    expect(names.join(' ')).not.toContain('secret');
    expect(inspect(bench.auth.schemes, { depth: null, showHidden: true })).not.toContain('secret');
    sets.mockClear();
    const another = changingBench();
    await tries(another);
    const keyed = (each: string): boolean => /^[\w-]{43}$/.test(each);
    const others = sets.mock.calls.map(([name]) => String(name)).filter(keyed);
    expect(names.filter(keyed)).not.toEqual([]);
    expect(others.filter((name) => names.includes(name))).toEqual([]);
  });

  it('is bounded: the oldest leaves first', () => {
    const cache = new PasswordCache(60);
    const clock = createTestClock(startOfTests);
    for (let i = 0; i <= 10_000; i++) cache.add(`name-${i}`, clock);
    expect([0, 1, 10_000].map((i) => cache.has(`name-${i}`, clock.now()))).toEqual([false, true, true]);
  });

  it('ends by its clock, whether the timer is late or not', () => {
    const cache = new PasswordCache(60);
    const still = { now: () => startOfTests, schedule: () => () => undefined };
    cache.add('name', still);
    expect([0, 59.999, 60, -1].map((age) => cache.has('name', startOfTests + age))).toEqual([true, true, false, false]);
  });

  it('lets go of what has ended, used or not, and of its timer', () => {
    const deleted = vi.spyOn(Map.prototype, 'delete');
    const cache = new PasswordCache(60);
    const clock = createTestClock(startOfTests);
    const schedule = vi.spyOn(clock, 'schedule');
    cache.add('first', clock);
    clock.advance(30);
    cache.add('second', clock);
    deleted.mockClear();
    clock.advance(30);
    expect(deleted.mock.calls.map(([name]) => name)).toEqual(['first']);
    clock.advance(30);
    expect(deleted.mock.calls.map(([name]) => name)).toEqual(['first', 'second']);
    expect(schedule.mock.calls.map(([at]) => at - startOfTests)).toEqual([60, 90]);
    cache.close();
    cache.add('third', clock);
    expect(cache.has('third', clock.now())).toBe(false);
    expect(schedule).toHaveBeenCalledTimes(2);
  });
});
