import {
  constants,
  createHash,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from 'node:crypto';

import { CompactSign, compactVerify, exportJWK, generateKeyPair, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';

import { asymmetricAlgorithms, findAlgorithm, symmetricAlgorithms } from '../../src/crypto/algorithms.js';
import type { CryptoBackend, SignatureAlgorithm } from '../../src/crypto/crypto.js';
import { findJwkFault } from '../../src/crypto/jwk.js';
import { ecdsaToDer } from '../../src/crypto/ecdsa-der.js';
import { crypto as nodeBackend } from '../../src/crypto/node.js';
import { crypto as webBackend } from '../../src/crypto/web.js';
import { isPromise } from '../../src/base/awaitable.js';
import { dataOf, makeKeyPair, type KeyPair } from '../fixtures/signatures.js';

const backends: readonly (readonly [string, CryptoBackend])[] = [
  ['node', nodeBackend],
  ['web', webBackend],
];
const algorithms = [...asymmetricAlgorithms, ...symmetricAlgorithms];
const pairs = new Map<string, KeyPair>();
const pairOf = (algorithm: string): KeyPair => {
  let pair = pairs.get(algorithm);
  if (pair === undefined) pairs.set(algorithm, (pair = makeKeyPair(algorithm)));
  return pair;
};
const other = new Map<string, KeyPair>();
const otherOf = (algorithm: string): KeyPair => {
  let pair = other.get(algorithm);
  if (pair === undefined) other.set(algorithm, (pair = makeKeyPair(algorithm)));
  return pair;
};
const data = dataOf('header.claims');
/** Numbers of EdDSA stand with their last byte first. */
const hexBackwards = (bytes: Uint8Array): string => Buffer.from(bytes.toReversed()).toString('hex');
const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const flipped = Uint8Array.from(bytes);
  flipped[bit >> 3]! ^= 1 << (bit & 7);
  return flipped;
};
const everyBit = (bytes: Uint8Array, step: number): Uint8Array[] =>
  Array.from({ length: Math.ceil((bytes.length * 8) / step) }, (_, i) => flip(bytes, i * step));

type Change = (good: Uint8Array, pair: KeyPair) => readonly Uint8Array[];
const changes: readonly (readonly [string, Change])[] = [
  ['every fifth bit flipped by itself', (good) => everyBit(good, 5)],
  ['the last byte cut off', (good) => [good.subarray(0, -1)]],
  ['the first byte cut off', (good) => [good.subarray(1)]],
  ['half of it', (good) => [good.subarray(0, good.length / 2)]],
  ['a byte more', (good) => [Uint8Array.from([...good, 0]), Uint8Array.from([0, ...good])]],
  ['it twice', (good) => [Uint8Array.from([...good, ...good])]],
  ['nothing', () => [new Uint8Array()]],
  ['zeros of its length', (good) => [new Uint8Array(good.length)]],
  ['ones of its length', (good) => [new Uint8Array(good.length).fill(255)]],
  ['random bytes of its length', (good) => [randomBytes(good.length)]],
  ['that of other data', (_, pair) => [pair.sign(dataOf('header.claim'))]],
  ['that of another key', (_, { algorithm }) => [otherOf(algorithm).sign(data)]],
  ['the data itself', () => [data]],
];

type Signer = readonly [title: string, make: () => KeyPairKeyObjectResult, algorithm: SignatureAlgorithm];
const rsa = (): KeyPairKeyObjectResult => generateKeyPairSync('rsa', { modulusLength: 2048 });
const spkiOf = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' });
/** Keys of authorities. */
const signers: readonly Signer[] = [
  ...(['sha256', 'sha384', 'sha512'] as const).flatMap((digest, index): Signer[] => [
    [`RSA and ${digest}`, rsa, { kind: 'rsa', digest }],
    [`RSA-PSS and ${digest}`, rsa, { kind: 'rsa-pss', digest, saltLength: 32 }],
    [
      `P-${[256, 384, 521][index]} and ${digest}`,
      () => generateKeyPairSync('ec', { namedCurve: `P-${[256, 384, 521][index]}` }),
      { kind: 'ecdsa', digest },
    ],
  ]),
  ['P-384 and sha256', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }), { kind: 'ecdsa', digest: 'sha256' }],
  ['Ed25519', () => generateKeyPairSync('ed25519'), { kind: 'ed25519' }],
];

