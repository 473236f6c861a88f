import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { crypto } from '#crypto';

import { all } from '../../../src/base/awaitable.js';
import {
  createMemoryPasswords,
  type BasicOptions,
  type PasswordHashParameters,
  type PasswordRecord,
  type PasswordStore,
} from '../../../src/index.js';
import { HashQueue } from '../../../src/schemes/basic/hash-queue.js';
import { allowed, refused, type Bench } from '../../fixtures/guard.js';
import {
  basicBench,
  costly,
  fakeHasher,
  fakeStored,
  finishAll,
  heldHasher,
  needsUser,
  sendsUser,
  settled,
} from './bench.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const old = { ...costly, costLog2: 15 } as const;
const argon2 = { algorithm: 'argon2id', memoryKibibytes: 19_456, passes: 2, parallelism: 1 } as const;

const userOf = (parameters: PasswordHashParameters, more: Partial<PasswordRecord> = {}): PasswordRecord => ({
  username: 'alice',
  passwordHash: fakeStored('secret', parameters),
  roles: [],
  disabled: false,
  ...more,
});

interface RehashBench extends Bench {
  readonly store: Required<PasswordStore>;
  readonly replaced: string[][];
  readonly hash: () => Promise<string | undefined>;
}

function rehashBench(records: readonly PasswordRecord[], options: Partial<BasicOptions> = {}): RehashBench {
  const inner = createMemoryPasswords(records);
  const replaced: string[][] = [];
  const store: Required<PasswordStore> = {
    ...inner,
    async replaceHash(username, { from, to }) {
      replaced.push([username, from, to]);
      return inner.replaceHash(username, { from, to });
    },
  };
  const bench = basicBench({ store, hashParameters: costly, ...options });
  return { ...bench, store, replaced, hash: async () => (await inner.findUser('alice'))?.passwordHash };
}

describe('a hash that costs too little', () => {
  beforeEach(() => void fakeHasher());

  it('is replaced once, after its password was right (basic-rehash)', async () => {
    const { decide, replaced, hash } = rehashBench([userOf(old)]);
    for (let i = 0; i < 3; i++) {
      expect(allowed(await decide(needsUser, sendsUser('alice', 'secret'))).principal?.subject).toBe('alice');
      await settled();
    }
    expect(replaced).toEqual([['alice', fakeStored('secret', old), await hash()]]);
    expect(await hash()).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$/);
  });

  it('gets a salt of its own', async () => {
    const { decide, hash } = rehashBench([userOf(old)]);
    await decide(needsUser, sendsUser('alice', 'secret'));
    await settled();
    const saltOf = (text: string | undefined): string | undefined => text?.split('$')[3];
    expect(saltOf(await hash())).not.toBe(saltOf(fakeStored('secret', old)));
  });

  it.each<[string, string, Partial<PasswordRecord>]>([
    ['a wrong password', 'wrong', {}],
    ['the right password of a user who is switched off', 'secret', { disabled: true }],
  ])('is not replaced by %s', async (_, password, more) => {
    const { decide, replaced } = rehashBench([userOf(old, more)]);
    refused(await decide(needsUser, sendsUser('alice', password)));
    await settled();
    expect(replaced).toEqual([]);
  });

  it.each<[string, PasswordHashParameters, PasswordHashParameters, boolean]>([
    ['the wanted cost', costly, costly, false],
    ['less', old, costly, true],
    ['more', costly, old, false],
    ['another algorithm, whatever it costs', costly, argon2, true],
    ['as much in less memory', { ...argon2, memoryKibibytes: 9728, passes: 4 }, argon2, true],
    ['as much in more memory', { ...argon2, memoryKibibytes: 38_912, passes: 1 }, argon2, false],
  ])('is told from others: %s', async (_, stored, hashParameters, outdated) => {
    const { decide, replaced } = rehashBench([userOf(stored)], { hashParameters });
    allowed(await decide(needsUser, sendsUser('alice', 'secret')));
    await settled();
    expect(replaced).toHaveLength(outdated ? 1 : 0);
  });

  it('is replaced where it is short, whatever it costs', async () => {
    const [front, salt, hash] = fakeStored('secret')
      .match(/^(\$scrypt\$.+?)\$(.+)\$(.+)$/)!
      .slice(1);
    const passwordHash = `${front}$${salt}$${hash!.slice(0, 22)}`.replace(/.$/, 'A');
    const { decide, replaced } = rehashBench([userOf(costly, { passwordHash })]);
    vi.mocked(crypto).scrypt.mockImplementation(
      async () => new Uint8Array(Buffer.from(passwordHash.split('$').at(-1)!, 'base64')),
    );
    allowed(await decide(needsUser, sendsUser('alice', 'secret')));
    await settled();
    expect(replaced).toHaveLength(1);
  });

  it('stays where nobody says what is wanted', async () => {
    const inner = createMemoryPasswords([userOf(old)]);
    const replaceHash = vi.fn<typeof inner.replaceHash>(inner.replaceHash);
    const { decide } = basicBench({ store: { ...inner, replaceHash } });
    allowed(await decide(needsUser, sendsUser('alice', 'secret')));
    await settled();
    expect(replaceHash).not.toHaveBeenCalled();
  });

  it('is replaced by a password that the cache knows, too', async () => {
    const { decide, replaced, store } = rehashBench([userOf(old)], { cacheSeconds: 60 });
    const replaceHash = vi.spyOn(store, 'replaceHash').mockRejectedValueOnce(new Error('down'));
    for (let i = 0; i < 2; i++) {
      allowed(await decide(needsUser, sendsUser('alice', 'secret')));
      await settled();
    }
    expect(replaceHash).toHaveBeenCalledTimes(2);
    expect(replaced).toHaveLength(1);
  });
});

