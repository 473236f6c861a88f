import { describe, expect, it, vi } from 'vitest';

import type { CryptoBackend } from '../../src/crypto/crypto.js';
import { crypto as nodeBackend } from '../../src/crypto/node.js';
import { parsePasswordHash } from '../../src/crypto/password-hash.js';
import { crypto as webBackend } from '../../src/crypto/web.js';
import vectors from '../vectors/password-hash.json' with { type: 'json' };

const backends: readonly (readonly [string, CryptoBackend])[] = [
  ['node', nodeBackend],
  ['web', webBackend],
];
const bytes = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(hex, 'hex'));
const hexOf = (derived: Uint8Array): string => Buffer.from(derived).toString('hex');
const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

describe.each(backends)('the back end %s', (_, backend) => {
  it.each(vectors.scrypt.filter(({ skip }) => skip === undefined))(
    'derives scrypt of $password and $salt (RFC 7914 §12)',
    async ({ password, salt, hashHex, ...cost }) => {
      const input = { password: utf8(password), salt: utf8(salt), length: hashHex.length / 2 };
      expect(hexOf(await backend.scrypt(input, cost))).toBe(hashHex);
    },
  );

  it.each(vectors.argon2id)('derives Argon2id (RFC 9106 §5.3)', async (each) => {
    const input = {
      password: bytes(each.passwordHex),
      salt: bytes(each.saltHex),
      secret: bytes(each.secretHex),
      associatedData: bytes(each.associatedDataHex),
      length: each.hashHex.length / 2,
    };
    expect(hexOf(await backend.argon2id(input, each))).toBe(each.hashHex);
  });

  it.each(vectors.phc)('derives $phc', async ({ password, phc }) => {
    const { salt, hash, parameters } = parsePasswordHash(phc)!;
    if (parameters.algorithm !== 'argon2id') throw new Error(phc);
    const derived = await backend.argon2id({ password: utf8(password), salt, length: hash.length }, parameters);
    expect(hexOf(derived)).toBe(hexOf(hash));
  });

  it('derives all that the parser lets through of scrypt', async () => {
    for (const [costLog2, blockSize, parallelism] of [
      [1, 1, 1],
      [1, 4096, 16],
      [15, 1, 16],
    ] as const) {
      const input = { password: utf8('p'), salt: utf8('somesalt'), length: 16 };
      expect(await backend.scrypt(input, { costLog2, blockSize, parallelism })).toHaveLength(16);
    }
  });

  it('takes an empty password, as any other', async () => {
    const input = { password: utf8(''), salt: utf8('somesalt'), length: 32 };
    const scrypt = await backend.scrypt(input, { costLog2: 4, blockSize: 8, parallelism: 1 });
    const argon2id = await backend.argon2id(input, { memoryKibibytes: 32, passes: 1, parallelism: 1 });
    expect([scrypt.length, argon2id.length]).toEqual([32, 32]);
  });

  it('lets other work run meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const input = { password: utf8('p'), salt: utf8('somesalt'), length: 32 };
    await backend.scrypt(input, { costLog2: 14, blockSize: 8, parallelism: 2 });
    await backend.argon2id(input, { memoryKibibytes: 19_456, passes: 2, parallelism: 1 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });
});

it('agree, and the vectors are all here', async () => {
  expect([vectors.scrypt.length, vectors.argon2id.length, vectors.phc.length]).toEqual([4, 1, 3]);
  expect(vectors.scrypt.filter(({ skip }) => skip !== undefined)).toHaveLength(1);
  for (const length of [16, 33, 64]) {
    const input = { password: utf8('crème brûlée'), salt: utf8('sixteen bytes...'), length };
    const scrypt = { costLog2: 8, blockSize: 3, parallelism: 2 };
    const argon2id = { memoryKibibytes: 100, passes: 2, parallelism: 3 };
    expect(hexOf(await nodeBackend.scrypt(input, scrypt))).toBe(hexOf(await webBackend.scrypt(input, scrypt)));
    expect(hexOf(await nodeBackend.argon2id(input, argon2id))).toBe(hexOf(await webBackend.argon2id(input, argon2id)));
  }
});

it.each([
  ['is missing', undefined],
  [
    'is not in its OpenSSL',
    () => {
      throw Object.assign(new Error('not supported'), { code: 'ERR_CRYPTO_ARGON2_NOT_SUPPORTED' });
    },
  ],
])('the back end of Node derives Argon2id where that of the platform %s', async (_, argon2) => {
  vi.resetModules();
  vi.doMock('node:crypto', async (original) => ({ ...(await original<object>()), argon2 }));
  const { crypto } = await import('../../src/crypto/node.js');
  const { salt, hash } = parsePasswordHash(vectors.phc.at(1)?.phc ?? '')!;
  const derived = await crypto.argon2id(
    { password: utf8('password'), salt, length: hash.length },
    { memoryKibibytes: 256, passes: 2, parallelism: 1 },
  );
  vi.doUnmock('node:crypto');
  expect(hexOf(derived)).toBe(hexOf(hash));
});
