import { describe, expect, it } from 'vitest';

import type { Requirement } from '../../src/index.js';
import { benchOf, proves, refused, subjectsOf, wordScheme, type WordScheme } from '../fixtures/guard.js';
import { sends } from '../fixtures/request.js';

const own = (type: string): WordScheme => wordScheme(type);
const single = (type: string, issuer: string): WordScheme => wordScheme(type, { issuer });
/** Takes tokens of several issuers: says none for the scheme as a whole. */
const many = (type: string, issuer: string): WordScheme =>
  wordScheme(type, { verify: (word) => proves(word, { issuer }) });

const all: Requirement = { allOf: [{ scheme: 'a' }, { scheme: 'b' }] };
const any: Requirement = { anyOf: [{ scheme: 'a' }, { scheme: 'b' }] };

describe('the same subject', () => {
  it.each([
    ['two of our own with one name', own('a'), own('b'), 'ann', 'ann', true],
    ['two of our own with two names', own('a'), own('b'), 'ann', 'bob', false],
    ['names that differ in case alone', own('a'), own('b'), 'ann', 'Ann', false],
    ['our own and a single issuer', own('a'), single('b', 'https://i.example'), 'ann', 'ann', true],
    ['a single issuer and our own', single('a', 'https://i.example'), own('b'), 'ann', 'ann', true],
    ['our own and a single issuer with two names', own('a'), single('b', 'https://i.example'), 'ann', 'bob', false],
    ['our own and one of many issuers', own('a'), many('b', 'https://i.example'), 'ann', 'ann', false],
    ['one of many issuers and our own', many('a', 'https://i.example'), own('b'), 'ann', 'ann', false],
    ['one issuer twice', single('a', 'https://i.example'), many('b', 'https://i.example'), 'ann', 'ann', true],
    ['two single issuers', single('a', 'https://i.example'), single('b', 'https://j.example'), 'ann', 'ann', false],
    ['two of many issuers', many('a', 'https://i.example'), many('b', 'https://j.example'), 'ann', 'ann', false],
  ])('is decided for %s', async (_, a, b, first, second, same) => {
    for (const requirement of [all, any]) {
      const { decide, events } = benchOf({ a, b });
      const decision = await decide(requirement, sends({ 'x-a': first, 'x-b': second }));
      expect(decision.kind).toBe(same ? 'allow' : 'refuse');
      expect(events[0]?.reason).toBe(same ? 'ok' : 'subject-mismatch');
    }
  });

  it('is refused with 403, no challenge, and a code of its own where it differs', async () => {
    const { decide, events } = benchOf({ a: own('a'), b: own('b') });
    const decision = refused(await decide(all, sends({ 'x-a': 'ann', 'x-b': 'bob' })));
    expect(decision).toMatchObject({ status: 403, code: 'subject-mismatch' });
    expect(decision.headers.map(([name]) => name)).not.toContain('www-authenticate');
    expect(events).toMatchObject([{ outcome: 'refuse', reason: 'subject-mismatch', subject: 'ann' }]);
  });

  it('is not told before everybody is proved', async () => {
    const { decide } = benchOf({ a: own('a'), b: own('b') });
    expect(await decide(all, sends({ 'x-a': 'ann', 'x-b': 'bad' }))).toMatchObject({ code: 'invalid-credentials' });
  });
});

describe('sameSubject: false', () => {
  const schemes = () => ({ a: own('a'), b: own('b'), c: own('c') });
  const differ: Requirement = { allOf: [{ scheme: 'a' }, { scheme: 'b' }], sameSubject: false };
  const different = { 'x-a': 'ann', 'x-b': 'bob' };

  it('lets the branches of its allOf differ', async () => {
    const { decide } = benchOf(schemes());
    expect(subjectsOf(await decide(differ, sends(different)))).toEqual(['ann', 'bob']);
  });

  it('lets the branches of a named allOf differ', async () => {
    const { decide } = benchOf(schemes());
    const requirement = { allOf: { user: { scheme: 'a' }, workload: { scheme: 'b' } }, sameSubject: false };
    expect(subjectsOf(await decide(requirement, sends(different)))).toEqual(['ann', 'bob']);
  });

  it('says nothing of the schemes inside one branch', async () => {
    const { decide } = benchOf(schemes());
    const requirement = { allOf: [all, { scheme: 'c' }], sameSubject: false };
    expect(await decide(requirement, sends({ ...different, 'x-c': 'cyd' }))).toMatchObject({
      code: 'subject-mismatch',
    });
    expect(subjectsOf(await decide(requirement, sends({ 'x-a': 'ann', 'x-b': 'ann', 'x-c': 'cyd' })))).toEqual([
      'ann',
      'cyd',
    ]);
  });

  it('on an inner allOf leaves the outer one as it is', async () => {
    const { decide } = benchOf(schemes());
    const requirement = { allOf: [differ, { scheme: 'c' }] };
    expect(await decide(requirement, sends({ ...different, 'x-c': 'ann' }))).toMatchObject({
      code: 'subject-mismatch',
    });
  });

  it('says nothing of a scheme outside of its allOf', async () => {
    const { decide } = benchOf(schemes());
    const requirement = { anyOf: [differ, { scheme: 'c' }] };
    expect(await decide(requirement, sends({ ...different, 'x-c': 'cyd' }))).toMatchObject({
      code: 'subject-mismatch',
    });
  });

  it('of a branch that does not hold never loosens another branch over the same schemes', async () => {
    const { decide } = benchOf(schemes());
    const admin: Requirement = { allOf: [{ scheme: 'a', roles: ['admin'] }, { scheme: 'b' }], sameSubject: false };
    const decision = await decide({ anyOf: [admin, all] }, sends(different));
    expect(decision).toMatchObject({ kind: 'refuse', status: 403 });
  });

  it.each([
    ['one of its schemes alone', { scheme: 'b' }],
    ['nobody', { public: true }],
  ] as const)('of a branch that does not hold never loosens a branch that asks %s', async (_, other) => {
    const { decide } = benchOf(schemes());
    const admin: Requirement = { allOf: [{ scheme: 'a', roles: ['admin'] }, { scheme: 'b' }], sameSubject: false };
    expect(await decide({ anyOf: [admin, other] }, sends(different))).toMatchObject({ code: 'subject-mismatch' });
  });

  it('set to true is the default', async () => {
    const { decide } = benchOf(schemes());
    const requirement: Requirement = { allOf: [{ scheme: 'a' }, { scheme: 'b' }], sameSubject: true };
    expect(await decide(requirement, sends(different))).toMatchObject({ code: 'subject-mismatch' });
  });
});
