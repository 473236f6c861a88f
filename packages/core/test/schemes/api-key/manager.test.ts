import { beforeEach, describe, expect, it } from 'vitest';

import {
  apiKey,
  createApiKeyManager,
  createMemoryCredentials,
  type ApiKeyManager,
  type ApiKeyStore,
} from '../../../src/index.js';
import { createTestClock, type TestClock } from '../../../src/testing.js';
import { allowed, benchOf, refused, startOfTests, type Bench } from '../../fixtures/guard.js';
import { sends } from '../../fixtures/request.js';

let store: Required<ApiKeyStore>;
let manager: ApiKeyManager;
let clock: TestClock;
let bench: Bench;

beforeEach(() => {
  store = createMemoryCredentials();
  clock = createTestClock(startOfTests);
  manager = createApiKeyManager({ prefix: 'acme', store, clock });
  bench = benchOf({ keys: apiKey({ prefix: 'acme', store }) });
});

/** Both clocks stand at the same time. */
const advance = (seconds: number): void => {
  clock.advance(seconds);
  bench.clock.advance(seconds);
};
const present = async (key: string) => bench.decide({ scheme: 'keys' }, sends({ 'x-api-key': key }));
const reasonOf = async (key: string): Promise<string | undefined> => {
  await present(key);
  return bench.events.at(-1)?.reason;
};

