import { describe, expect, it } from 'vitest';

import { failure } from '../../src/index.js';
import {
  allowed,
  benchOf,
  challengesOf,
  problemOf,
  proves,
  refused,
  subjectsOf,
  wordScheme,
} from '../fixtures/guard.js';
import { requestOf, sends } from '../fixtures/request.js';

const schemes = () => ({ a: wordScheme('a'), b: wordScheme('b'), c: wordScheme('c') });
const any = { anyOf: [{ scheme: 'a' }, { scheme: 'b' }] };
const all = { allOf: [{ scheme: 'a' }, { scheme: 'b' }] };

describe('anyOf', () => {
  it('lets each branch in by itself, and the principal tells which', async () => {
    const { decide } = benchOf(schemes());
    expect(allowed(await decide(any, sends({ 'x-a': 'ann' }))).principal).toMatchObject({
      scheme: 'a',
      subject: 'ann',
    });
    expect(allowed(await decide(any, sends({ 'x-b': 'ann' }))).principal).toMatchObject({
      scheme: 'b',
      subject: 'ann',
    });
  });

  it('takes the first in the order of the requirement as the principal where both hold, and lists both', async () => {
    const { decide, events } = benchOf(schemes());
    const decision = allowed(
      await decide({ anyOf: [{ scheme: 'b' }, { scheme: 'a' }] }, sends({ 'x-a': 'ann', 'x-b': 'ann' })),
    );
    expect(decision.principal?.scheme).toBe('b');
    expect(decision.principals.map(({ scheme }) => scheme)).toEqual(['b', 'a']);
    expect(events).toMatchObject([{ principals: [{ scheme: 'b' }, { scheme: 'a' }] }]);
  });

  it.each([
    ['first', { 'x-a': 'bad', 'x-b': 'ann' }],
    ['last', { 'x-a': 'ann', 'x-b': 'bad' }],
  ])('refuses a bad credential beside a good one when it stands %s', async (_, headers) => {
    const { decide, events } = benchOf(schemes());
    const decision = refused(await decide(any, sends(headers)));
    expect(decision).toMatchObject({ status: 401, code: 'invalid-credentials' });
    expect(events).toMatchObject([{ outcome: 'refuse', reason: 'key-revoked', subject: null }]);
  });

  it('refuses with one plain challenge of each scheme, in the order of the requirement, where nothing was sent (RFC 9110 §11.6.1)', async () => {
    const { decide, events } = benchOf(schemes());
    const decision = refused(await decide({ anyOf: [{ scheme: 'b' }, { scheme: 'a' }] }, requestOf()));
    expect(decision).toMatchObject({ status: 401, code: 'missing-credentials' });
    expect(challengesOf(decision)).toEqual(['b realm="api"', 'a realm="api"']);
    expect(events).toMatchObject([{ outcome: 'refuse', reason: 'no-credentials', scheme: null }]);
  });

  it('puts the error into the challenge of the scheme that failed alone', async () => {
    const { decide } = benchOf(schemes());
    const decision = await decide(any, sends({ 'x-b': 'bad' }));
    expect(challengesOf(decision)).toEqual(['a realm="api"', 'b realm="api" error="key-revoked"']);
  });

  it('answers the missing permission of whoever was proved, not that the other sent nothing', async () => {
    const { decide, events } = benchOf(schemes());
    const decision = refused(
      await decide({ anyOf: [{ scheme: 'a' }, { scheme: 'b', scopes: ['w'] }] }, sends({ 'x-b': 'ann' })),
    );
    expect(decision).toMatchObject({ status: 403, code: 'insufficient-scope' });
    expect(challengesOf(decision)).toEqual(['b realm="api" error="insufficient-scope"']);
    expect(events).toMatchObject([{ reason: 'insufficient-scope', scheme: 'b', subject: 'ann' }]);
  });

  it('does not ask the scheme of a branch for which nothing was sent', async () => {
    const list = schemes();
    await benchOf(list).decide(any, sends({ 'x-a': 'ann' }));
    expect(list.b.verify).not.toHaveBeenCalled();
    expect(list.c.extract).not.toHaveBeenCalled();
  });
});

