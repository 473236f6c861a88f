import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseCertificate } from '../../../src/schemes/mtls/certificate.js';
import { findChain } from '../../../src/schemes/mtls/chain.js';
import {
  DerReader,
  MalformedDer,
  readBoolean,
  readDer,
  readInteger,
  readNamedBits,
  readOid,
  readTime,
} from '../../../src/schemes/mtls/der.js';
import { parseRevocationList } from '../../../src/schemes/mtls/revocation.js';
import { readPem } from '../../../src/schemes/mtls/pem.js';
import { chainOf, now, pemFile } from '../../fixtures/certificates.js';

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');
const text = (tag: number, value: string): Uint8Array =>
  Buffer.concat([Buffer.of(tag, value.length), Buffer.from(value)]);

describe('DER', () => {
  it.each([
    ['an indefinite length (X.690 §10.1)', '30800201010000'],
    ['a length in a long form that need not be', '04810100'],
    ['a length with a leading zero', '0482008000'],
    ['a length of five bytes', '04850000000001'],
    ['a tag of several bytes', '1f8101020101'],
    ['a value that is cut off', '0405aabb'],
    ['bytes after the end', '02010100'],
    ['nothing', ''],
  ])('refuses %s', (_, bytes) => {
    expect(() => readDer(hex(bytes))).toThrow(MalformedDer);
  });

  it.each([
    ['a boolean of 01', () => readBoolean(readDer(hex('010101')))],
    ['an integer with a leading zero (X.690 §8.3.2)', () => readInteger(readDer(hex('02020001')))],
    ['an integer with a leading ff', () => readInteger(readDer(hex('0202ff80')))],
    ['an empty integer', () => readInteger(readDer(hex('0200')))],
    [
      'an object identifier with a leading 80 (X.690 §8.19.2)',
      () => readOid(readDer(hex('06038080 01'.replace(' ', '')))),
    ],
    ['an object identifier that is cut off', () => readOid(readDer(hex('060181')))],
    ['an object identifier without end', () => readOid(readDer(hex(`0620${'ff'.repeat(32)}`)))],
    ['a bit string whose unused bits are set (X.690 §11.2)', () => readNamedBits(readDer(hex('03020181')))],
    ['a day that no month has', () => readTime(readDer(text(0x17, '250230000000Z')))],
    ['a time without seconds (RFC 5280 §4.1.2.5.1)', () => readTime(readDer(text(0x17, '2501010000Z')))],
    ['a time with a zone', () => readTime(readDer(text(0x17, '250101000000+0100')))],
    ['a time with a fraction (RFC 5280 §4.1.2.5.2)', () => readTime(readDer(text(0x18, '20250101000000.5Z')))],
  ])('refuses %s', (_, read) => {
    expect(read).toThrow(MalformedDer);
  });

  it('reads both forms of time (RFC 5280 §4.1.2.5)', () => {
    expect(readTime(readDer(text(0x17, '491231235959Z')))).toBe(Date.UTC(2049, 11, 31, 23, 59, 59) / 1000);
    expect(readTime(readDer(text(0x17, '500101000000Z')))).toBe(Date.UTC(1950, 0, 1) / 1000);
    expect(readTime(readDer(text(0x18, '20500101000000Z')))).toBe(Date.UTC(2050, 0, 1) / 1000);
  });

  it('reads object identifiers', () => {
    expect(readOid(readDer(hex('06092a864886f70d01010b')))).toBe('1.2.840.113549.1.1.11');
    expect(readOid(readDer(hex('0603883703')))).toBe('2.999.3');
  });

  it('reads one value after another, and knows its end', () => {
    const reader = new DerReader(hex('0101ff0500'));
    expect(reader.optional(0x02)).toBeUndefined();
    expect(reader.next(0x01).content).toEqual(hex('ff'));
    expect(reader.done).toBe(false);
    expect(() => reader.end()).toThrow(MalformedDer);
    reader.next(0x05);
    expect(() => reader.end()).not.toThrow();
  });
});

describe('certificates and revocation lists', () => {
  const [leaf] = chainOf('payments');
  const [list] = readPem(pemFile('clients.crl'), 'X509 CRL')!;

  it('answer random bytes with MalformedDer alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => parseCertificate(bytes)).toThrow(MalformedDer);
        expect(() => parseRevocationList(bytes)).toThrow(MalformedDer);
      }),
    );
  });

  it('with one bit changed are malformed, or not trusted', async () => {
    const anchors = chainOf('clients-ca').map(parseCertificate);
    const search = { anchors, intermediates: [], maxLength: 5, now, usage: '1.3.6.1.5.5.7.3.2' };
    for (let bit = 0; bit < leaf!.length * 8; bit += 3) {
      const changed = Uint8Array.from(leaf!);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const found = await Promise.resolve()
        .then(() => findChain(parseCertificate(changed), search))
        .catch((error: unknown) => (error instanceof MalformedDer ? 'malformed' : error));
      expect(found).toBeTypeOf('string');
    }
  });

  it('with one byte taken away are malformed', () => {
    for (let at = 0; at < list!.length; at++) {
      const cut = Uint8Array.from([...list!.subarray(0, at), ...list!.subarray(at + 1)]);
      expect(() => parseRevocationList(cut), `byte ${at}`).toThrow(MalformedDer);
    }
  });
});
