import { crypto } from '#crypto';

import { decodeBase64, encodeBase64url } from '../base/base64.js';
import { toUtf8 } from '../base/bytes.js';
import { constantTimeEqual } from '../base/constant-time.js';
import { systemRandom } from '../base/random.js';
import type { RandomSource } from '../contracts/clock.js';
import type { Argon2idCost, ScryptCost } from './crypto.js';

/** How a password is hashed, and at what cost. */
export type PasswordHashParameters =
  | ({ readonly algorithm: 'scrypt' } & ScryptCost)
  | ({ readonly algorithm: 'argon2id' } & Argon2idCost);

/** A stored hash, parsed. */
export interface PasswordHash {
  readonly parameters: PasswordHashParameters;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** Longest password, in bytes of UTF-8: the longest that is ever hashed. */
export const maxPasswordBytes = 1024;

/** 128 MiB, some 0.3 s: OWASP Password Storage Cheat Sheet, scrypt. */
export const defaultParameters: PasswordHashParameters = Object.freeze({
  algorithm: 'scrypt',
  costLog2: 17,
  blockSize: 8,
  parallelism: 1,
});

const saltBytes = 16;
const hashBytes = 32;

// Decision: what a stored hash may cost. Whoever can write one must not be able to exhaust the server. 256 MiB at once and
// 2 GiB in all make room for every set of OWASP and for the second of RFC 9106 §4; its first (2 GiB at once) is for no server.
const maxMemoryBytes = 2 ** 28;
const maxWorkBytes = 2 ** 31;
const maxParallelism = 16;
// Decision: what a new hash must cost; stored ones may be older and weaker. Half of the least that OWASP names.
const minNewWorkBytes = 2 ** 24;

// PHC string format, with its parameters in order, decimals without leading zeros, salts of 8 to 64 and hashes of 16 to 64 bytes.
const number = '([1-9][0-9]{0,7})';
const tail = '\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})$';
const scryptText = new RegExp(`^\\$scrypt\\$ln=${number},r=${number},p=${number}${tail}`);
const argon2idText = new RegExp(`^\\$argon2id\\$v=19\\$m=${number},t=${number},p=${number}${tail}`);

/**
 * Parses a stored hash: `$scrypt$ln=…,r=…,p=…$salt$hash` or `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
 * @returns undefined for any other text, and for a cost over the bounds. Every hash has one spelling.
 */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const scrypt = scryptText.exec(text);
  const match = scrypt ?? argon2idText.exec(text);
  if (match === null) return undefined;
  const [first, second, parallelism] = match.slice(1, 4).map(Number) as [number, number, number];
  const parameters: PasswordHashParameters =
    scrypt === null
      ? { algorithm: 'argon2id', memoryKibibytes: first, passes: second, parallelism }
      : { algorithm: 'scrypt', costLog2: first, blockSize: second, parallelism };
  const salt = decodeUnpadded(match[4]!);
  const hash = decodeUnpadded(match[5]!);
  if (salt === undefined || hash === undefined || !isAffordable(parameters)) return undefined;
  return { parameters, salt, hash };
}

export function formatPasswordHash({ parameters, salt, hash }: PasswordHash): string {
  return `${formatParameters(parameters)}$${encodeUnpadded(salt)}$${encodeUnpadded(hash)}`;
}

function formatParameters(parameters: PasswordHashParameters): string {
  return parameters.algorithm === 'scrypt'
    ? `$scrypt$ln=${parameters.costLog2},r=${parameters.blockSize},p=${parameters.parallelism}`
    : `$argon2id$v=19$m=${parameters.memoryKibibytes},t=${parameters.passes},p=${parameters.parallelism}`;
}

/**
 * Hashes a password for a store: PHC text that holds algorithm, cost, a random salt and the hash.
 *
 * Checks: 1 to 1024 bytes of UTF-8, no control characters, and a cost of at least 16 MiB times passes and at most 256 MiB.
 * Does not check: whether the password is a good one.
 * @param parameters default scrypt with N = 2^17, r = 8, p = 1 (128 MiB)
 * @throws TypeError for such a password or cost; it does not show the password.
 * @example await hashPassword('correct horse', { algorithm: 'argon2id', memoryKibibytes: 19_456, passes: 2, parallelism: 1 })
 */
export async function hashPassword(
  password: string,
  parameters: PasswordHashParameters = defaultParameters,
  random: RandomSource = systemRandom,
): Promise<string> {
  const fault = passwordFault(password);
  if (fault !== undefined) throw new TypeError(`hashPassword: the password ${fault}`);
  if (!isNewCost(parameters))
    throw new TypeError('hashPassword: the parameters cost too little, too much, or are no whole numbers');
  return formatPasswordHash(await hashLike(withSizes(parameters), password, random));
}