describe('allOf', () => {
  it('lets in where all are proved, and answers them in order', async () => {
    const { decide } = benchOf(schemes());
    const decision = allowed(await decide(all, sends({ 'x-a': 'ann', 'x-b': 'ann' })));
    expect(decision.principal?.scheme).toBe('a');
    expect(decision.principals.map(({ scheme }) => scheme)).toEqual(['a', 'b']);
  });

  it.each([
    ['the first', { 'x-b': 'ann' }],
    ['the last', { 'x-a': 'ann' }],
  ])('refuses as missing credentials where %s was not sent', async (_, headers) => {
    const { decide, events } = benchOf(schemes());
    const decision = refused(await decide(all, sends(headers)));
    expect(decision).toMatchObject({ status: 401, code: 'missing-credentials' });
    expect(challengesOf(decision)).toEqual(['a realm="api"', 'b realm="api"']);
    expect(events[0]?.reason).toBe('no-credentials');
  });

  it('answers principals by name where the branches have names', async () => {
    const { decide } = benchOf(schemes());
    const requirement = { allOf: { user: { scheme: 'a' }, workload: { scheme: 'b' } } };
    const decision = allowed(await decide(requirement, sends({ 'x-a': 'ann', 'x-b': 'ann' })));
    expect(decision.principals).toMatchObject({ user: { scheme: 'a' }, workload: { scheme: 'b' } });
    expect(decision.principal?.scheme).toBe('a');
  });

  it('keeps a branch that is named __proto__ as a name like any other (CWE-1321)', async () => {
    const { decide } = benchOf(schemes());
    const requirement = { allOf: Object.fromEntries([['__proto__', { scheme: 'a' }]]) };
    const { principals } = allowed(await decide(requirement, sends({ 'x-a': 'ann' })));
    expect(Object.keys(principals)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(principals)).toBe(Object.prototype);
  });

  it('refuses with the reason several, the code of the first, and the error of each in its challenge where all are bad', async () => {
    const { decide, events } = benchOf({ ...schemes(), b: wordScheme('b', { verify: () => failure('expired') }) });
    const decision = refused(await decide(all, sends({ 'x-a': 'bad', 'x-b': 'ann' })));
    expect(decision).toMatchObject({ status: 401, code: 'invalid-credentials' });
    expect(challengesOf(decision)).toEqual(['a realm="api" error="key-revoked"', 'b realm="api" error="expired"']);
    expect(events).toMatchObject([
      {
        reason: 'several',
        failures: [
          { scheme: 'a', reason: 'key-revoked' },
          { scheme: 'b', reason: 'expired' },
        ],
      },
    ]);
  });

  it('answers 401 rather than 503 where one credential is bad and the other could not be asked', async () => {
    const { decide, events } = benchOf({
      ...schemes(),
      a: wordScheme('a', { verify: () => failure('jwks-unavailable') }),
    });
    expect(await decide(all, sends({ 'x-a': 'ann', 'x-b': 'bad' }))).toMatchObject({ status: 401 });
    expect(events).toMatchObject([{ outcome: 'refuse', reason: 'several', scheme: 'b' }]);
  });

  it('tells nothing of permission before everybody has proved themselves', async () => {
    const { decide } = benchOf(schemes());
    const requirement = { allOf: [{ scheme: 'a', scopes: ['w'] }, { scheme: 'b' }] };
    expect(await decide(requirement, sends({ 'x-a': 'ann' }))).toMatchObject({ code: 'missing-credentials' });
    expect(await decide(requirement, sends({ 'x-a': 'ann', 'x-b': 'bad' }))).toMatchObject({
      code: 'invalid-credentials',
    });
    expect(await decide(requirement, sends({ 'x-a': 'ann', 'x-b': 'ann' }))).toMatchObject({
      code: 'insufficient-scope',
    });
  });
});

describe('optional', () => {
  const optional = { optional: { scheme: 'a', scopes: ['r'] } };

  it('lets in as nobody where nothing was sent', async () => {
    const { decide, events } = benchOf(schemes());
    expect(allowed(await decide(optional, requestOf()))).toMatchObject({ principal: null, principals: [] });
    expect(events).toMatchObject([{ outcome: 'allow', reason: 'anonymous', scheme: null, subject: null }]);
  });

  it.each([
    ['bad', 401, 'invalid-credentials'],
    ['malformed', 400, 'malformed-request'],
    ['foreign', 401, 'missing-credentials'],
    ['ann', 403, 'insufficient-scope'],
  ])('refuses %s credentials and never takes them for none', async (word, status, code) => {
    const { decide } = benchOf(schemes());
    expect(await decide(optional, sends({ 'x-a': word }))).toMatchObject({ kind: 'refuse', status, code });
  });

  it('refuses half of an optional allOf', async () => {
    const { decide } = benchOf(schemes());
    expect(await decide({ optional: all }, sends({ 'x-a': 'ann' }))).toMatchObject({ code: 'missing-credentials' });
    expect(subjectsOf(await decide({ optional: all }, requestOf()))).toEqual([]);
  });
});

