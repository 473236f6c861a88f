import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { crypto } from '#crypto';

import {
  dummyLike,
  formatPasswordHash,
  hashLike,
  parsePasswordHash,
  preparePassword,
  shapeOf,
  verifyPasswordHash,
  type PasswordHash,
} from '../../src/crypto/password-hash.js';
import { hashPassword, type PasswordHashParameters } from '../../src/index.js';
import precis from '../vectors/rfc8265-precis.json' with { type: 'json' };

afterEach(() => {
  vi.restoreAllMocks();
});

const modest = { algorithm: 'scrypt', costLog2: 14, blockSize: 8, parallelism: 1 } as const;
const salt = 'c29tZXNhbHQ';
const hash = 'CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
const scrypt = (parameters: string): string => `$scrypt$${parameters}$${salt}$${hash}`;
const argon2id = (parameters: string): string => `$argon2id$v=19$${parameters}$${salt}$${hash}`;

describe('parsePasswordHash', () => {
  it.each([
    ['scrypt', scrypt('ln=17,r=8,p=1'), { algorithm: 'scrypt', costLog2: 17, blockSize: 8, parallelism: 1 }],
    [
      'the most memory of scrypt',
      scrypt('ln=17,r=15,p=8'),
      { algorithm: 'scrypt', costLog2: 17, blockSize: 15, parallelism: 8 },
    ],
    [
      'argon2id',
      argon2id('m=65536,t=3,p=4'),
      { algorithm: 'argon2id', memoryKibibytes: 65_536, passes: 3, parallelism: 4 },
    ],
    [
      'the most of argon2id',
      argon2id('m=262144,t=8,p=16'),
      { algorithm: 'argon2id', memoryKibibytes: 262_144, passes: 8, parallelism: 16 },
    ],
  ])('reads %s', (_, text, parameters) => {
    const parsed = parsePasswordHash(text);
    expect(parsed?.parameters).toEqual(parameters);
    expect([parsed?.salt.length, parsed?.hash.length]).toEqual([8, 32]);
    expect(new TextDecoder().decode(parsed?.salt)).toBe('somesalt');
  });

  it.each([
    ['an empty text', ''],
    ['bcrypt', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
    ['argon2i', argon2id('m=65536,t=3,p=4').replace('2id', '2i')],
    ['argon2id without a version', argon2id('m=65536,t=3,p=4').replace('v=19$', '')],
    ['argon2id of version 16', argon2id('m=65536,t=3,p=4').replace('v=19', 'v=16')],
    ['parameters in another order', argon2id('t=3,m=65536,p=4')],
    ['a parameter more', argon2id('m=65536,t=3,p=4,keyid=x')],
    ['a parameter less', scrypt('ln=17,r=8')],
    ['a leading zero', scrypt('ln=017,r=8,p=1')],
    ['a sign', scrypt('ln=+17,r=8,p=1')],
    ['a fraction', scrypt('ln=17.0,r=8,p=1')],
    ['a nought', scrypt('ln=17,r=8,p=0')],
    ['an overflow', scrypt('ln=17,r=18446744073709551624,p=1')],
    ['padding', `${scrypt('ln=17,r=8,p=1')}=`],
    ['base64url', scrypt('ln=17,r=8,p=1').replace('CTFh', 'CTF_')],
    ['unused bits that are set', scrypt('ln=17,r=8,p=1').replace('PPc', 'PPd')],
    ['a salt of 7 bytes', scrypt('ln=17,r=8,p=1').replace(salt, 'c29tZXNhbA')],
    ['a hash of 15 bytes', scrypt('ln=17,r=8,p=1').replace(hash, hash.slice(0, 20))],
    ['a hash of 65 bytes', scrypt('ln=17,r=8,p=1').replace(hash, 'A'.repeat(87))],
    ['no hash', `$scrypt$ln=17,r=8,p=1$${salt}`],
    ['white space before', ` ${scrypt('ln=17,r=8,p=1')}`],
    ['a line end after', `${scrypt('ln=17,r=8,p=1')}\n`],
    ['upper case', scrypt('ln=17,r=8,p=1').replace('scrypt', 'SCRYPT')],
  ])('refuses %s', (_, text) => {
    expect(parsePasswordHash(text)).toBeUndefined();
  });

  it.each([
    ['scrypt of 256 MiB and a block', scrypt('ln=18,r=8,p=1')],
    ['scrypt of 1 GiB', scrypt('ln=20,r=8,p=1')],
    ['scrypt with endless N', scrypt('ln=99999999,r=1,p=1')],
    ['scrypt with large blocks for several', scrypt('ln=1,r=524288,p=16')],
    ['scrypt of more than 2 GiB in all', scrypt('ln=17,r=15,p=16')],
    ['scrypt of 17 in parallel', scrypt('ln=10,r=8,p=17')],
    ['scrypt of N too large for r (RFC 7914 §2)', scrypt('ln=16,r=1,p=1')],
    ['argon2id of 256 MiB and 1 KiB', argon2id('m=262145,t=1,p=1')],
    ['argon2id of 2 GiB (RFC 9106 §4, first)', argon2id('m=2097152,t=1,p=4')],
    ['argon2id of more than 2 GiB in all', argon2id('m=262144,t=9,p=1')],
    ['argon2id of endless passes', argon2id('m=8,t=99999999,p=1')],
    ['argon2id of 17 lanes', argon2id('m=65536,t=1,p=17')],
    ['argon2id of less than 8 KiB a lane (RFC 9106 §3.1)', argon2id('m=31,t=1,p=4')],
  ])('refuses the cost of %s', (_, text) => {
    expect(parsePasswordHash(text)).toBeUndefined();
  });

  const parameters: fc.Arbitrary<PasswordHashParameters> = fc.oneof(
    fc.record({
      algorithm: fc.constant('scrypt' as const),
      costLog2: fc.integer({ min: 1, max: 15 }),
      blockSize: fc.integer({ min: 1, max: 16 }),
      parallelism: fc.integer({ min: 1, max: 16 }),
    }),
    fc.record({
      algorithm: fc.constant('argon2id' as const),
      memoryKibibytes: fc.integer({ min: 128, max: 65_536 }),
      passes: fc.integer({ min: 1, max: 32 }),
      parallelism: fc.integer({ min: 1, max: 16 }),
    }),
  );
  const stored: fc.Arbitrary<PasswordHash> = fc.record({
    parameters,
    salt: fc.uint8Array({ minLength: 8, maxLength: 64 }),
    hash: fc.uint8Array({ minLength: 16, maxLength: 64 }),
  });

  it('reads what formatPasswordHash writes', () => {
    fc.assert(
      fc.property(stored, (each) => {
        const parsed = parsePasswordHash(formatPasswordHash(each))!;
        expect(parsed.parameters).toEqual(each.parameters);
        expect(Buffer.from(parsed.salt).equals(each.salt)).toBe(true);
        expect(Buffer.from(parsed.hash).equals(each.hash)).toBe(true);
      }),
    );
  });

  it('answers any text, and takes one spelling of each hash', () => {
    const near = fc
      .tuple(stored.map(formatPasswordHash), fc.nat(), fc.constantFrom(...Array.from('$=,+/A0-_9 \n'), ''))
      .map(([text, at, char]) => text.slice(0, at % text.length) + char + text.slice((at % text.length) + 1));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), near), (text) => {
        const parsed = parsePasswordHash(text);
        expect(parsed === undefined ? text : formatPasswordHash(parsed)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('hashPassword', () => {
  it('makes what verifies, with a salt of its own', async () => {
    const [one, two] = await Promise.all([hashPassword('secret', modest), hashPassword('secret', modest)]);
    expect(one).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await verifyPasswordHash('secret', parsePasswordHash(one)!)).toBe(true);
    expect(await verifyPasswordHash('Secret', parsePasswordHash(one)!)).toBe(false);
  });

  it('takes scrypt of 128 MiB by default, and draws from the source that is given', async () => {
    const derive = vi.spyOn(crypto, 'scrypt').mockImplementation(async ({ length }) => new Uint8Array(length));
    const text = await hashPassword('secret', undefined, (length) => new Uint8Array(length).fill(1));
    expect(text).toBe(`$scrypt$ln=17,r=8,p=1$AQEBAQEBAQEBAQEBAQEBAQ$${'A'.repeat(43)}`);
    expect(derive.mock.calls.at(0)?.[0].length).toBe(32);
  });

  it('makes argon2id', async () => {
    const text = await hashPassword('secret', {
      algorithm: 'argon2id',
      memoryKibibytes: 8192,
      passes: 2,
      parallelism: 1,
    });
    expect(text).toMatch(/^\$argon2id\$v=19\$m=8192,t=2,p=1\$/);
    expect(await verifyPasswordHash('secret', parsePasswordHash(text)!)).toBe(true);
  });

  it.each([
    ['empty', ''],
    ['no text', 1 as never],
    ['with a control character', 'hunter2\n'],
    ['with half a character', 'hunter2\ud800'],
    ['of 1025 bytes', 'x'.repeat(1025)],
  ])('refuses a password that is %s, without showing it', async (_, password) => {
    const error = await hashPassword(password, modest).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).not.toContain('hunter2');
  });

  it.each<[string, object]>([
    ['too cheap', { ...modest, costLog2: 13 }],
    ['too dear', { ...modest, costLog2: 20 }],
    ['a fraction', { ...modest, costLog2: 14.5 }],
    ['endless', { ...modest, parallelism: Infinity }],
    ['of another algorithm', { algorithm: 'bcrypt', rounds: 10 }],
    ['too cheap, for argon2id', { algorithm: 'argon2id', memoryKibibytes: 8191, passes: 2, parallelism: 1 }],
  ])('refuses a cost that is %s, before it hashes', async (_, parameters) => {
    const derive = vi.spyOn(crypto, 'scrypt');
    await expect(hashPassword('secret', parameters as PasswordHashParameters)).rejects.toThrow(TypeError);
    expect(derive).not.toHaveBeenCalled();
  });
});

describe('the form of a password (RFC 8265 §4)', () => {
  // What control characters and emptiness mean is decided where passwords come in.
  const accepted = precis.passwords.filter(({ expected }) => expected === 'accept');

  it('has its vectors here', () => {
    expect([precis.passwords.length, accepted.length]).toEqual([7, 5]);
  });

  it.each(accepted.map((each) => [each.id, each.value, each.enforced!] as const))(
    'vector %i, %j',
    (_, value, enforced) => {
      expect(preparePassword(value)).toBe(enforced);
    },
  );

  it.each(
    precis.passwords.filter(({ expected }) => expected === 'reject').map(({ id, value }) => [id, value] as const),
  )('vector %i, %j, is refused', async (_, value) => {
    await expect(hashPassword(value, modest)).rejects.toThrow(TypeError);
  });

  it('is the same for two keyboards', async () => {
    const made = parsePasswordHash(await hashPassword('crème\u3000brûlée'.normalize('NFD'), modest))!;
    expect(await verifyPasswordHash(preparePassword('crème brûlée'.normalize('NFC')), made)).toBe(true);
    expect(await verifyPasswordHash(preparePassword('creme brulee'), made)).toBe(false);
  });

  it('keeps case, width and ligatures', () => {
    expect(preparePassword('Ａß ﬁ')).toBe('Ａß ﬁ');
  });
});

describe('a hash made in the likeness of another', () => {
  const like: PasswordHash = { parameters: modest, salt: new Uint8Array(9), hash: new Uint8Array(17) };

  it('has its cost and sizes', async () => {
    expect(shapeOf(await hashLike(like, 'x'))).toBe(shapeOf(like));
    expect(shapeOf(dummyLike(like))).toBe(shapeOf(like));
    expect(shapeOf({ ...like, parameters: { ...modest, costLog2: 15 } })).not.toBe(shapeOf(like));
    expect(shapeOf({ ...like, salt: new Uint8Array(10) })).not.toBe(shapeOf(like));
  });

  it('is drawn anew each time', () => {
    expect(dummyLike(like).hash).not.toEqual(dummyLike(like).hash);
    expect(dummyLike(like).salt).not.toEqual(dummyLike(like).salt);
  });
});
