import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { crypto } from '#crypto';

import { all, isPromise } from '../../../src/base/awaitable.js';
import type { AuthRequest, Decision } from '../../../src/index.js';
import { linesOf } from '../../fixtures/guard.js';
import {
  basicBench,
  finishAll,
  hashedUser,
  heldHasher,
  needsUser,
  sendsUser,
  settled,
  type HeldHash,
} from './bench.js';

let held: HeldHash[];
beforeEach(() => {
  held = heldHasher();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const users = [hashedUser('alice', 'secret'), hashedUser('bob', 'secret')];
const tries = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `p${i}`);

describe('hashes', () => {
  it.each([
    ['four at once by default', undefined, 4],
    ['as many at once as maxConcurrentHashes says', 2, 2],
  ])('run %s, the others in the order in which they came', async (_, maxConcurrentHashes, most) => {
    const { decide } = basicBench({ users, ...(maxConcurrentHashes !== undefined && { maxConcurrentHashes }) });
    const decisions = tries(8).map((password) => decide(needsUser, sendsUser('alice', password)));
    await settled();
    expect(held.map(({ password }) => password)).toEqual(tries(most));
    held.at(1)?.finish();
    await settled();
    expect(held.map(({ password }) => password)).toEqual(tries(most + 1));
    await finishAll(held);
    expect(held.map(({ password }) => password)).toEqual(tries(8));
    expect(await all(decisions)).toHaveLength(8);
  });

  it('of unknown users count like any other', async () => {
    const { decide } = basicBench({ users, maxConcurrentHashes: 1 });
    void decide(needsUser, sendsUser('mallory', 'one'));
    void decide(needsUser, sendsUser('alice', 'two'));
    await settled();
    expect(held).toHaveLength(1);
    await finishAll(held);
    expect(held).toHaveLength(2);
  });

  it('that fail make room', async () => {
    const { decide } = basicBench({ users, maxConcurrentHashes: 1 });
    vi.mocked(crypto).scrypt.mockRejectedValueOnce(new Error('no memory'));
    const first = decide(needsUser, sendsUser('alice', 'one'));
    const second = decide(needsUser, sendsUser('alice', 'secret'));
    expect(await first).toMatchObject({ status: 500 });
    await finishAll(held);
    expect(await second).toMatchObject({ kind: 'allow' });
  });

  it('over maxWaitingHashes are refused with 503 and Retry-After', async () => {
    const { decide, events, errors } = basicBench({ users, maxConcurrentHashes: 1, maxWaitingHashes: 1 });
    const waiting = ['one', 'two'].map((password) => decide(needsUser, sendsUser('alice', password)));
    for (const name of ['alice', 'mallory']) {
      const decision = await decide(needsUser, sendsUser(name, 'three'));
      expect(decision).toMatchObject({ kind: 'refuse', status: 503, code: 'dependency-unavailable' });
      expect(linesOf(decision, 'retry-after')).toEqual(['5']);
      expect(linesOf(decision, 'www-authenticate')).toEqual([]);
    }
    expect(events).toMatchObject([
      { reason: 'too-many-hashes', outcome: 'error', scheme: 'users' },
      { reason: 'too-many-hashes', outcome: 'error', scheme: 'users' },
    ]);
    expect(errors).toEqual([]);
    await finishAll(held);
    expect(await all(waiting)).toMatchObject([{ status: 401 }, { status: 401 }]);
    const again = decide(needsUser, sendsUser('alice', 'three'));
    await finishAll(held);
    expect(await again).toMatchObject({ status: 401 });
  });

  it('of one name, password and stored hash are one, where they are under way together', async () => {
    const { decide } = basicBench({ users });
    const same = tries(5).map(() => decide(needsUser, sendsUser('alice', 'secret')));
    const others = [sendsUser('alice', 'other'), sendsUser('bob', 'secret')].map((each) => decide(needsUser, each));
    await settled();
    expect(held).toHaveLength(3);
    await finishAll(held);
    expect((await all(same)).map(({ kind }) => kind)).toEqual(Array(5).fill('allow'));
    expect(await all(others)).toMatchObject([{ status: 401 }, { principal: { subject: 'bob' } }]);
    void decide(needsUser, sendsUser('alice', 'secret'));
    await settled();
    expect(held).toHaveLength(4);
  });

  it('of unknown users share in the same way', async () => {
    const { decide } = basicBench({ users });
    for (const name of ['mallory', 'mallory', 'trudy']) void decide(needsUser, sendsUser(name, 'x'));
    await settled();
    expect(held).toHaveLength(2);
  });

  it('never wait in a map that tells the password', async () => {
    const set = vi.spyOn(Map.prototype, 'set');
    const { decide } = basicBench({ users });
    void decide(needsUser, sendsUser('alice', 'hunter2'));
    await settled();
    const names = set.mock.calls.map(([name]) => String(name));
    expect(names.some((name) => /^[\w-]{43}$/.test(name))).toBe(true);
    expect(names.join(' ')).not.toContain('hunter2');
    const another = basicBench({ users });
    set.mockClear();
    void another.decide(needsUser, sendsUser('alice', 'hunter2'));
    await settled();
    const keyed = (each: string): boolean => /^[\w-]{43}$/.test(each);
    expect(set.mock.calls.map(([name]) => String(name)).filter(keyed)).not.toEqual(names.filter(keyed));
  });
});

describe('a caller who goes away', () => {
  const outcome = (decision: ReturnType<ReturnType<typeof basicBench>['decide']>): Promise<Decision | string> =>
    Promise.resolve(decision).catch((error: unknown) => String(error));

  it('while it waits is not hashed, and gives up its place', async () => {
    const { decide } = basicBench({ users, maxConcurrentHashes: 1, maxWaitingHashes: 1 });
    const gone = new AbortController();
    const first = decide(needsUser, sendsUser('alice', 'one'));
    const second = outcome(decide(needsUser, sendsUser('alice', 'two', gone.signal)));
    await settled();
    gone.abort('gone');
    expect(await second).toBe('gone');
    const third = decide(needsUser, sendsUser('alice', 'three'));
    await finishAll(held);
    expect(held.map(({ password }) => password)).toEqual(['one', 'three']);
    expect(await first).toMatchObject({ status: 401 });
    expect(await third).toMatchObject({ status: 401 });
  });

  it('while its hash runs waits no longer, and the hash keeps its place', async () => {
    const { decide } = basicBench({ users, maxConcurrentHashes: 1 });
    const gone = new AbortController();
    const first = outcome(decide(needsUser, sendsUser('alice', 'one', gone.signal)));
    await settled();
    gone.abort('gone');
    expect(await first).toBe('gone');
    void decide(needsUser, sendsUser('alice', 'two'));
    await settled();
    expect(held).toHaveLength(1);
    await finishAll(held);
    expect(held).toHaveLength(2);
  });

  it('takes nothing from those who asked the same', async () => {
    const { decide } = basicBench({ users, maxConcurrentHashes: 1 });
    const gone = new AbortController();
    void decide(needsUser, sendsUser('bob', 'one'));
    const first = outcome(decide(needsUser, sendsUser('alice', 'secret', gone.signal)));
    const second = decide(needsUser, sendsUser('alice', 'secret'));
    await settled();
    gone.abort('gone');
    expect(await first).toBe('gone');
    await finishAll(held);
    expect(await second).toMatchObject({ kind: 'allow' });
  });

  it('last is not followed by one who comes in the same turn', async () => {
    const { decide } = basicBench({ users, maxConcurrentHashes: 1 });
    const gone = new AbortController();
    void decide(needsUser, sendsUser('bob', 'one'));
    const first = outcome(decide(needsUser, sendsUser('alice', 'secret', gone.signal)));
    await settled();
    gone.abort('gone');
    const second = outcome(decide(needsUser, sendsUser('alice', 'secret')));
    expect(await first).toBe('gone');
    await finishAll(held);
    expect(await second).toMatchObject({ kind: 'allow' });
  });

  it('before it is hashed is not hashed at all', async () => {
    const { decide } = basicBench({ users });
    expect(await outcome(decide(needsUser, sendsUser('alice', 'one', AbortSignal.abort('gone'))))).toBe('gone');
    expect(held).toEqual([]);
  });

  it('while the passwords of the configuration are hashed waits no longer', async () => {
    const { decide, auth } = basicBench({ users: [{ username: 'alice', password: 'secret' }] });
    const gone = new AbortController();
    const ready = auth.ready({ signal: gone.signal }).catch(String);
    const first = outcome(decide(needsUser, sendsUser('alice', 'secret', gone.signal)));
    const second = decide(needsUser, sendsUser('alice', 'secret'));
    expect(isPromise(second)).toBe(true);
    await settled();
    gone.abort('gone');
    expect(await first).toBe('gone');
    expect(await ready).toBe('gone');
    await finishAll(held);
    expect(await second).toMatchObject({ kind: 'allow' });
  });
});

describe('those who wait', () => {
  const from = (address: string, password: string): AuthRequest => ({
    ...sendsUser('alice', password),
    connection: { remoteAddress: address, encrypted: true },
  });
  const passwordsOf = (): readonly string[] => held.map(({ password }) => password);

  it('take turns by network: whoever sends many waits behind their own', async () => {
    const { decide } = basicBench({ users, maxConcurrentHashes: 1 });
    for (const password of ['a0', 'a1', 'a2', 'a3']) void decide(needsUser, from('203.0.113.1', password));
    for (const password of ['b0', 'b1']) void decide(needsUser, from('203.0.113.2', password));
    void decide(needsUser, from('203.0.113.3', 'c0'));
    await settled();
    await finishAll(held);
    expect(passwordsOf()).toEqual(['a0', 'a1', 'b0', 'c0', 'a2', 'b1', 'a3']);
  });

  it.each([
    ['a /64 of IPv6', ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::3'], '2001:db8:0:1::1'],
    ['an IPv4 address, mapped or not', ['203.0.113.1', '::ffff:203.0.113.1', '203.0.113.1'], '203.0.113.2'],
  ])('are of one network in %s', async (_, addresses, another) => {
    const { decide } = basicBench({ users, maxConcurrentHashes: 1 });
    void decide(needsUser, from(another, 'running'));
    for (const [i, address] of addresses.entries()) void decide(needsUser, from(address, `a${i}`));
    void decide(needsUser, from(another, 'b'));
    await settled();
    await finishAll(held);
    expect(passwordsOf()).toEqual(['running', 'a0', 'b', 'a1', 'a2']);
  });

  it('make room for others where too many wait: the latest of those who have the most is refused', async () => {
    const { decide, events } = basicBench({ users, maxConcurrentHashes: 1, maxWaitingHashes: 3 });
    const flood = ['a0', 'a1', 'a2', 'a3'].map((password) => decide(needsUser, from('203.0.113.1', password)));
    await settled();
    const owner = decide(needsUser, from('203.0.113.2', 'secret'));
    expect(await flood[3]).toMatchObject({ status: 503 });
    expect(events.at(-1)).toMatchObject({ reason: 'too-many-hashes', address: '203.0.113.1' });
    expect(await decide(needsUser, from('203.0.113.1', 'a4'))).toMatchObject({ status: 503 });
    await finishAll(held);
    expect(await owner).toMatchObject({ kind: 'allow' });
    expect(passwordsOf()).toEqual(['a0', 'a1', 'secret', 'a2']);
  });

  it('are not pushed out by one who would have as many', async () => {
    const { decide } = basicBench({ users, maxConcurrentHashes: 1, maxWaitingHashes: 2 });
    for (const password of ['a0', 'a1']) void decide(needsUser, from('203.0.113.1', password));
    void decide(needsUser, from('203.0.113.2', 'b0'));
    await settled();
    expect(await decide(needsUser, from('203.0.113.3', 'c0'))).toMatchObject({ status: 503 });
    await finishAll(held);
    expect(passwordsOf()).toEqual(['a0', 'a1', 'b0']);
  });
});