describe('public', () => {
  it('lets in without looking at any credential', async () => {
    const list = schemes();
    const { decide, events } = benchOf(list);
    expect(allowed(await decide({ public: true }, sends({ 'x-a': 'malformed' }))).principal).toBeNull();
    expect(list.a.extract).not.toHaveBeenCalled();
    expect(events).toMatchObject([{ outcome: 'allow', reason: 'public', fingerprint: null }]);
  });
});

describe('nesting', () => {
  const nested = { anyOf: [all, { scheme: 'c' }] };

  it.each([
    ['the inner allOf', { 'x-a': 'ann', 'x-b': 'ann' }, 'a', ['a', 'b']],
    ['the other branch', { 'x-c': 'ann' }, 'c', ['c']],
    ['the other branch beside half of the inner one', { 'x-a': 'ann', 'x-c': 'ann' }, 'c', ['c']],
    ['everything', { 'x-a': 'ann', 'x-b': 'ann', 'x-c': 'ann' }, 'a', ['a', 'b', 'c']],
  ])('holds by %s', async (_, headers, principal, principals) => {
    const { decide } = benchOf(schemes());
    const decision = allowed(await decide(nested, sends(headers)));
    expect(decision.principal?.scheme).toBe(principal);
    expect(decision.principals.map(({ scheme }) => scheme)).toEqual(principals);
  });

  it('refuses half of the inner allOf alone', async () => {
    const { decide } = benchOf(schemes());
    expect(await decide(nested, sends({ 'x-b': 'ann' }))).toMatchObject({ code: 'missing-credentials' });
  });

  it('proves a scheme that stands in two branches once', async () => {
    const list = schemes();
    const requirement = { anyOf: [{ scheme: 'a', roles: ['admin'] }, { allOf: [{ scheme: 'a' }, { scheme: 'b' }] }] };
    const decision = await benchOf(list).decide(requirement, sends({ 'x-a': 'ann', 'x-b': 'ann' }));
    expect(subjectsOf(decision)).toEqual(['ann', 'ann']);
    expect(list.a.verify).toHaveBeenCalledTimes(1);
  });
});

describe('foreign and absent', () => {
  const shared = () => ({
    a: wordScheme('a', { field: 'authorization' }),
    b: wordScheme('b', { field: 'authorization', verify: (word) => proves(word) }),
  });

  it('refuses what is foreign to every scheme with the failure that came with it', async () => {
    const { decide, events } = benchOf(shared());
    const decision = refused(await decide(any, sends({ authorization: 'foreign' })));
    expect(decision).toMatchObject({ status: 401, code: 'missing-credentials' });
    expect(challengesOf(decision)).toEqual(['a realm="api"', 'b realm="api"']);
    expect(events[0]?.reason).toBe('unsupported-scheme');
  });

  it('passes over what is foreign to one scheme where another takes it from the same field', async () => {
    const list = shared();
    list.a.extract.mockReturnValue({
      kind: 'foreign',
      field: 'authorization',
      failure: failure('unsupported-scheme'),
    });
    const decision = await benchOf(list).decide(any, sends({ authorization: 'ann' }));
    expect(allowed(decision).principal?.scheme).toBe('b');
  });

  it('refuses what is foreign in one field although a credential stands in another', async () => {
    const { decide } = benchOf(schemes());
    expect(await decide(any, sends({ 'x-a': 'foreign', 'x-b': 'ann' }))).toMatchObject({ code: 'missing-credentials' });
  });

  it('judges the malformed before the foreign', async () => {
    const { decide, events } = benchOf(schemes());
    expect(await decide(any, sends({ 'x-a': 'foreign', 'x-b': 'malformed' }))).toMatchObject({ status: 400 });
    expect(events[0]).toMatchObject({ scheme: 'b', reason: 'malformed-authorization' });
  });

  it('says nothing of why beyond the public code in the body (RFC 9457 §3)', async () => {
    const { decide } = benchOf(schemes());
    const decision = await decide(any, sends({ 'x-a': 'bad' }));
    expect(Object.keys(problemOf(decision))).toEqual(['type', 'title', 'status', 'code', 'instance']);
    expect(new TextDecoder().decode(refused(decision).body)).not.toContain('key-revoked');
  });
});
