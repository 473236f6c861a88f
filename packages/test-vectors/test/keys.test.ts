import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../src/case.js';
import { loadConfigurations, loadTexts } from '../src/data.js';

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../vectors/keys/${name}`, import.meta.url), 'utf8'));
const publicKeys = read('public.json') as Record<string, Record<string, string>>;
const { keys: privateKeys, warning } = read('private.json') as {
  keys: Record<string, Record<string, string>>;
  warning: string;
};

/** CRC-32 (IEEE), bit by bit: another way than the one that made the keys. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text, 'ascii')) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const numberOf = (text: string): number =>
  text.split('').reduce((value, digit) => value * 62 + alphabet.indexOf(digit), 0);
const hasChecksum = (key: string): boolean => numberOf(key.slice(-6)) === crc32(key.slice(0, -6));

describe('API keys', () => {
  const { key } = loadTexts();
  const issued = new Set(Object.values(loadConfigurations()).flatMap(({ schemes }) =>
    Object.values(schemes).flatMap((scheme) => (scheme['keys'] as JsonObject[] | undefined) ?? []).map((one) => one['key'] as string),
  )); // prettier-ignore

  it.each(Object.entries(key).filter(([name]) => /^k[0-9]|^k-|^not-issued$|^case-changed$|^test-environment$/.test(name)))('%s has the form and the checksum', (_, text) => {
    expect(text).toMatch(/^acme_(?:live_|test_)?[0-9A-Za-z]{49}$/);
    expect(hasChecksum(text)).toBe(true);
  }); // prettier-ignore

  it.each(['secret-changed', 'checksum-changed', 'short-text', 'long-text', 'inner-space'])(
    '%s has another checksum',
    (name) => {
      expect(hasChecksum(key[name]!)).toBe(false);
    },
  );

  it.each(['other-prefix', 'no-prefix', 'short', 'long', 'outside-base62'])(
    '%s has its checksum and another form',
    (name) => {
      expect(hasChecksum(key[name]!)).toBe(true);
      expect(key[name]).not.toMatch(/^acme_[0-9A-Za-z]{49}$/);
    },
  );

  it('are issued, or not, as their names say', () => {
    const names = Object.keys(key).filter((name) => issued.has(key[name]!));
    expect(names).toEqual(Object.keys(key).filter((name) => /^k[0-9]|^k-/.test(name)));
  });
});

describe('keys for signatures', () => {
  it('are marked as published', () => {
    expect(warning).toContain('Never use them');
  });

  it.each(Object.keys(publicKeys))('%s is the public part of its private key', (name) => {
    const { d: _, ...rest } = privateKeys[name]!;
    expect(rest).toMatchObject(publicKeys[name]!);
    expect(publicKeys[name]).not.toHaveProperty('d');
    expect(createPublicKey({ key: privateKeys[name]!, format: 'jwk' }).export({ format: 'jwk' })).toEqual(
      createPublicKey({ key: publicKeys[name]!, format: 'jwk' }).export({ format: 'jwk' }),
    );
  });

  it.each(['rs', 'attacker-rs'])('the certificate of %s holds its key', (name) => {
    const pem = readFileSync(new URL(`../vectors/keys/${name}.certificate.pem`, import.meta.url));
    expect(new X509Certificate(pem).publicKey.export({ format: 'jwk' })).toMatchObject({ n: publicKeys[name]!['n'] });
  });

  it('stand in the configurations as they stand here', () => {
    const material = new Set(Object.values(publicKeys).map(({ n, x }) => n ?? x));
    // These have a broken key, and keys that nobody can use.
    const { 'refused-rsa-even-modulus': _, 'foreign-keys': __, ...others } = loadConfigurations();
    const members = [...JSON.stringify(others).matchAll(/"(?:n|x)":"([^"]+)"/g)].map(([, member]) => member!);
    expect(members.filter((member) => !material.has(member))).toEqual([]);
  });
});
