import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = digits[Number(rest % 62n)]! + text;
  return text;
}

/** With its checksum: CRC-32 of all that precedes, six digits. */
const withChecksum = (text: string): string => text + base62(BigInt(crc32(text)), 6);

const secretOf = (label: string): string =>
  base62(BigInt(`0x${createHash('sha256').update(`test-vectors ${label}`).digest('hex')}`), 43);

const made = (label: string, prefix = 'acme'): string => withChecksum(`${prefix}_${secretOf(label)}`);

const swapCase = (text: string): string =>
  Array.from(text, (letter) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase())).join(
    '',
  );

/** All API keys of the suite, by name: those of configurations, and broken ones. The same text each time. */
export function makeApiKeys(): Record<string, string> {
  const names = ['k1', 'k2', 'k-revoked', 'k-expired', 'k-edge', 'k-last-second', 'k-early', 'k-disabled', 'k-fenced'];
  const keys: Record<string, string> = Object.fromEntries(names.map((name) => [name, made(name)]));
  const k1 = keys['k1']!;
  const secret = k1.slice(5, 48);
  return {
    ...keys,
    'k-live': made('k-live', 'acme_live'),
    'test-environment': made('test environment', 'acme_test'),
    'not-issued': made('not issued'),
    'case-changed': withChecksum(`acme_${swapCase(secret)}`),
    'secret-changed': changeAt(k1, 20),
    'checksum-changed': changeAt(k1, k1.length - 1),
    'other-prefix': made('k1', 'other'),
    'no-prefix': withChecksum(secret),
    short: withChecksum(`acme_${secret.slice(0, 42)}`),
    long: withChecksum(`acme_${secret}0`),
    'outside-base62': withChecksum(`acme_${secret.slice(0, 42)}-`),
    'short-text': k1.slice(0, -1),
    'long-text': `${k1}0`,
    'inner-space': `${k1.slice(0, 20)} ${k1.slice(20)}`,
  };
}

const changeAt = (text: string, index: number): string =>
  text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1);
