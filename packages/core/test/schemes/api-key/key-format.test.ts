import * as zlib from 'node:zlib';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { generateApiKey } from '../../../src/index.js';
import { isKeyPrefix, isWellFormedKey, judgeKey } from '../../../src/schemes/api-key/key-format.js';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Six base62 digits of the CRC-32 in the trailer of a gzip file (RFC 1952 §2.3.1): another program's. */
function checksumOf(text: string): string {
  let rest = zlib.gzipSync(Buffer.from(text)).readUInt32LE(zlib.gzipSync(Buffer.from(text)).length - 8);
  let digits = '';
  for (let i = 0; i < 6; i++, rest = Math.floor(rest / 62)) digits = alphabet[rest % 62]! + digits;
  return digits;
}

const withChecksum = (body: string): string => body + checksumOf(body);

describe('generateApiKey', () => {
  it('makes prefix, 43 digits and a CRC-32 that another program agrees with', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.stringMatching(/^[a-z][a-z0-9]{1,15}$/),
        (bytes, prefix) => {
          const key = generateApiKey(prefix, { random: () => bytes });
          expect(key).toMatch(new RegExp(`^${prefix}_[0-9A-Za-z]{49}$`));
          expect(key.slice(-6)).toBe(checksumOf(key.slice(0, -6)));
          expect(isWellFormedKey(key, prefix)).toBe(true);
        },
      ),
    );
  });

  it('keeps leading zeros, of the random part and of the checksum', () => {
    expect(generateApiKey('acme', { random: (length) => new Uint8Array(length) })).toMatch(
      /^acme_0{43}[0-9A-Za-z]{6}$/,
    );
    let checked = 0;
    for (let i = 0; checked === 0; i++) {
      const key = generateApiKey('acme', {
        random: (length) => new Uint8Array(length).fill(i >> 8, 0, 8).fill(i & 255, 8),
      });
      if (key.at(-6) !== '0') continue;
      expect(key).toHaveLength(54);
      expect(isWellFormedKey(key, 'acme')).toBe(true);
      checked++;
    }
  });

  it('holds all 256 random bits', () => {
    const ones = generateApiKey('acme', { random: (length) => new Uint8Array(length).fill(255) });
    const digits = ones.slice(5, 48);
    const value = Array.from(digits).reduce((sum, digit) => sum * 62n + BigInt(alphabet.indexOf(digit)), 0n);
    expect(value).toBe(2n ** 256n - 1n);
  });

  it('asks for 32 bytes of randomness and never makes a key twice', () => {
    const lengths: number[] = [];
    const random = (length: number): Uint8Array => {
      lengths.push(length);
      return new Uint8Array(length);
    };
    generateApiKey('acme', { random });
    expect(lengths).toEqual([32]);
    expect(new Set(Array.from({ length: 200 }, () => generateApiKey('acme'))).size).toBe(200);
  });

  it.each(['', 'a', 'Acme', '1acme', 'ac_me', 'a'.repeat(17), 'acmé', 'acme\n', undefined, 5])(
    'refuses the prefix %j',
    (prefix) => {
      expect(isKeyPrefix(prefix)).toBe(false);
      expect(() => generateApiKey(prefix as string)).toThrow(TypeError);
    },
  );
});

