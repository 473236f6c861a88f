import { generateKeyPairSync } from 'node:crypto';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findJwkFault } from '../../src/crypto/jwk.js';
import { makeKeyPair } from '../fixtures/signatures.js';

const rsa = makeKeyPair('RS256').jwk;
const ec = makeKeyPair('ES256').jwk;
const okp = makeKeyPair('EdDSA').jwk;
const text = (bytes: number[] | Uint8Array): string => Buffer.from(bytes).toString('base64url');
const modulus = Buffer.from(rsa['n'] as string, 'base64url');
const resized = (bits: number): string => {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  bytes[0] = 0xff >> (bytes.length * 8 - bits);
  return text(bytes);
};

describe('findJwkFault', () => {
  it.each([
    ['RSA', rsa],
    ['RSA for one algorithm', { ...rsa, alg: 'PS384', use: 'sig', key_ops: ['verify'] }],
    ['RSA with exponent 3', { ...rsa, e: 'Aw' }],
    ['RSA of 2048 bits exactly', { ...rsa, n: resized(2048) }],
    ['RSA of 16384 bits exactly', { ...rsa, n: resized(16_384) }],
    ['P-256', { ...ec, alg: 'ES256' }],
    ['P-384', makeKeyPair('ES384').jwk],
    ['P-521', makeKeyPair('ES512').jwk],
    ['Ed25519 under its old name', { ...okp, alg: 'EdDSA' }],
    ['Ed25519 under its own name (RFC 9864 §2.2)', { ...okp, alg: 'Ed25519' }],
    ['a key with members that nobody knows', { ...ec, x5c: ['…'], extra: { a: 1 } }],
    ['a key without kid', { ...ec, kid: undefined }],
  ])('takes %s', (_, jwk) => {
    expect(findJwkFault(jwk)).toBeUndefined();
  });

  it.each([
    ['null', null, 'malformed-key'],
    ['a text', 'key', 'malformed-key'],
    ['a list', [], 'malformed-key'],
    ['no kty', {}, 'unknown-key-type'],
    ['a kty that every object has', { kty: 'constructor' }, 'unknown-key-type'],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }, 'symmetric-key-published'],
    [
      'a private RSA key',
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
      'private-key-published',
    ],
    ['a private EC key', { ...ec, d: 'AAAA' }, 'private-key-published'],
    ['a private key for encryption', { ...ec, d: 'AAAA', use: 'enc' }, 'private-key-published'],
    ['a private RSA key without d', { ...rsa, p: 'AAAA' }, 'private-key-published'],
    ['a public key with k', { ...rsa, k: 'AAAA' }, 'private-key-published'],
    ['a key for encryption (RFC 7517 §4.2)', { ...rsa, use: 'enc' }, 'not-a-verification-key'],
    ['use that is no text', { ...rsa, use: ['sig'] }, 'not-a-verification-key'],
    ['key_ops without verify (RFC 7517 §4.3)', { ...rsa, key_ops: ['sign'] }, 'not-a-verification-key'],
    ['key_ops that are no list', { ...rsa, key_ops: 'verify' }, 'not-a-verification-key'],
    [
      'use and key_ops that contradict each other',
      { ...rsa, use: 'sig', key_ops: ['encrypt'] },
      'not-a-verification-key',
    ],
    ['a kid that is no text', { ...rsa, kid: 1 }, 'malformed-key'],
    ['alg of another type', { ...rsa, alg: 'ES256' }, 'unknown-key-type'],
    ['alg of another curve', { ...ec, alg: 'ES384' }, 'unknown-key-type'],
    ['alg for encryption', { ...rsa, alg: 'RSA-OAEP' }, 'unknown-key-type'],
    ['alg none', { ...rsa, alg: 'none' }, 'unknown-key-type'],
    ['alg that is no text', { ...rsa, alg: 256 }, 'unknown-key-type'],
    ['RSA of 1024 bits (RFC 7518 §3.3)', { ...rsa, n: resized(1024) }, 'weak-key'],
    ['RSA of 2047 bits', { ...rsa, n: resized(2047) }, 'weak-key'],
    ['RSA of 16385 bits', { ...rsa, n: resized(16_385) }, 'weak-key'],
    ['an even modulus', { ...rsa, n: text([...modulus.subarray(0, -1), 2]) }, 'weak-key'],
    ['exponent 1', { ...rsa, e: 'AQ' }, 'weak-key'],
    ['exponent 2', { ...rsa, e: 'Ag' }, 'weak-key'],
    ['an even exponent', { ...rsa, e: text([1, 0, 0]) }, 'weak-key'],
    ['an exponent of nine bytes', { ...rsa, e: text([1, 0, 0, 0, 0, 0, 0, 0, 1]) }, 'weak-key'],
    ['an exponent of zero', { ...rsa, e: 'AA' }, 'malformed-key'],
    ['an empty exponent', { ...rsa, e: '' }, 'malformed-key'],
    ['no modulus', { ...rsa, n: undefined }, 'malformed-key'],
    ['a modulus with a leading zero (RFC 7518 §2)', { ...rsa, n: text([0, ...modulus]) }, 'malformed-key'],
    ['a modulus in plain base64', { ...rsa, n: `${modulus.toString('base64')}==` }, 'malformed-key'],
    ['a modulus that is a number', { ...rsa, n: 5 }, 'malformed-key'],
    ['a curve that nobody knows', { ...ec, crv: 'secp256k1' }, 'unknown-key-type'],
    ['a curve that every object has', { ...ec, crv: 'toString' }, 'unknown-key-type'],
    ['X25519', { ...okp, crv: 'X25519' }, 'unknown-key-type'],
    ['Ed448', { ...okp, crv: 'Ed448' }, 'unknown-key-type'],
    ['a coordinate that is too short', { ...ec, x: text(new Uint8Array(31)) }, 'malformed-key'],
    [
      'a coordinate with a zero too many',
      { ...ec, y: text([0, ...Buffer.from(ec['y'] as string, 'base64url')]) },
      'malformed-key',
    ],
    ['no y', { ...ec, y: undefined }, 'malformed-key'],
    ['an Ed25519 key that is too long', { ...okp, x: text(new Uint8Array(33)) }, 'malformed-key'],
  ])('refuses %s', (_, jwk, fault) => {
    expect(findJwkFault(jwk as never)).toBe(fault);
  });

  it.each([
    ['the identity', `01${'00'.repeat(31)}`],
    ['the identity with a sign', `01${'00'.repeat(30)}80`],
    ['order 2', `ec${'ff'.repeat(30)}7f`],
    ['order 4', '00'.repeat(32)],
    ['order 4, the other', `${'00'.repeat(31)}80`],
    ['order 8', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['order 8, negative', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'],
    ['order 8, the second', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['order 8, the second negative', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
    ['order 4 in another spelling', `ed${'ff'.repeat(30)}7f`],
    ['the identity in another spelling', `ee${'ff'.repeat(30)}7f`],
  ])('refuses an Ed25519 key of small order, which signs everything: %s (RFC 8032 §5.1.7)', (_, hex) => {
    expect(findJwkFault({ kty: 'OKP', crv: 'Ed25519', x: text(Buffer.from(hex, 'hex')) })).toBe('weak-key');
  });

  it('answers a fault or nothing for any JSON', () => {
    const member = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('RSA', 'EC', 'OKP', 'P-256', 'Ed25519', 'AQAB'),
    );
    const jwk = fc.record(
      {
        kty: member,
        crv: member,
        n: member,
        e: member,
        x: member,
        y: member,
        alg: member,
        use: member,
        key_ops: member,
        kid: member,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), jwk), (value) => {
        expect(['string', 'undefined']).toContain(typeof findJwkFault(value as never));
      }),
      { numRuns: 1000 },
    );
  });
});
