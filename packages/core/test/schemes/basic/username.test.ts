import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createMemoryPasswords } from '../../../src/index.js';
import { prepareUsername } from '../../../src/schemes/basic/username.js';
import { allowed, refused, fingerprintsOf } from '../../fixtures/guard.js';
import vectors from '../../vectors/rfc8265-precis.json' with { type: 'json' };
import { basicBench, fakeHasher, fakeStored, hashedUser, needsUser, sendsUser } from './bench.js';

describe('vectors of RFC 8265', () => {
  it('are all here', () => {
    expect([vectors.usernames.length, vectors.usernameComparison.length]).toEqual([11, 5]);
  });

  it.each(vectors.usernames.map((each) => [each.id, each.value, each.expected] as const))(
    'name %i, %j: %s (§3.6)',
    (_, value, expected) => {
      for (const profile of ['case-preserved', 'case-mapped'] as const)
        expect(prepareUsername(value, profile) === undefined ? 'reject' : 'accept').toBe(expected);
      expect(prepareUsername(value, 'exact')).toBe(value);
    },
  );

  it.each(vectors.usernameComparison.map((each) => [each.profile, each.a, each.b, each.equal] as const))(
    'by %s, %s and %s: %s (§3.6)',
    (profile, a, b, equal) => {
      const name = profile === 'UsernameCaseMapped' ? 'case-mapped' : 'case-preserved';
      expect(prepareUsername(a, name) === prepareUsername(b, name)).toBe(equal);
    },
  );
});

describe('prepareUsername', () => {
  it.each([
    ['full width becomes ordinary (RFC 8265 §3.4.2)', 'ａｌｉｃｅ', 'alice'],
    ['half width becomes ordinary, and composes', 'ｶﾞ', 'ガ'],
    ['decomposed is composed', 'cafe\u0301', 'café'],
    ['case stays', 'Alice', 'Alice'],
    ['right to left', 'שלום1', 'שלום1'],
    ['a ligature', 'ﬁ', undefined],
    ['a full-width colon, which is ASCII then', 'a：b', 'a:b'],
    ['a no-break space', 'a\u00a0b', undefined],
    ['a soft hyphen', 'a\u00adb', undefined],
    ['a zero-width joiner', 'a\u200db', undefined],
    ['a digit of another script with context', 'a\u0661', undefined],
    ['tatweel', 'ا\u0640', undefined],
    ['a title-case letter', 'ǅ', undefined],
    ['both directions (RFC 5893 §2)', 'aשלום', undefined],
    ['right to left after a digit', '1שלום', undefined],
    ['an unassigned code point', '\u0378', undefined],
  ])('%s', (_, name, expected) => {
    expect(prepareUsername(name, 'case-preserved')).toBe(expected);
  });

  it('answers a form that stays as it is, or nothing', () => {
    const profiles = fc.constantFrom('case-preserved' as const, 'case-mapped' as const);
    const letters = fc.constantFrom('ａ', 'Σ', 'ς', 'ß', 'İ', 'e\u0301', 'ｶﾞ', '한', 'ש', '1', 'É', '.', '\u0345');
    const name = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(letters).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(name, profiles, (text, profile) => {
        const prepared = prepareUsername(text, profile);
        if (prepared === undefined) return;
        expect(prepareUsername(prepared, profile)).toBe(prepared);
        expect(prepared.normalize('NFC')).toBe(prepared);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a profile', () => {
  beforeEach(() => {
    fakeHasher();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('finds the user by every spelling that it makes one of', async () => {
    const { decide, events } = basicBench({ users: [hashedUser('Alice', 'x')], usernameProfile: 'case-mapped' });
    for (const name of ['alice', 'ALICE', 'ａｌｉｃｅ'])
      expect(allowed(await decide(needsUser, sendsUser(name, 'x'))).principal?.subject).toBe('alice');
    expect(new Set(fingerprintsOf(events)).size).toBe(1);
  });

  it('asks a store by the prepared name', async () => {
    const record = { username: 'alice', passwordHash: fakeStored('x'), roles: [], disabled: false };
    const { decide } = basicBench({ store: createMemoryPasswords([record]), usernameProfile: 'case-preserved' });
    expect(allowed(await decide(needsUser, sendsUser('ａｌｉｃｅ', 'x'))).principal?.subject).toBe('alice');
    expect(refused(await decide(needsUser, sendsUser('ALICE', 'x'))).code).toBe('invalid-credentials');
  });

  it('that lets nobody have a name refuses it as unknown, after a hash', async () => {
    const { scrypt } = fakeHasher();
    const { decide, events } = basicBench({ users: [hashedUser('alice', 'x')], usernameProfile: 'case-preserved' });
    await decide(needsUser, sendsUser('al ice', 'x'));
    expect(events).toMatchObject([{ reason: 'unknown-user' }]);
    expect(scrypt).toHaveBeenCalledTimes(1);
  });
});