/** Whether a new hash may have these parameters. */
export function isNewCost(parameters: PasswordHashParameters): boolean {
  const hash = parsePasswordHash(formatPasswordHash(withSizes(parameters)));
  return hash?.parameters.algorithm === parameters.algorithm && costOf(parameters).work >= minNewWorkBytes;
}

/** Whether a hash is of another algorithm than is wanted, or costs less; one that costs more is never weakened. */
export function isOutdated({ parameters, salt, hash }: PasswordHash, wanted: PasswordHashParameters): boolean {
  if (parameters.algorithm !== wanted.algorithm || salt.length < saltBytes || hash.length < hashBytes) return true;
  const [cost, least] = [costOf(parameters), costOf(wanted)];
  return cost.work < least.work || (cost.work === least.work && cost.memory < least.memory);
}

/** Hashes a password at the cost and in the sizes of another hash, with a salt of its own. */
export async function hashLike(
  { parameters, salt: { length }, hash: { length: hashLength } }: PasswordHash,
  password: string,
  random: RandomSource = systemRandom,
): Promise<PasswordHash> {
  const salt = random(length);
  const hash = await derive(preparePassword(password), { parameters, salt, hash: new Uint8Array(hashLength) });
  return { parameters, salt, hash };
}

/** A hash of no password, at the cost and in the sizes of another: what is computed for a user who does not exist. */
export function dummyLike({ parameters, salt, hash }: PasswordHash): PasswordHash {
  return { parameters, salt: systemRandom(salt.length), hash: systemRandom(hash.length) };
}

/** Parameters with the sizes of a new hash. */
export function withSizes(parameters: PasswordHashParameters): PasswordHash {
  return { parameters, salt: new Uint8Array(saltBytes), hash: new Uint8Array(hashBytes) };
}

/** Cost and sizes of a hash: where two agree, one takes as long as the other. */
export function shapeOf({ parameters, salt, hash }: PasswordHash): string {
  return `${formatParameters(parameters)} ${salt.length} ${hash.length}`;
}

/**
 * Whether a password is the one that was hashed. The comparison takes the same time wherever the two differ.
 * @param prepared as `preparePassword` answers it
 */
export async function verifyPasswordHash(prepared: string, stored: PasswordHash): Promise<boolean> {
  return constantTimeEqual(await derive(prepared, stored), stored.hash);
}

/**
 * What is hashed of a password: OpaqueString (RFC 8265 §4.2), so that two keyboards of one person agree. Spaces of any kind are
 * U+0020, and the text is composed (NFC). Case and width stay.
 */
export function preparePassword(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}

/** What is wrong with a password that is to be stored. */
export function passwordFault(password: unknown): string | undefined {
  if (typeof password !== 'string' || password === '') return 'must be text, and not empty';
  if (!password.isWellFormed() || hasControlCharacter(password)) return 'must have no control characters';
  if (toUtf8(password).length > maxPasswordBytes) return `must have at most ${maxPasswordBytes} bytes`;
  return undefined;
}

/** Control characters stand in no user name and no password (RFC 7617 §2; RFC 8264 §4.3 for those beyond ASCII). */
export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function derive(prepared: string, { parameters, salt, hash }: PasswordHash): Promise<Uint8Array> {
  const input = { password: toUtf8(prepared), salt, length: hash.length };
  return parameters.algorithm === 'scrypt' ? crypto.scrypt(input, parameters) : crypto.argon2id(input, parameters);
}

function isAffordable(parameters: PasswordHashParameters): boolean {
  const { memory, work } = costOf(parameters);
  if (memory > maxMemoryBytes || work > maxWorkBytes || parameters.parallelism > maxParallelism) return false;
  // RFC 7914 §2: N < 2^(128 × r / 8). RFC 9106 §3.1: m >= 8 × p.
  return parameters.algorithm === 'scrypt'
    ? parameters.costLog2 < 16 * parameters.blockSize
    : parameters.memoryKibibytes >= 8 * parameters.parallelism;
}

/** Bytes that are held at once, and bytes that are gone through in all. */
function costOf(parameters: PasswordHashParameters): { memory: number; work: number } {
  if (parameters.algorithm === 'argon2id') {
    const memory = 1024 * parameters.memoryKibibytes;
    return { memory, work: memory * parameters.passes };
  }
  const { costLog2, blockSize, parallelism } = parameters;
  const N = 2 ** costLog2;
  return { memory: 128 * blockSize * (N + parallelism), work: 128 * blockSize * N * parallelism };
}

function decodeUnpadded(text: string): Uint8Array | undefined {
  return decodeBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='));
}

function encodeUnpadded(bytes: Uint8Array): string {
  return encodeBase64url(bytes).replaceAll('-', '+').replaceAll('_', '/');
}
