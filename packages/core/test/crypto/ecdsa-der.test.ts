import { createPublicKey, verify } from 'node:crypto';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ecdsaToDer } from '../../src/crypto/ecdsa-der.js';
import { dataOf, makeKeyPair } from '../fixtures/signatures.js';

/** Reads DER strictly: lengths in their shortest form, numbers positive and without a zero too many. */
function readDer(der: Uint8Array, half: number): Buffer {
  const long = der[1] === 0x81;
  const start = long ? 3 : 2;
  expect(der[0]).toBe(0x30);
  expect(der[start - 1]).toBe(der.length - start);
  expect(long).toBe(der.length - start >= 128);
  const numbers: Buffer[] = [];
  for (let at = start; at < der.length;) {
    const [tag, length = 0] = [der[at], der[at + 1]];
    const number = Buffer.from(der.subarray(at + 2, at + 2 + length));
    expect(tag).toBe(2);
    expect(number[0]! < 0x80).toBe(true);
    expect(number.length === 1 || number[0] !== 0 || number[1]! >= 0x80).toBe(true);
    numbers.push(Buffer.concat([Buffer.alloc(half), number]).subarray(-half));
    at += 2 + length;
  }
  expect(numbers).toHaveLength(2);
  return Buffer.concat(numbers);
}

describe.each([
  ['ES256', 'sha256', 32],
  ['ES384', 'sha384', 48],
  ['ES512', 'sha512', 66],
] as const)('ecdsaToDer for %s', (algorithm, digest, half) => {
  it('keeps what verifies: 1000 random signatures (RFC 3279 §2.2.3)', () => {
    const pair = makeKeyPair(algorithm);
    const key = createPublicKey({ key: pair.jwk, format: 'jwk' });
    let good = 0;
    for (let i = 0; i < 1000; i++) {
      const data = dataOf(`message ${i}`);
      const signature = pair.sign(data);
      const der = ecdsaToDer(signature);
      expect(readDer(der, half)).toEqual(Buffer.from(signature));
      good += Number(verify(digest, data, key, der));
    }
    expect(good).toBe(1000);
  }, 60_000);

  it('keeps any two numbers, with leading zeros and leading ones', () => {
    const number = fc
      .tuple(
        fc.constantFrom(0, half - 1, 1, 2),
        fc.constantFrom(0x7f, 0x80, 0xff, 0, 1),
        fc.uint8Array({ minLength: half, maxLength: half }),
      )
      .map(([zeros, first, bytes]) =>
        Buffer.from(bytes)
          .fill(0, 0, zeros)
          .fill(first, zeros, zeros + 1),
      );
    fc.assert(
      fc.property(number, number, (r, s) => {
        expect(readDer(ecdsaToDer(Buffer.concat([r, s])), half)).toEqual(Buffer.concat([r, s]));
      }),
    );
  });
});
