import { systemRandom } from '../../base/random.js';
import type { RandomSource } from '../../contracts/clock.js';

// Decision: <prefix>_ + 43 base62 digits (256 random bits) + 6 base62 digits of CRC-32 over all that precedes. Scanners find
// such keys, and a mistyped or invented one is refused without a look-up.
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomDigits = 43;
const checksumDigits = 6;
const prefixPattern = /^[a-z][a-z0-9]{1,15}$/;
const tailPattern = /^[0-9A-Za-z]{49}$/;

/** Whether text may be the prefix of keys: 2 to 16 lower-case letters and digits, a letter first. */
export function isKeyPrefix(prefix: unknown): prefix is string {
  return typeof prefix === 'string' && prefixPattern.test(prefix);
}

/**
 * Makes the text of a new API key. Show it once; keep only what `apiKey()` makes of it.
 * @param prefix names the product, for people and leak scanners: 2 to 16 lower-case letters and digits
 * @example generateApiKey('acme')   // 'acme_4xGk…'
 */
export function generateApiKey(prefix: string, random: RandomSource = systemRandom): string {
  if (!isKeyPrefix(prefix))
    throw new TypeError('generateApiKey: the prefix must be 2 to 16 lower-case letters and digits, a letter first');
  const body = `${prefix}_${toBase62(integerOf(random(32)), randomDigits)}`;
  return body + checksum(body);
}

/** Whether text is a key of this prefix, by shape and checksum alone. */
export function isWellFormedKey(key: string, prefix: string): boolean {
  if (key.length !== prefix.length + 1 + randomDigits + checksumDigits) return false;
  if (!key.startsWith(`${prefix}_`) || !tailPattern.test(key.slice(prefix.length + 1))) return false;
  const end = key.length - checksumDigits;
  return checksum(key.slice(0, end)) === key.slice(end);
}

function checksum(text: string): string {
  return toBase62(BigInt(crc32(text)), checksumDigits);
}

/** Most significant digit first, leading zeros kept. */
function toBase62(value: bigint, digits: number): string {
  let text = '';
  for (let rest = value; text.length < digits; rest /= 62n) text = alphabet[Number(rest % 62n)]! + text;
  return text;
}

function integerOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** CRC-32 of ISO 3309 (IEEE 802.3), of ASCII text. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
