import { describe, expect, it } from 'vitest';

import { failure, type Verified } from '../../src/index.js';
import { allowed, benchOf, proves, startOfTests, wordScheme } from '../fixtures/guard.js';
import { requestOf, sends } from '../fixtures/request.js';

const requirement = { scheme: 'a' };

describe('the memory of a request', () => {
  it('verifies a credential once for two guards on one request', async () => {
    const a = wordScheme('a');
    const { decide } = benchOf({ a });
    const request = sends({ 'x-a': 'ann' });
    await decide(requirement, request);
    await decide(requirement, request);
    expect(a.extract).toHaveBeenCalledTimes(1);
    expect(a.verify).toHaveBeenCalledTimes(1);
  });

  it('does not carry over to another request with the same credential', async () => {
    const a = wordScheme('a');
    const { decide } = benchOf({ a });
    await decide(requirement, sends({ 'x-a': 'ann' }));
    await decide(requirement, sends({ 'x-a': 'ann' }));
    expect(a.verify).toHaveBeenCalledTimes(2);
  });

  it('does not carry over to another guard of another createAuth', async () => {
    const [first, second] = [wordScheme('a'), wordScheme('a', { verify: () => failure('key-revoked') })];
    const request = sends({ 'x-a': 'ann' });
    expect(await benchOf({ a: first }).decide(requirement, request)).toMatchObject({ kind: 'allow' });
    expect(await benchOf({ a: second }).decide(requirement, request)).toMatchObject({ kind: 'refuse' });
  });

  it('decides permission anew for each requirement', async () => {
    const { decide } = benchOf({ a: wordScheme('a') });
    const request = sends({ 'x-a': 'ann' });
    expect(await decide(requirement, request)).toMatchObject({ kind: 'allow' });
    expect(await decide({ scheme: 'a', roles: ['admin'] }, request)).toMatchObject({ code: 'permission-denied' });
  });

  it('verifies again when the credential has ended since, and lets its scheme refuse', async () => {
    const expiresAt = startOfTests + 60;
    const a = wordScheme('a', {
      verify: (word, _, { clock }) => (clock.now() >= expiresAt ? failure('expired') : proves(word, { expiresAt })),
    });
    const { decide, clock } = benchOf({ a });
    const request = sends({ 'x-a': 'ann' });
    expect(await decide(requirement, request)).toMatchObject({ kind: 'allow' });
    clock.advance(59);
    expect(await decide(requirement, request)).toMatchObject({ kind: 'allow' });
    expect(a.verify).toHaveBeenCalledTimes(1);
    clock.advance(1);
    expect(await decide(requirement, request)).toMatchObject({ code: 'invalid-token' });
    expect(a.verify).toHaveBeenCalledTimes(2);
  });

  it('does not keep a failure, whether it came at once or late', async () => {
    const answers: Verified[] = [failure('key-revoked'), failure('key-revoked'), proves('ann')];
    for (const late of [false, true]) {
      const rest = [...answers];
      const a = wordScheme('a', { verify: () => (late ? Promise.resolve(rest.shift()!) : rest.shift()!) });
      const { decide } = benchOf({ a });
      const request = sends({ 'x-a': 'ann' });
      expect(await decide(requirement, request)).toMatchObject({ kind: 'refuse' });
      expect(await decide(requirement, request)).toMatchObject({ kind: 'refuse' });
      expect(await decide(requirement, request)).toMatchObject({ kind: 'allow' });
      expect(a.verify).toHaveBeenCalledTimes(3);
    }
  });

  it('does not keep what was thrown', async () => {
    let calls = 0;
    const a = wordScheme('a', {
      verify: async (word) => {
        if (calls++ === 0) throw new Error('once');
        return proves(word);
      },
    });
    const { decide } = benchOf({ a });
    const request = sends({ 'x-a': 'ann' });
    expect(await decide(requirement, request)).toMatchObject({ code: 'internal-error' });
    expect(await decide(requirement, request)).toMatchObject({ kind: 'allow' });
  });

  it('lets checks at one time share one proof', async () => {
    let settle!: (verified: Verified) => void;
    const pending = new Promise<Verified>((resolve) => (settle = resolve));
    const a = wordScheme('a', { verify: () => pending });
    const { decide, events } = benchOf({ a });
    const request = sends({ 'x-a': 'ann' });
    const both = [requirement, { scheme: 'a', roles: ['admin'] }].map(async (asked) => decide(asked, request));
    settle(proves('ann'));
    expect(await Promise.all(both)).toMatchObject([{ kind: 'allow' }, { code: 'permission-denied' }]);
    expect(a.verify).toHaveBeenCalledTimes(1);
    expect(events.map(({ reason }) => reason)).toEqual(['ok', 'role-missing']);
  });
});

describe('one event for each pass of a request', () => {
  it('is written for two guards that prove the same', async () => {
    const { decide, events } = benchOf({ a: wordScheme('a') });
    const request = sends({ 'x-a': 'ann' });
    await decide(requirement, request);
    await decide({ anyOf: [{ scheme: 'a' }] }, request);
    expect(events).toHaveLength(1);
  });

  it('is written again where a second guard proves somebody more', async () => {
    const { decide, events } = benchOf({ a: wordScheme('a'), b: wordScheme('b') });
    const request = sends({ 'x-a': 'ann', 'x-b': 'ann' });
    await decide(requirement, request);
    await decide({ scheme: 'b' }, request);
    expect(events).toMatchObject([{ scheme: 'a' }, { scheme: 'b' }]);
  });

  it('is not written again for a public route behind a guarded router', async () => {
    const { decide, events } = benchOf({ a: wordScheme('a') });
    const request = sends({ 'x-a': 'ann' });
    await decide(requirement, request);
    await decide({ public: true }, request);
    await decide({ public: true }, request);
    expect(events).toHaveLength(1);
  });

  it('is written for each refusal', async () => {
    const { decide, events } = benchOf({ a: wordScheme('a') });
    const request = sends({ 'x-a': 'bad' });
    await decide(requirement, request);
    await decide(requirement, request);
    expect(events).toHaveLength(2);
  });
});

describe('the latest pass', () => {
  it('is known by request, and unknown before one', async () => {
    const { auth, decide } = benchOf({ a: wordScheme('a') });
    const request = sends({ 'x-a': 'ann' });
    expect(auth.forAdapters.allowed(request)).toBeUndefined();
    const decision = allowed(await decide(requirement, request));
    expect(auth.forAdapters.allowed(request)).toBe(decision);
    expect(auth.forAdapters.allowed(requestOf())).toBeUndefined();
  });

  it('is answered by the guard that let the request through, and by no other', async () => {
    const { auth } = benchOf({ a: wordScheme('a') });
    const [first, second] = [
      auth.forAdapters.guard(requirement),
      auth.forAdapters.guard({ scheme: 'a', roles: ['x'] }),
    ];
    const request = sends({ 'x-a': 'ann' });
    await first.check(request);
    await second.check(request);
    expect(first.decision(request).principal?.subject).toBe('ann');
    expect(() => second.decision(request)).toThrow(/has not let the request through/);
  });
});
