import { describe, expect, it, vi } from 'vitest';

import { apiKey, failure, generateApiKey, jwt, type Verified } from '../../src/index.js';
import { isPromise } from '../../src/base/awaitable.js';
import { benchOf, principalOf, proves, wordScheme } from '../fixtures/guard.js';
import { requestOf, sends } from '../fixtures/request.js';

const any = { anyOf: [{ scheme: 'a' }, { scheme: 'b' }] };

describe('the order of the steps', () => {
  it('looks at the transport before any credential (RFC 6750 §5.2)', async () => {
    const a = wordScheme('a');
    const { decide, events } = benchOf({ a });
    const request = requestOf({ headers: { 'x-a': 'ann' }, connection: { encrypted: false } });
    expect(await decide({ scheme: 'a' }, request)).toMatchObject({ status: 403, code: 'tls-required' });
    expect(a.extract).not.toHaveBeenCalled();
    expect(events[0]?.reason).toBe('insecure-transport');
  });

  it.each([
    ['first', { 'x-a': 'malformed', 'x-b': 'ann' }],
    ['last', { 'x-a': 'ann', 'x-b': 'malformed' }],
  ])('verifies nothing where the format of another credential, the %s, is wrong', async (_, headers) => {
    const schemes = { a: wordScheme('a'), b: wordScheme('b') };
    expect(await benchOf(schemes).decide(any, sends(headers))).toMatchObject({ status: 400 });
    expect(schemes.a.verify).not.toHaveBeenCalled();
    expect(schemes.b.verify).not.toHaveBeenCalled();
  });

  it('asks no store of keys where the bearer token beside the key is malformed', async () => {
    const store = { findApiKey: vi.fn<() => undefined>() };
    const { decide } = benchOf({
      a: jwt({
        issuer: 'https://i.example',
        audience: 'api',
        secretBase64: Buffer.alloc(32, 'abcdefghij').toString('base64'),
      }),
      b: apiKey({ prefix: 'acme', store }),
    });
    const decision = await decide(any, sends({ authorization: 'Bearer a b', 'x-api-key': generateApiKey('acme') }));
    expect(decision).toMatchObject({ status: 400, code: 'malformed-request' });
    expect(store.findApiKey).not.toHaveBeenCalled();
  });

  it('refuses a bound credential that nothing confirms, before permission (RFC 7800 §3)', async () => {
    const verify = (): Verified => proves('ann', { confirmation: { jkt: 'thumbprint' } });
    const { decide, events } = benchOf({ a: wordScheme('a', { verify }) });
    expect(await decide({ scheme: 'a', scopes: ['w'] }, sends({ 'x-a': 'ann' }))).toMatchObject({ status: 401 });
    expect(events[0]?.reason).toBe('bound-token-as-bearer');
  });

  it.each([
    [{ 'x5t#S256': 'x' }, 'bound-token-without-certificate'],
    [{ jkt: 'x', 'x5t#S256': 'y' }, 'bound-token-as-bearer'],
    [{ jkt: 'x', osc: 1 }, 'confirmation-unsupported'],
    [{ jwk: {} }, 'confirmation-unsupported'],
    [Object.fromEntries([['__proto__', 1]]), 'confirmation-unsupported'],
  ])('refuses the confirmation %j as %s', async (confirmation, reason) => {
    const { decide, events } = benchOf({ a: wordScheme('a', { verify: () => proves('ann', { confirmation }) }) });
    expect(await decide({ scheme: 'a' }, sends({ 'x-a': 'ann' }))).toMatchObject({ code: 'invalid-token' });
    expect(events[0]?.reason).toBe(reason);
  });

  it.each([
    [{ acr: ['gold'] }, 401, 'step-up-required', 'acr-insufficient'],
    [{ maxAgeSeconds: 60 }, 401, 'step-up-required', 'authentication-too-old'],
    [{ scopes: ['w'] }, 403, 'insufficient-scope', 'insufficient-scope'],
    [{ roles: ['admin'] }, 403, 'permission-denied', 'role-missing'],
  ])('asks %j of whoever was proved', async (ask, status, code, reason) => {
    const { decide, events } = benchOf({ a: wordScheme('a') });
    expect(await decide({ scheme: 'a', ...ask }, sends({ 'x-a': 'ann' }))).toMatchObject({ status, code });
    expect(events[0]).toMatchObject({ reason, subject: 'ann' });
  });

  it('lets in whoever has all of the scopes, one of the roles, one of the contexts, and came freshly enough (RFC 9470 §4)', async () => {
    const holder = proves('ann', {
      scopes: new Set(['r', 'w', 'x']),
      roles: new Set(['clerk']),
      assurance: { acr: 'gold', authenticatedAt: Date.UTC(2026, 0, 1) / 1000 - 60 },
    });
    const { decide } = benchOf({ a: wordScheme('a', { verify: () => holder }) });
    const ask = { scheme: 'a', scopes: ['r', 'w'], roles: ['admin', 'clerk'], acr: ['silver', 'gold'] };
    expect(await decide({ ...ask, maxAgeSeconds: 60 }, sends({ 'x-a': 'ann' }))).toMatchObject({ kind: 'allow' });
    expect(await decide({ ...ask, maxAgeSeconds: 59 }, sends({ 'x-a': 'ann' }))).toMatchObject({ status: 401 });
  });
});