describe('createApiKeyManager', () => {
  it('makes a key that is good at once, with its scopes and roles, and lists it without its text', async () => {
    const { id, key } = await manager.create({ subject: 'svc-1', scopes: ['orders:read'], roles: ['reader'] });
    const { principal } = allowed(await present(key));
    expect(principal).toMatchObject({ subject: 'svc-1', credentialId: id });
    expect([...principal!.scopes, ...principal!.roles]).toEqual(['orders:read', 'reader']);
    const listed = await manager.list();
    expect(listed).toMatchObject([{ id, subject: 'svc-1', revoked: false }]);
    expect(JSON.stringify(listed)).not.toContain(key.slice(-20));
  });

  it('lists those of one subject alone', async () => {
    await manager.create({ subject: 'svc-1' });
    const { id } = await manager.create({ subject: 'svc-2' });
    expect((await manager.list({ subject: 'svc-2' })).map((record) => record.id)).toEqual([id]);
  });

  it.each([
    ['no subject', { subject: '' }, 'subject'],
    ['scopes in text', { subject: 'a', scopes: 'orders:read' }, 'scopes'],
    ['an address that is none', { subject: 'a', addresses: ['10.0.0.1/8'] }, 'addresses'],
    ['a time without a zone', { subject: 'a', expiresAt: '2027-01-01T00:00:00' }, 'expiresAt'],
    ['no points in its limit', { subject: 'a', limit: { points: 0, seconds: 60 } }, 'limit.points'],
    ['a misspelt bound', { subject: 'a', address: ['10.0.0.1'] }, 'address'],
  ])('makes no key with %s', async (_, rights, path) => {
    await expect(manager.create(rights as never)).rejects.toMatchObject({ faults: [{ path }] });
    expect(await manager.list()).toEqual([]);
  });

  it('makes a key that begins and ends when it is told to', async () => {
    const { key } = await manager.create({
      subject: 'svc-1',
      notBefore: startOfTests + 10,
      expiresAt: startOfTests + 20,
    });
    expect(await reasonOf(key)).toBe('key-not-yet-valid');
    advance(10);
    expect(await reasonOf(key)).toBe('ok');
    advance(10);
    expect(await reasonOf(key)).toBe('key-expired');
  });

  it('revokes at once', async () => {
    const { id, key } = await manager.create({ subject: 'svc-1' });
    expect(await manager.revoke(id)).toMatchObject({ revoked: true });
    expect(refused(await present(key)).code).toBe('invalid-credentials');
    expect(bench.events.at(-1)?.reason).toBe('key-revoked');
  });

  it('keeps when a key was made, and what for, and tells it by its id', async () => {
    clock.advance(7);
    const { id, key } = await manager.create({ subject: 'svc-1', name: 'the nightly build' });
    const record = await manager.describe(id);
    expect(record).toMatchObject({ id, subject: 'svc-1', name: 'the nightly build', createdAt: startOfTests + 7 });
    expect(JSON.stringify(record)).not.toContain(key.slice(5, 20));
    expect(await manager.describe('nobody')).toBeUndefined();
  });

  it('lists in pages, those that were made before the others first: the ones to rotate', async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++, clock.advance(86_400)) made.push((await manager.create({ subject: 'svc-1' })).id);
    const first = await manager.list({ limit: 3 });
    const rest = await manager.list({ limit: 3, after: first.at(-1)!.id });
    expect([...first, ...rest].map(({ id }) => id)).toEqual(made);
    const due = first.filter(({ createdAt }) => clock.now() - createdAt! > 4 * 86_400);
    expect(due.map(({ id }) => id)).toEqual([made[0]]);
  });

  it('lists a hundred at most where nobody says how many', async () => {
    for (let i = 0; i < 101; i++) await manager.create({ subject: 'svc-1' });
    expect(await manager.list()).toHaveLength(100);
  });

  it.each([0, -1, 1.5, 1001, NaN, '10'])('lists no page of %s', async (limit) => {
    await expect(manager.list({ limit: limit as number })).rejects.toThrow(TypeError);
  });

  it('changes what a key may do, for the next request', async () => {
    const { id, key } = await manager.create({ subject: 'svc-1', scopes: ['a', 'b'], roles: ['r'] });
    const change = { name: 'n', scopes: ['a'], roles: [], expiresAt: '2026-01-01T00:01:00Z' };
    expect(await manager.change(id, change)).toMatchObject({ ...change, expiresAt: startOfTests + 60 });
    expect([...allowed(await present(key)).principal!.scopes]).toEqual(['a']);
    await manager.change(id, { addresses: ['192.0.2.0/24'] });
    expect(await reasonOf(key)).toBe('address-not-allowed');
    expect(await manager.change('nobody', {})).toBeUndefined();
  });

  it.each([
    ['its subject', { subject: 'svc-2' }, 'subject'],
    ['that it is revoked', { revoked: false }, 'revoked'],
    ['its end, to no time', { expiresAt: 'never' }, 'expiresAt'],
    ['its scopes, to text', { scopes: 'a' }, 'scopes'],
    ['its addresses, to none', { addresses: [] }, 'addresses'],
    ['its name, to a long one', { name: 'x'.repeat(201) }, 'name'],
  ])('does not change %s', async (_, change, path) => {
    const { id } = await manager.create({ subject: 'svc-1' });
    const before = await manager.describe(id);
    await expect(manager.change(id, change as never)).rejects.toMatchObject({ faults: [{ path }] });
    expect(await manager.describe(id)).toEqual(before);
  });

  it('holds a key to its own limit, with no other throttle, until it is given another', async () => {
    const { id, key } = await manager.create({ subject: 'svc-1', limit: { points: 2, seconds: 60 } });
    const free = await manager.create({ subject: 'svc-1' });
    expect([await reasonOf(key), await reasonOf(key), await reasonOf(key)]).toEqual(['ok', 'ok', 'key-limit']);
    expect(refused(await present(key))).toMatchObject({ status: 429, code: 'rate-limited' });
    expect(await reasonOf(free.key)).toBe('ok');
    advance(60);
    await manager.change(id, { limit: { points: 1, seconds: 60 } });
    expect([await reasonOf(key), await reasonOf(key)]).toEqual(['ok', 'key-limit']);
  });

  it('switches a subject off with all its keys, and on again', async () => {
    const [first, second] = [await manager.create({ subject: 'a' }), await manager.create({ subject: 'a' })];
    const other = await manager.create({ subject: 'b' });
    expect(await manager.setDisabled('a', true)).toBe(2);
    expect([await reasonOf(first.key), await reasonOf(second.key), await reasonOf(other.key)]).toEqual([
      'subject-disabled',
      'subject-disabled',
      'ok',
    ]);
    await manager.setDisabled('a', false);
    expect(await reasonOf(first.key)).toBe('ok');
  });

  it('switches all keys of a subject off, however many pages they fill', async () => {
    for (let i = 0; i < 1001; i++) await manager.create({ subject: 'a' });
    const { key } = await manager.create({ subject: 'a' });
    expect(await manager.setDisabled('a', true)).toBe(1002);
    expect(await reasonOf(key)).toBe('subject-disabled');
  });

  it('hands out no key that its store has not taken', async () => {
    const full = createApiKeyManager({ prefix: 'acme', store: { ...store, insertApiKey: () => false } });
    await expect(full.create({ subject: 'svc-1' })).rejects.toThrow(/already/);
  });

  it('looks at nothing that is longer than a credential may be', async () => {
    expect(await reasonOf(`acme_${'A'.repeat(9000)}`)).toBe('credential-too-large');
  });

  it('answers undefined for ids that are not there', async () => {
    expect(await manager.revoke('nobody')).toBeUndefined();
    expect(await manager.rotate('nobody', { graceSeconds: 0 })).toBeUndefined();
    expect(await manager.setDisabled('nobody', true)).toBe(0);
  });
});