describe.each(backends)('the back end %s', (_name, backend) => {
  it.each(algorithms)('verifies a signature of node:crypto with %s', async (algorithm) => {
    const key = await pairOf(algorithm).import(backend);
    expect(key.fits(algorithm)).toBe(true);
    expect(await key.verify(algorithm, pairOf(algorithm).sign(data), data)).toBe(true);
    expect(await key.verify(algorithm, pairOf(algorithm).sign(new Uint8Array()), new Uint8Array())).toBe(true);
  });

  describe.each(changes)('refuses %s', (_title, change) => {
    it.each(algorithms)('with %s (RFC 7515 §5.2)', async (algorithm) => {
      const pair = pairOf(algorithm);
      const key = await pair.import(backend);
      const verdicts = await Promise.all(
        change(pair.sign(data), pair).map(async (signature) => key.verify(algorithm, signature, data)),
      );
      expect(verdicts.length).toBeGreaterThan(0);
      expect(verdicts).not.toContain(true);
    });
  });

  it.each(signers)(
    'verifies what %s has signed of a certificate, and nothing else (RFC 5280 §4.1.1.2)',
    async (_signer, make, algorithm) => {
      const [{ publicKey, privateKey }, stranger] = [make(), make()];
      const spki = spkiOf(publicKey);
      const digest = algorithm.kind === 'ed25519' ? null : algorithm.digest;
      const pss = algorithm.kind === 'rsa-pss' && {
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: algorithm.saltLength,
      };
      const signature = sign(digest, data, { key: privateKey, ...pss });
      const verify = async (changed: object = {}): Promise<boolean> =>
        backend.verifySigned({ spki, algorithm, signature, data, ...changed });
      expect(await verify()).toBe(true);
      const otherwise: readonly object[] = [
        ...everyBit(signature, 97).map((flipped) => ({ signature: flipped })),
        { signature: signature.subarray(1) },
        { signature: new Uint8Array() },
        { data: dataOf('header.claim') },
        { spki: spkiOf(stranger.publicKey) },
        { spki: spki.subarray(1) },
        ...(digest === null
          ? []
          : [{ algorithm: { ...algorithm, digest: digest === 'sha256' ? 'sha384' : 'sha256' } }]),
        ...(pss === false
          ? []
          : [{ algorithm: { ...algorithm, saltLength: pss.saltLength - 1 } }, { algorithm: { kind: 'rsa', digest } }]),
      ];
      for (const changed of otherwise) expect([changed, await verify(changed)]).toEqual([changed, false]);
    },
  );

  it.each(['ES256', 'ES384', 'ES512'])(
    'refuses the DER form of a good signature with %s (RFC 7518 §3.4)',
    async (algorithm) => {
      const pair = pairOf(algorithm);
      const key = await pair.import(backend);
      expect(await key.verify(algorithm, pair.sign(data, { dsaEncoding: 'der' }), data)).toBe(false);
      expect(await key.verify(algorithm, ecdsaToDer(pair.sign(data)), data)).toBe(false);
    },
  );

  it.each([
    ['ES256', 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'],
    ['ES384', 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973'],
    ['ES512', `1${'f'.repeat(65)}a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`],
  ])(
    'refuses r or s that is zero or the order, and takes n minus s, with %s (CVE-2022-21449)',
    async (algorithm, hex) => {
      const pair = pairOf(algorithm);
      const key = await pair.import(backend);
      const good = Buffer.from(pair.sign(data));
      const half = good.length / 2;
      const [r, s] = [good.subarray(0, half), good.subarray(half)];
      const n = BigInt(`0x${hex}`);
      const number = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(half * 2, '0'), 'hex');
      const zero = number(0n);
      const order = number(n);
      const bad = [
        [zero, s],
        [r, zero],
        [zero, zero],
        [order, s],
        [r, order],
        [order, order],
        [number(1n), number(1n)],
      ];
      for (const parts of bad) expect(await key.verify(algorithm, Buffer.concat(parts), data)).toBe(false);
      const highS = number(n - BigInt(`0x${s.toString('hex')}`));
      expect(await key.verify(algorithm, Buffer.concat([r, highS]), data)).toBe(true);
    },
  );

  it.each(['256', '384', '512'])(
    'refuses PKCS#1 signatures as PSS and the other way round with %s bits (RFC 7518 §3.5)',
    async (bits) => {
      const pair = pairOf(`RS${bits}`);
      const key = await pair.import(backend);
      const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
      expect(await key.verify(`PS${bits}`, pair.sign(data, pss), data)).toBe(true);
      expect(await key.verify(`PS${bits}`, pair.sign(data), data)).toBe(false);
      expect(await key.verify(`RS${bits}`, pair.sign(data, pss), data)).toBe(false);
      for (const saltLength of [0, 20, constants.RSA_PSS_SALTLEN_MAX_SIGN])
        expect(await key.verify(`PS${bits}`, pair.sign(data, { ...pss, saltLength }), data)).toBe(false);
    },
  );

  it('refuses a signature of the same key under another digest', async () => {
    for (const [signed, named] of [
      ['RS256', 'RS384'],
      ['PS512', 'PS256'],
      ['HS256', 'HS512'],
      ['HS512', 'HS256'],
    ] as const) {
      const key = await pairOf(signed).import(backend);
      expect(await key.verify(named, pairOf(signed).sign(data), data)).toBe(false);
    }
  });

  it('refuses S that is not below the order of the group with EdDSA (RFC 8032 §5.1.7)', async () => {
    const pair = pairOf('EdDSA');
    const key = await pair.import(backend);
    const good = Buffer.from(pair.sign(data));
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${hexBackwards(good.subarray(32))}`) + order;
    const high = Buffer.from(hexBackwards(Buffer.from(s.toString(16).padStart(64, '0'), 'hex')), 'hex');
    expect(await key.verify('EdDSA', Buffer.concat([good.subarray(0, 32), high]), data)).toBe(false);
    expect(await key.verify('Ed25519', good, data)).toBe(true);
  });

  it.each([
    ['the identity', `01${'00'.repeat(31)}`],
    ['a point of order 2', `ec${'ff'.repeat(30)}7f`],
    ['a point of order 4', '00'.repeat(32)],
  ])('takes no Ed25519 key that signs everything: %s (RFC 8032 §5.1.7, small order)', async (_, hex) => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex, 'hex').toString('base64url') };
    const identity = Buffer.concat([Buffer.from(`01${'00'.repeat(31)}`, 'hex'), Buffer.alloc(32)]);
    const accepts = async (): Promise<number> => {
      const key = await backend.importPublicKey(jwk);
      const texts = Array.from({ length: 32 }, (__, i) => dataOf(`message ${i}`));
      const verdicts = await Promise.all(texts.map(async (text) => key.verify('EdDSA', identity, text)));
      return verdicts.filter(Boolean).length;
    };
    // Keys pass the look at the JWK before a back end sees them.
    expect(findJwkFault(jwk) === undefined ? await accepts().catch(() => 0) : 0).toBe(0);
  });

  it.each([
    ['a point off its curve', { ...makeKeyPair('ES256').jwk, y: Buffer.alloc(32, 1).toString('base64url') }],
    ['the point at infinity in zeros', { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) }],
    ['a coordinate beyond the field', { ...makeKeyPair('ES256').jwk, x: Buffer.alloc(32, 255).toString('base64url') }],
  ])('refuses to import %s (CVE-2017-16007)', async (_, jwk) => {
    const load = async () => backend.importPublicKey(jwk);
    await expect(load()).rejects.toBeInstanceOf(Error);
  });

  it('keeps keyid and own algorithm, and drops private and foreign members of a JWK', async () => {
    const { jwk } = makeKeyPair('ES256');
    const key = await backend.importPublicKey({ ...jwk, alg: 'ES256', d: 'AAAA', x5c: ['x'], key_ops: ['sign'] });
    expect([key.keyid, key.algorithm]).toEqual(['k1', 'ES256']);
    expect((await backend.importPublicKey(jwk)).algorithm).toBeUndefined();
  });

  it.each([
    ['RS256', 'RS256', true],
    ['RS256', 'PS512', true],
    ['RS256', 'ES256', false],
    ['RS256', 'HS256', false],
    ['ES256', 'ES384', false],
    ['ES384', 'ES384', true],
    ['EdDSA', 'Ed25519', true],
    ['Ed25519', 'EdDSA', true],
    ['EdDSA', 'ES256', false],
    ['HS256', 'HS512', true],
    ['HS256', 'RS256', false],
    ['ES256', 'none', false],
    ['ES256', 'es256', false],
    ['ES256', '__proto__', false],
  ])('says of a key for %s whether it fits %s: %s', async (own, asked, fits) => {
    expect((await pairOf(own).import(backend)).fits(asked)).toBe(fits);
  });

  it.each([
    ['RS256', 'RS256', true],
    ['RS256', 'RS512', false],
    ['RS256', 'PS256', false],
    ['EdDSA', 'Ed25519', true],
    ['Ed25519', 'EdDSA', true],
  ])('holds a key whose alg is %s to it when asked for %s (RFC 7517 §4.4)', async (own, asked, fits) => {
    const key = await backend.importPublicKey({ ...pairOf(own).jwk, alg: own });
    expect(key.fits(asked)).toBe(fits);
  });

  it('hashes as node:crypto does', () => {
    for (const length of [0, 1, 55, 56, 64, 1000])
      expect(Buffer.from(backend.sha256(new Uint8Array(length)))).toEqual(
        createHash('sha256').update(new Uint8Array(length)).digest(),
      );
    for (const text of ['', 'acme_key', 'é€\u{1f511}'])
      expect(backend.sha256Text(text)).toBe(createHash('sha256').update(text).digest('base64url'));
  });
});

describe('the two back ends', () => {
  it.each(asymmetricAlgorithms)('agree with jose on its own signatures with %s', async (algorithm) => {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    const jwk = await exportJWK(publicKey);
    const token = await new CompactSign(data).setProtectedHeader({ alg: algorithm }).sign(privateKey);
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const input = dataOf(`${header}.${payload}`);
    for (const [, backend] of backends) {
      const key = await backend.importPublicKey({ ...jwk });
      expect(await key.verify(algorithm, Buffer.from(signature, 'base64url'), input)).toBe(true);
      expect(await key.verify(algorithm, flip(Buffer.from(signature, 'base64url'), 9), input)).toBe(false);
    }
    expect(await compactVerify(token, await importJWK(jwk, algorithm))).toBeDefined();
  });

  it('differ in when they answer: node at once, web with a promise', async () => {
    const pair = pairOf('ES256');
    const signature = pair.sign(data);
    const [onNode, onWeb] = [nodeBackend.importPublicKey(pair.jwk), webBackend.importPublicKey(pair.jwk)];
    expect([isPromise(onNode), isPromise(onWeb)]).toEqual([false, true]);
    expect(isPromise((await onNode).verify('ES256', signature, data))).toBe(false);
    expect(isPromise((await onWeb).verify('ES256', signature, data))).toBe(true);
  });

  it('know the same closed list of algorithms, without none', () => {
    expect(algorithms).toHaveLength(14);
    for (const name of ['none', 'None', 'RS1', 'HS1', 'ES256K', 'Ed448', 'constructor'])
      expect(findAlgorithm(name)).toBeUndefined();
  });
});

describe.each(backends)('the back end %s', (_name, backend) => {
  it.each(['PS256', 'RS256'])(
    'refuses a signature of %s without its leading zero (RFC 8017 §8.1.2)',
    async (algorithm) => {
      const pair = pairOf(algorithm);
      const key = await pair.import(backend);
      // One signature in 256 begins with a zero octet.
      let text = 0;
      let signature = pair.sign(dataOf('0'));
      while (signature[0] !== 0) signature = pair.sign(dataOf(String(++text)));
      const signed = dataOf(String(text));
      expect(await key.verify(algorithm, signature, signed)).toBe(true);
      expect(await key.verify(algorithm, signature.subarray(1), signed)).toBe(false);
    },
  );
});
