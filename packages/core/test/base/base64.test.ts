import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeBase64, decodeBase64url, encodeBase64, encodeBase64url } from '../../src/base/base64.js';

const bytes = fc.uint8Array({ maxLength: 200 });
const asBuffer = (value: Uint8Array | undefined): Buffer | undefined => value && Buffer.from(value);

describe('base64url', () => {
  it('decodes what it encodes, and agrees with the platform (RFC 4648 §5)', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const text = encodeBase64url(value);
        expect(text).toBe(Buffer.from(value).toString('base64url'));
        expect(asBuffer(decodeBase64url(text))).toEqual(Buffer.from(value));
      }),
    );
  });

  it('has one spelling for each value: what decodes encodes to the same text (RFC 4648 §3.5)', () => {
    const alphabet = Array.from('AQgwZ_-09+/=. ');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 12 }), (text) => {
        const decoded = decodeBase64url(text);
        expect(decoded === undefined || encodeBase64url(decoded) === text).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['padding', 'QQ=='],
    ['one character too many', 'QUJDR'],
    ['a single character', 'A'],
    ['unused bits that are not zero, of four', 'QR'],
    ['unused bits that are not zero, of two', 'QUJ'.replace('J', 'F')],
    ['a character of plain base64', 'Q+_A'],
    ['a slash', 'Q/AA'],
    ['white space', 'QU JD'],
    ['a line break at the end', 'QUJD\n'],
    ['a character beyond ASCII', 'QUJé'],
    ['a character whose low byte is in the alphabet', `QUJ${String.fromCharCode(0x141)}`],
    ['a NUL', 'QUJ\0'],
  ])('refuses %s', (_, text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });

  it('takes the empty text for no bytes', () => {
    expect(decodeBase64url('')).toEqual(new Uint8Array());
    expect(encodeBase64url(new Uint8Array())).toBe('');
  });
});

describe('base64', () => {
  it('encodes as the platform does, with padding (RFC 4648 §4)', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(encodeBase64(value)).toBe(Buffer.from(value).toString('base64'));
      }),
    );
  });

  it('decodes what the platform encodes (RFC 4648 §4)', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(asBuffer(decodeBase64(Buffer.from(value).toString('base64')))).toEqual(Buffer.from(value));
      }),
    );
  });

  it.each([
    ['no padding where some is due', 'QQ'],
    ['half of the padding', 'QQ='],
    ['padding alone', '===='],
    ['padding in the middle', 'QQ==QUJD'],
    ['three signs of padding', 'Q==='],
    ['unused bits that are not zero', 'QR=='],
    ['a character of base64url', 'Q-_A'],
    ['a line break', 'QUJD\nQUJD'],
  ])('refuses %s', (_, text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});

it('decoding answers bytes or undefined for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const decoded of [decodeBase64(text), decodeBase64url(text)])
        expect(decoded === undefined || decoded instanceof Uint8Array).toBe(true);
    }),
  );
});