describe('rotate', () => {
  it('makes a successor, and lets the old key live through its grace and no longer', async () => {
    const old = await manager.create({ subject: 'svc-1', scopes: ['orders:read'] });
    const successor = await manager.rotate(old.id, { graceSeconds: 60 });
    expect(allowed(await present(successor!.key)).principal?.scopes).toEqual(new Set(['orders:read']));
    // Whatever goes on longer than a request ends with the grace.
    expect(allowed(await present(old.key)).principal?.expiresAt).toBe(startOfTests + 60);
    advance(59);
    allowed(await present(old.key));
    expect(bench.events.at(-1)).toMatchObject({ rotatedKey: true, graceEndsAt: '2026-01-01T00:01:00.000Z' });
    advance(1);
    expect(await reasonOf(old.key)).toBe('key-revoked');
    expect(await reasonOf(successor!.key)).toBe('ok');
  });

  it('ends the old key at once without grace', async () => {
    const old = await manager.create({ subject: 'svc-1' });
    await manager.rotate(old.id, { graceSeconds: 0 });
    expect(await reasonOf(old.key)).toBe('key-revoked');
  });

  it('hands on every bound of the old key: its addresses, its times, and that it is switched off', async () => {
    const bounds = {
      addresses: ['192.0.2.0/24'],
      limit: { points: 5, seconds: 60 },
      notBefore: startOfTests,
      expiresAt: startOfTests + 100,
    };
    const old = await manager.create({ subject: 'svc-1', ...bounds });
    await manager.setDisabled('svc-1', true);
    const successor = await manager.rotate(old.id, { graceSeconds: 60 });
    const records = await manager.list();
    const { id: _old, replacedUntil: _until, ...before } = records.find(({ id }) => id === old.id)!;
    const { id: _new, ...after } = records.find(({ id }) => id === successor!.id)!;
    expect(after).toEqual(before);
    expect(after).toMatchObject({ ...bounds, disabled: true });
  });

  it.each([
    ['is revoked', (id: string) => manager.revoke(id)],
    ['has a successor', (id: string) => manager.rotate(id, { graceSeconds: 60 })],
    ['has ended', async () => advance(100)],
  ])('makes no successor of a key that %s', async (_, end) => {
    const { id } = await manager.create({ subject: 'svc-1', expiresAt: startOfTests + 100 });
    await end(id);
    const before = (await manager.list()).length;
    expect(await manager.rotate(id, { graceSeconds: 60 })).toBeUndefined();
    expect(await manager.list()).toHaveLength(before);
  });

  it('makes a successor that was made now, has the name of the old key, and was never used', async () => {
    const old = await manager.create({ subject: 'svc-1', name: 'the nightly build' });
    await store.recordUse([{ id: old.id, uses: 9, lastUsedAt: startOfTests }]);
    advance(50);
    const successor = await manager.rotate(old.id, { graceSeconds: 0 });
    const record = await manager.describe(successor!.id);
    expect(record).toMatchObject({ name: 'the nightly build', createdAt: startOfTests + 50 });
    expect(record).not.toHaveProperty('uses');
    expect(await manager.describe(old.id)).toMatchObject({ createdAt: startOfTests, uses: 9 });
  });

  it('makes one successor, of two who rotate at once', async () => {
    const old = await manager.create({ subject: 'svc-1' });
    const rotate = () => manager.rotate(old.id, { graceSeconds: 60 });
    const made = (await Promise.all([rotate(), rotate(), rotate()])).filter((each) => each !== undefined);
    expect(made).toHaveLength(1);
    expect(await manager.list()).toHaveLength(2);
  });

  it.each([-1, NaN, Infinity, '60'])('takes no grace of %s', async (graceSeconds) => {
    const { id } = await manager.create({ subject: 'svc-1' });
    await expect(manager.rotate(id, { graceSeconds: graceSeconds as number })).rejects.toThrow(TypeError);
  });
});

describe('the environment of a manager', () => {
  it('stands in its keys, and in those that take their place', async () => {
    const live = createApiKeyManager({ prefix: 'acme', environment: 'live', store, clock });
    const { id, key } = await live.create({ subject: 'svc-1' });
    const successor = await live.rotate(id, { graceSeconds: 60 });
    expect([key, successor!.key]).toEqual(Array(2).fill(expect.stringMatching(/^acme_live_[0-9A-Za-z]{49}$/)));
    const scheme = apiKey({ prefix: 'acme', environment: 'live', store });
    const { decide } = benchOf({ keys: scheme });
    expect(allowed(await decide({ scheme: 'keys' }, sends({ 'x-api-key': key }))).principal?.credentialId).toBe(id);
  });
});
