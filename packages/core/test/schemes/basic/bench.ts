import { crypto } from '#crypto';
import { createHash } from 'node:crypto';

import { vi, type Mock } from 'vitest';

import { basic, type AuthRequest, type BasicOptions, type BasicUser } from '../../../src/index.js';
import type { CryptoBackend } from '../../../src/crypto/crypto.js';
import { formatPasswordHash, type PasswordHash } from '../../../src/crypto/password-hash.js';
import { benchOf, type Bench } from '../../fixtures/guard.js';
import { requestOf } from '../../fixtures/request.js';

export const needsUser = { scheme: 'users' };

export const fieldOf = (userPass: string | Uint8Array): string => `Basic ${Buffer.from(userPass).toString('base64')}`;

export const sendsField = (authorization: string | readonly string[], signal?: AbortSignal): AuthRequest =>
  requestOf({ headers: { authorization }, ...(signal !== undefined && { signal }) });

export const sendsUser = (username: string, password: string, signal?: AbortSignal): AuthRequest =>
  sendsField(fieldOf(`${username}:${password}`), signal);

export function basicBench(options: BasicOptions): Bench {
  return benchOf({ users: basic(options) });
}

type Derive = CryptoBackend['scrypt'];

export interface FakeHasher {
  readonly scrypt: Mock<Derive>;
  readonly argon2id: Mock<CryptoBackend['argon2id']>;
}

/** Stands in for the slow functions of the back end: same interface, no cost. `vi.restoreAllMocks` ends it. */
export function fakeHasher(): FakeHasher {
  return {
    scrypt: vi.spyOn(crypto, 'scrypt').mockImplementation(async (...given) => fakeHash('scrypt', ...given)),
    argon2id: vi.spyOn(crypto, 'argon2id').mockImplementation(async (...given) => fakeHash('argon2id', ...given)),
  };
}

function fakeHash(
  algorithm: string,
  { password, salt, length }: Parameters<Derive>[0],
  cost: object,
): Uint8Array<ArrayBuffer> {
  const hash = createHash('sha512').update(
    JSON.stringify([algorithm, ...Object.values(cost).filter(Number.isInteger)]),
  );
  return Uint8Array.from(hash.update(salt).update(password).digest().subarray(0, length));
}

export interface HeldHash {
  readonly password: string;
  finish(): void;
}

/** As `fakeHasher`, and no hash comes to an end before the test says so. */
export function heldHasher(): HeldHash[] {
  const held: HeldHash[] = [];
  vi.spyOn(crypto, 'scrypt').mockImplementation(
    (input, cost) =>
      new Promise((resolve) => {
        held.push({
          password: new TextDecoder().decode(input.password),
          finish: () => resolve(fakeHash('scrypt', input, cost)),
        });
      }),
  );
  return held;
}

export const costly = { algorithm: 'scrypt', costLog2: 17, blockSize: 8, parallelism: 1 } as const;

/** The text that the fake hasher would store for a password. */
export function fakeStored(password: string, parameters: PasswordHash['parameters'] = costly): string {
  const salt = Uint8Array.from(createHash('md5').update(password).digest());
  const input = { password: new TextEncoder().encode(password), salt, length: 32 };
  return formatPasswordHash({ parameters, salt, hash: fakeHash(parameters.algorithm, input, parameters) });
}

export const hashedUser = (username: string, password: string, more: Partial<BasicUser> = {}): BasicUser => ({
  username,
  passwordHash: fakeStored(password),
  ...more,
});

/** Lets everything that can go on go on. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** Lets held hashes come to an end one after another, those too that begin meanwhile. */
export async function finishAll(held: readonly HeldHash[]): Promise<void> {
  for (const hash of held) {
    hash.finish();
    await settled();
  }
}
