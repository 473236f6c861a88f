import { systemRandom } from '../../base/random.js';
import type { RandomSource } from '../../contracts/clock.js';

// Decision: <prefix>_ + 43 base62 digits (256 random bits) + 6 base62 digits of CRC-32 over all that precedes; keys of one
// environment alone have <prefix>_<environment>_ in front. Scanners find such keys, and a mistyped or invented one is refused
// without a look-up.
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomDigits = 43;
const checksumDigits = 6;
const tailDigits = randomDigits + checksumDigits;
const namePattern = /^[a-z][a-z0-9]{1,15}$/;
const tailPattern = /^[0-9A-Za-z]{49}$/;

/** What stands before the random digits of a key. */
export interface KeyForm {
  readonly prefix: string;
  /** Such as `live` or `test`; unset: keys name none. */
  readonly environment?: string | undefined;
}

/** Whether text may be the prefix of keys: 2 to 16 lower-case letters and digits, a letter first. */
export function isKeyPrefix(prefix: unknown): prefix is string {
  return typeof prefix === 'string' && namePattern.test(prefix);
}

/** Whether text may be the environment in a key; undefined, for none, may. */
export function isKeyEnvironment(environment: unknown): environment is string | undefined {
  return environment === undefined || isKeyPrefix(environment);
}

/**
 * Makes the text of a new API key. Show it once; keep only what `apiKey()` makes of it.
 * @param prefix names the product, for people and leak scanners: 2 to 16 lower-case letters and digits
 * @param options `environment` as in `apiKey()`; `random` instead of the platform's randomness
 * @example generateApiKey('acme')   // 'acme_4xGk…'
 * @example generateApiKey('acme', { environment: 'live' })   // 'acme_live_4xGk…'
 */
export function generateApiKey(
  prefix: string,
  { environment, random = systemRandom }: { readonly environment?: string; readonly random?: RandomSource } = {},
): string {
  if (!isKeyPrefix(prefix) || !isKeyEnvironment(environment))
    throw new TypeError(
      'generateApiKey: prefix and environment must be 2 to 16 lower-case letters and digits, a letter first',
    );
  const front = environment === undefined ? prefix : `${prefix}_${environment}`;
  const body = `${front}_${toBase62(integerOf(random(32)), randomDigits)}`;
  return body + toBase62(BigInt(crc32(body, body.length)), checksumDigits);
}

/**
 * What a text is, by shape and checksum alone: a key of this form, one of the same prefix for another environment (or for none
 * where ours names one), or malformed.
 */
export function judgeKey(key: string, { prefix, environment }: KeyForm): 'ours' | 'other-environment' | 'malformed' {
  const end = key.length - tailDigits - 1;
  if (end < prefix.length || !key.startsWith(`${prefix}_`) || key[end] !== '_' || !tailPattern.test(key.slice(end + 1)))
    return 'malformed';
  const named = end === prefix.length ? undefined : key.slice(prefix.length + 1, end);
  if (!isKeyEnvironment(named)) return 'malformed';
  const checksumStart = key.length - checksumDigits;
  if (crc32(key, checksumStart) !== numberOf(key, checksumStart)) return 'malformed';
  return named === environment ? 'ours' : 'other-environment';
}

/** Whether text is a key of this prefix and environment, by shape and checksum alone. */
export function isWellFormedKey(key: string, prefix: string, environment?: string): boolean {
  return judgeKey(key, { prefix, environment }) === 'ours';
}

/** Most significant digit first, leading zeros kept. */
function toBase62(value: bigint, digits: number): string {
  let text = '';
  for (let rest = value; text.length < digits; rest /= 62n) text = alphabet[Number(rest % 62n)]! + text;
  return text;
}

/** The number that the digits of a text say, from a place on: all of them are digits of base62. */
function numberOf(text: string, start: number): number {
  let number = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    number = number * 62 + code - (code < 0x41 ? 0x30 : code < 0x61 ? 0x41 - 10 : 0x61 - 36);
  }
  return number;
}

function integerOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

// CRC-32 of ISO 3309 (IEEE 802.3), by four bits at a time.
const crcOfNibble = new Int32Array([
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344,
  0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
]); // prettier-ignore

/** Of the front of an ASCII text. */
function crc32(text: string, length: number): number {
  let crc = -1;
  for (let i = 0; i < length; i++) {
    crc ^= text.charCodeAt(i);
    crc = (crc >>> 4) ^ crcOfNibble[crc & 15]!;
    crc = (crc >>> 4) ^ crcOfNibble[crc & 15]!;
  }
  return ~crc >>> 0;
}
