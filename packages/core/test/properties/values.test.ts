import { isIP } from 'node:net';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeBase64, decodeBase64url, encodeBase64, encodeBase64url } from '../../src/base/base64.js';
import { parseTime } from '../../src/base/time.js';
import { createAddressSet, isAddressRange, parseAddress } from '../../src/http/addresses.js';
import { generateApiKey, isWellFormedKey } from '../../src/schemes/api-key/key-format.js';
import { madeOf, mutated, noise } from './arbitrary.js';

describe.each([
  ['base64url', decodeBase64url, encodeBase64url],
  ['base64', decodeBase64, encodeBase64],
] as const)('%s', (name, decode, encode) => {
  const bytes = fc.uint8Array({ maxLength: 300 });

  it('decodes what it encodes, as the platform does', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(encode(value)).toBe(Buffer.from(value).toString(name));
        expect(Buffer.from(decode(encode(value))!)).toEqual(Buffer.from(value));
      }),
    );
  });

  it('takes the one spelling of each value and nothing else (RFC 4648 §3.5)', () => {
    const text = fc.oneof(
      noise,
      madeOf('QUJD', 'QQ', 'QR', 'QUI', '=', '-', '_', '+', '/', ' ', '\n', 'Ł'),
      mutated(bytes.map(encode), fc.constantFrom('A', 'B', '=', '+', '_', ' ', '\0', 'ŁŁ', '')),
    );
    fc.assert(
      fc.property(text, (each) => {
        // The platform skips what it does not know; what it makes of the text has one spelling again.
        const canonical = Buffer.from(each, name).toString(name);
        const decoded = decode(each);
        expect(decoded && Buffer.from(decoded)).toEqual(canonical === each ? Buffer.from(each, name) : undefined);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('parseTime', () => {
  const instant = fc.integer({ min: Date.UTC(0, 0, 1), max: Date.UTC(9999, 11, 31) });

  it('reads what the platform writes, in any zone (RFC 3339 §5.6)', () => {
    const zone = fc.tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
    fc.assert(
      fc.property(instant, zone, (ms, [sign, hours, minutes]) => {
        const offset = (hours * 60 + minutes) * 60_000 * (sign === '+' ? 1 : -1);
        const local = new Date(ms + offset).toISOString();
        expect(parseTime(new Date(ms).toISOString())).toBe(ms / 1000);
        fc.pre(/^\d{4}-/.test(local));
        const written = `${local.slice(0, -1)}${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
        expect(parseTime(written)).toBe(ms / 1000);
      }),
    );
  });

  it('answers a finite number or nothing for any value, and for any text that is nearly a time', () => {
    const near = mutated(
      instant.map((ms) => new Date(ms).toISOString()),
      fc.constantFrom('0', '9', ':', '-', 'Z', ' ', '+', 'T', '.'),
    );
    const shape = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
    fc.assert(
      fc.property(fc.oneof(noise, near, fc.anything()), (value) => {
        const found = parseTime(value);
        const isTime = typeof value === 'string' ? shape.test(value) : found === value;
        expect(found === undefined || (Number.isFinite(found) && isTime)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('parseAddress', () => {
  const ip = fc.oneof(fc.ipV4(), fc.ipV6());
  const near = fc.oneof(
    mutated(ip, fc.constantFrom(':', '.', '0', 'f', '%', '/', '::', '-', ' ')),
    madeOf('::', ':', 'ffff', '0', '127.0.0.1', '.', '255', '256', '%', 'eth0', '0x7f', '1'),
    fc.ipV4Extended(),
    noise,
  );

  it('takes what the platform takes for an address, and nothing else (RFC 4291 §2.2)', () => {
    fc.assert(
      fc.property(fc.oneof(ip, near), (text) => {
        const found = parseAddress(text);
        // A zone names an interface of this machine: it is dropped, and its spelling is not judged alike everywhere.
        const isAddress = text.includes('%') ? found !== undefined : isIP(text) !== 0;
        expect([found !== undefined, isIP(found ?? '') !== 0]).toEqual([isAddress, isAddress]);
      }),
      { numRuns: 3000 },
    );
  });

  it.each(['::ffff:0x7f.0.0.1', '::ffff:0177.0.0.1', '64:ff9b::01.2.3.4', '::1.2.3.0x4%eth0'])(
    'refuses %s: within IPv6 too, IPv4 is four plain decimals (RFC 4291 §2.2)',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  it('has one form for each address: it stays as it is when it is read again', () => {
    fc.assert(
      fc.property(fc.oneof(ip, near), (text) => {
        const found = parseAddress(text);
        expect(found && parseAddress(found)).toBe(found);
      }),
      { numRuns: 1000 },
    );
  });

  it('gives every spelling of one address the same form: in full, in capitals, mapped into IPv6 (RFC 4291 §2.5.5.2)', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, fc.ipV4(), (numbers, v4) => {
        const short = numbers.map((number) => number.toString(16)).join(':');
        const full = numbers.map((number) => number.toString(16).padStart(4, '0')).join(':');
        expect(parseAddress(full.toUpperCase())).toBe(parseAddress(short));
        expect(parseAddress(`::ffff:${v4}`)).toBe(parseAddress(v4));
      }),
      { numRuns: 500 },
    );
  });

  it('holds ranges to their bits: an address is in one exactly when its first bits are', () => {
    const bitsOf = (text: string): string =>
      text
        .split('.')
        .map((part) => Number(part).toString(2).padStart(8, '0'))
        .join('');
    const toAddress = (bits: string): string =>
      bits
        .match(/.{8}/g)!
        .map((part) => Number.parseInt(part, 2))
        .join('.');
    fc.assert(
      fc.property(fc.ipV4(), fc.nat({ max: 32 }), fc.ipV4(), fc.nat({ max: 31 }), (base, length, other, flip) => {
        const prefix = bitsOf(base).slice(0, length);
        const range = `${toAddress(prefix.padEnd(32, '0'))}/${length}`;
        expect(isAddressRange(range)).toBe(true);
        const neighbour = toAddress(
          `${bitsOf(base).slice(0, flip)}${1 - Number(bitsOf(base)[flip])}${bitsOf(base).slice(flip + 1)}`,
        );
        for (const address of [base, other, neighbour])
          expect(createAddressSet([range]).has(address)).toBe(bitsOf(address).startsWith(prefix));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isWellFormedKey', () => {
  const prefix = fc.stringMatching(/^[a-z][a-z0-9]{1,15}$/);
  const random = fc.uint8Array({ minLength: 32, maxLength: 32 });

  it('finds every change of one character and every swap of two neighbours', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(...Array.from('0123456789ABCXYZabcxyz_-. é')), fc.boolean());
    const form = fc.tuple(prefix, fc.option(prefix, { nil: undefined }));
    fc.assert(
      fc.property(form, random, change, ([product, environment], bytes, [at, char, swap]) => {
        const options = { random: () => bytes, ...(environment !== undefined && { environment }) };
        const key = generateApiKey(product, options);
        expect(isWellFormedKey(key, product, environment)).toBe(true);
        const i = at % (key.length - 1);
        const changed = swap
          ? key.slice(0, i) + key[i + 1]! + key[i]! + key.slice(i + 2)
          : key.slice(0, i) + char + key.slice(i + 1);
        expect(isWellFormedKey(changed, product, environment)).toBe(changed === key);
      }),
      { numRuns: 2000 },
    );
  });

  it('answers any text', () => {
    const text = fc.oneof(
      noise,
      madeOf('acme_', '0', 'Z', '_'),
      prefix.map((product) => `${product}_${'0'.repeat(49)}`),
    );
    fc.assert(
      fc.property(text, (key) => {
        expect(typeof isWellFormedKey(key, 'acme')).toBe('boolean');
      }),
    );
  });
});