describe('a key for an environment', () => {
  it('names it between prefix and digits, under the checksum', () => {
    const key = generateApiKey('acme', { environment: 'live' });
    expect(key).toMatch(/^acme_live_[0-9A-Za-z]{49}$/);
    expect(key.slice(-6)).toBe(checksumOf(key.slice(0, -6)));
  });

  it.each(['', 'a', 'Live', '1live', 'li_ve', 'x'.repeat(17), 5, null])('is not made for %j', (environment) => {
    expect(() => generateApiKey('acme', { environment: environment as string })).toThrow(TypeError);
  });

  const live = generateApiKey('acme', { environment: 'live' });
  const plain = generateApiKey('acme');
  it.each([
    ['its own', live, 'live', 'ours'],
    ['none where none is meant', plain, undefined, 'ours'],
    ['another', live, 'test', 'other-environment'],
    ['one that ours begins with', live, 'livex', 'other-environment'],
    ['one where none is meant', live, undefined, 'other-environment'],
    ['none where one is meant', plain, 'live', 'other-environment'],
    ['its own, renamed under an old checksum', live.replace('live', 'test'), 'test', 'malformed'],
    ['its own, left out under an old checksum', live.replace('live_', ''), undefined, 'malformed'],
    ['two', withChecksum(`acme_live_live_${'0'.repeat(43)}`), 'live', 'malformed'],
    ['an empty one', withChecksum(`acme__${'0'.repeat(43)}`), 'live', 'malformed'],
    ['a long one', withChecksum(`acme_${'x'.repeat(17)}_${'0'.repeat(43)}`), 'live', 'malformed'],
    ['another case', withChecksum(`acme_LIVE_${'0'.repeat(43)}`), 'live', 'malformed'],
  ])('of %s is told by its form', (_, key, environment, judged) => {
    expect(judgeKey(key, { prefix: 'acme', environment })).toBe(judged);
    expect(isWellFormedKey(key, 'acme', environment)).toBe(judged === 'ours');
  });

  it('is found by the pattern of leak scanners, as every key is', () => {
    const scanner = /\bacme_(?:[a-z][a-z0-9]{1,15}_)?[0-9A-Za-z]{49}\b/g;
    const text = `curl -H "X-API-Key: ${live}" # ${plain}\nKEY=${plain}x`;
    expect(text.match(scanner)).toEqual([live, plain]);
  });
});

describe('isWellFormedKey', () => {
  const key = generateApiKey('acme');
  const body = key.slice(0, -6);

  it.each([
    ['another prefix', generateApiKey('acne')],
    ['a prefix that the real one begins with', generateApiKey('ac')],
    ['a prefix that begins with the real one', generateApiKey('acmes')],
    ['one digit too few', withChecksum(body.slice(0, -1))],
    ['one digit too many', withChecksum(`${body}0`)],
    ['no underscore', withChecksum(body.replace('_', '-'))],
    ['a character outside of the alphabet', withChecksum(`${body.slice(0, -1)}-`)],
    ['a character beyond ASCII', withChecksum(`${body.slice(0, -1)}é`)],
    ['white space at the end', `${key} `],
    ['a line break at the end', `${key.slice(0, -1)}\n`],
    ['another case of the prefix', withChecksum(body.replace('acme', 'ACME'))],
    ['nothing', ''],
    ['the prefix alone', 'acme_'],
    ['JSON', '{"$ne":null}'],
  ])('refuses %s', (_, text) => {
    expect(isWellFormedKey(text, 'acme')).toBe(false);
  });

  it('refuses each single character changed, and every two neighbours swapped', () => {
    for (let i = 0; i < key.length; i++) {
      const other = key[i] === 'x' ? 'y' : 'x';
      expect(isWellFormedKey(key.slice(0, i) + other + key.slice(i + 1), 'acme')).toBe(false);
      const swapped = key.slice(0, i) + (key[i + 1] ?? '') + key[i]! + key.slice(i + 2);
      expect(isWellFormedKey(swapped, 'acme')).toBe(swapped === key);
    }
  });

  it('takes the checksum over all that precedes, whatever the digits say', () => {
    expect(isWellFormedKey(withChecksum(`acme_${'z'.repeat(43)}`), 'acme')).toBe(true);
    expect(isWellFormedKey(`acme_${'z'.repeat(43)}${checksumOf('z'.repeat(43))}`, 'acme')).toBe(false);
  });

  it('answers true or false for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 54, maxLength: 54 })), (text) => {
        expect(isWellFormedKey(text, 'acme')).toBe(false);
      }),
    );
  });
});