describe('what is asked together', () => {
  const holder = proves('ann', { scopes: new Set(['r']), roles: new Set(['clerk']), assurance: { acr: 'gold' } });

  it.each([
    ['one of two scopes (RFC 6750 §3.1)', { scopes: ['r', 'w'] }, 'insufficient-scope'],
    ['the other order', { scopes: ['w', 'r'] }, 'insufficient-scope'],
    ['a scope in another case', { scopes: ['R'] }, 'insufficient-scope'],
    ['a scope that every object has', { scopes: ['has'] }, 'insufficient-scope'],
    ['the scopes and not the role', { scopes: ['r'], roles: ['admin'] }, 'role-missing'],
    ['the role and not the scopes', { scopes: ['w'], roles: ['clerk'] }, 'insufficient-scope'],
    ['the context, of an unknown age (RFC 9470 §4)', { acr: ['gold'], maxAgeSeconds: 60 }, 'authentication-too-old'],
  ])('is refused to whoever has %s', async (_, ask, reason) => {
    const { decide, events } = benchOf({ a: wordScheme('a', { verify: () => holder }) });
    expect(await decide({ scheme: 'a', ...ask }, sends({ 'x-a': 'ann' }))).toMatchObject({ kind: 'refuse' });
    expect(events[0]?.reason).toBe(reason);
  });

  it('names all scopes that the route needs, not only those missing (RFC 6750 §3)', async () => {
    const a = wordScheme('a', { verify: () => holder });
    await benchOf({ a }).decide({ scheme: 'a', scopes: ['r', 'w'] }, sends({ 'x-a': 'ann' }));
    expect(a.challenge.mock.lastCall?.[1]?.required).toEqual({ scopes: ['r', 'w'] });
  });
});

describe('what need not wait', () => {
  it.each([
    ['an allow', { 'x-a': 'ann' }],
    ['a refusal', { 'x-a': 'bad' }],
    ['nothing sent', {}],
    ['several schemes', { 'x-a': 'ann', 'x-b': 'ann' }],
  ])('is answered at once: %s', (_, headers) => {
    const { decide } = benchOf({ a: wordScheme('a'), b: wordScheme('b') });
    expect(isPromise(decide(any, sends(headers)))).toBe(false);
  });

  it('is answered at once for the schemes of core too', () => {
    const key = generateApiKey('acme');
    const keys = apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1' }] });
    const { auth } = benchOf({ keys });
    const decision = auth.check(sends({ 'x-api-key': key }), { scheme: 'keys' });
    expect(isPromise(decision)).toBe(false);
    expect(decision).toMatchObject({ kind: 'allow', principal: { subject: 'svc-1' } });
  });

  it('waits where one of the schemes waits', async () => {
    const a = wordScheme('a', { verify: async (word) => proves(word) });
    const { decide } = benchOf({ a, b: wordScheme('b') });
    const decision = decide(any, sends({ 'x-a': 'ann', 'x-b': 'ann' }));
    expect(isPromise(decision)).toBe(true);
    expect(await decision).toMatchObject({ kind: 'allow' });
  });
});

describe('headers of what was proved', () => {
  it('go out with an allow, in the order of the requirement', async () => {
    const proved = { kind: 'verified', principal: principalOf('ann') } as const;
    const verify = (word: string): Verified => ({ ...proved, headers: [['dpop-nonce', word]] });
    const { decide } = benchOf({ a: wordScheme('a', { verify }), b: wordScheme('b', { verify }) });
    const decision = await decide(any, sends({ 'x-a': 'one', 'x-b': 'two' }));
    expect(decision.headers).toEqual([
      ['dpop-nonce', 'one'],
      ['dpop-nonce', 'two'],
    ]);
  });

  it('go out with the failure that brings them', async () => {
    const verify = (): Verified => failure('expired', { headers: [['dpop-nonce', 'n']] });
    const { decide } = benchOf({ a: wordScheme('a', { verify }) });
    expect((await decide({ scheme: 'a' }, sends({ 'x-a': 'ann' }))).headers).toContainEqual(['dpop-nonce', 'n']);
  });
});