describe('a store that takes no new hash', () => {
  beforeEach(() => void fakeHasher());

  it.each<[string, PasswordStore['replaceHash'] & object]>([
    ['rejects', () => Promise.reject(new Error('read-only'))],
    [
      'throws',
      () => {
        throw new Error('read-only');
      },
    ],
  ])('and %s changes nothing for the user, and is told to the operator', async (_, replaceHash) => {
    const { decide, errors } = basicBench({
      store: { ...createMemoryPasswords([userOf(old)]), replaceHash },
      hashParameters: costly,
    });
    allowed(await decide(needsUser, sendsUser('alice', 'secret')));
    await settled();
    expect(errors).toMatchObject([
      { failure: { reason: 'credential-store-unavailable' }, cause: { message: 'read-only' } },
    ]);
    allowed(await decide(needsUser, sendsUser('alice', 'secret')));
    await settled();
    expect(errors).toHaveLength(2);
  });

  it('since another was set meanwhile keeps that one', async () => {
    const { decide, store, hash, errors } = rehashBench([userOf(old)]);
    const inner = store.replaceHash;
    store.replaceHash = async (username, replacement, signal) => {
      await inner('alice', { from: fakeStored('secret', old), to: fakeStored('changed') });
      return inner(username, replacement, signal);
    };
    allowed(await decide(needsUser, sendsUser('alice', 'secret')));
    await settled();
    expect(await hash()).toBe(fakeStored('changed'));
    expect(errors).toEqual([]);
  });
});

describe('the hash behind a request', () => {
  it('does not keep the request waiting, and is called off with nobody', async () => {
    const held = heldHasher();
    const { decide, replaced } = rehashBench([userOf(old)]);
    const gone = new AbortController();
    const decision = decide(needsUser, sendsUser('alice', 'secret', gone.signal));
    await settled();
    held[0]!.finish();
    expect(allowed(await decision).principal?.subject).toBe('alice');
    gone.abort();
    await settled();
    expect([held.length, replaced.length]).toEqual([2, 0]);
    held[1]!.finish();
    await settled();
    expect(replaced).toHaveLength(1);
  });

  it('runs one at a time, among the hashes that may run at once', async () => {
    const held = heldHasher();
    const users = ['alice', 'bob', 'carol'].map((username) => userOf(old, { username }));
    const { decide, replaced } = rehashBench(users, { maxConcurrentHashes: 2 });
    const decisions = users.map(({ username }) => decide(needsUser, sendsUser(username, 'secret')));
    await settled();
    expect(held).toHaveLength(2);
    await finishAll(held);
    await all(decisions);
    expect(replaced.length).toBeLessThan(3);
    expect(held).toHaveLength(3 + replaced.length);
  });

  it('makes room for whoever comes with a request, and pushes nobody out', async () => {
    const held = heldHasher();
    const options = { maxConcurrentHashes: 1, maxWaitingHashes: 1 };
    const { decide, replaced, errors } = rehashBench([userOf(old), userOf(old, { username: 'bob' })], options);
    const first = decide(needsUser, sendsUser('alice', 'secret'));
    const second = decide(needsUser, sendsUser('alice', 'wrong'));
    await settled();
    held[0]!.finish();
    await first;
    // The new hash waits now, behind the second request.
    const third = decide(needsUser, sendsUser('bob', 'secret'));
    await settled();
    held[1]!.finish();
    expect(await second).toMatchObject({ status: 401 });
    await settled();
    // The third runs, the fourth waits: there is no room for a new hash.
    const fourth = decide(needsUser, sendsUser('alice', 'worse'));
    await settled();
    const places = held.length;
    held[2]!.finish();
    expect(await third).toMatchObject({ kind: 'allow' });
    await finishAll(held);
    expect(await fourth).toMatchObject({ status: 401 });
    expect(places).toBe(3);
    expect(errors).toEqual([]);
    expect(replaced.map(([username]) => username)).toEqual(['bob']);
  });

  it('is left for another time where others wait', async () => {
    const queue = new HashQueue(1, 1);
    const { signal } = new AbortController();
    let finish = (): void => undefined;
    const running = queue.run(() => new Promise<void>((resolve) => (finish = resolve)), { address: 'a', signal });
    const waiting = queue.run(async () => 'waited', { address: 'a', signal });
    expect(await queue.run(async () => 'behind', { address: null, signal, background: true })).toBeUndefined();
    finish();
    await running;
    expect(await waiting).toBe('waited');
  });

  it('is called off by close, which waits for a write that is under way', async () => {
    const held = heldHasher();
    const { decide, auth, replaced, errors } = rehashBench([userOf(old)]);
    const decision = decide(needsUser, sendsUser('alice', 'secret'));
    await settled();
    held[0]!.finish();
    await decision;
    await auth.close();
    await finishAll(held);
    expect(replaced).toEqual([]);
    expect(errors).toEqual([]);

    let written: (done: boolean) => void = () => undefined;
    const other = rehashBench([userOf(old)]);
    other.store.replaceHash = () => new Promise((resolve) => (written = resolve));
    const again = other.decide(needsUser, sendsUser('alice', 'secret'));
    await settled();
    for (const hash of held) hash.finish();
    await again;
    await finishAll(held);
    let closed = false;
    const closing = other.auth.close().then(() => (closed = true));
    await settled();
    expect(closed).toBe(false);
    written(true);
    await closing;
  });
});
