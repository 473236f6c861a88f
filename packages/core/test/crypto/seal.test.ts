import { describe, expect, it } from 'vitest';

import { systemRandom } from '../../src/base/random.js';
import { decodeBase64url, encodeBase64url } from '../../src/base/base64.js';
import { createSealer, type Sealer } from '../../src/crypto/seal.js';

const secretOf = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const sealerOf = (secrets: readonly number[], purpose = 'test'): Sealer =>
  createSealer({ secrets: secrets.map(secretOf), purpose, random: systemRandom });

describe('a sealer', () => {
  it('opens what it sealed, and shows nothing of it', async () => {
    const sealer = sealerOf([1]);
    const text = await sealer.seal({ subject: 'ann', list: [1, null] });
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('ann');
    expect(await sealer.open(text)).toEqual({ subject: 'ann', list: [1, null] });
  });

  it('never seals twice alike', async () => {
    const sealer = sealerOf([1]);
    const texts = await Promise.all(Array.from({ length: 50 }, () => sealer.seal({ a: 1 })));
    expect(new Set(texts).size).toBe(50);
  });

  it('opens with each of its secrets, and seals with the first', async () => {
    const [before, after] = [sealerOf([1]), sealerOf([2, 1])];
    expect(await after.open(await before.seal({ a: 1 }))).toEqual({ a: 1 });
    expect(await before.open(await after.seal({ a: 1 }))).toBeUndefined();
  });

  it.each([
    ['another secret', sealerOf([2])],
    ['another purpose', sealerOf([1], 'another')],
    ['a purpose that only begins alike', sealerOf([1], 'test2')],
  ])('opens nothing of %s', async (_, other) => {
    expect(await other.open(await sealerOf([1]).seal({ a: 1 }))).toBeUndefined();
  });

  it('opens nothing in which one bit is another, wherever it stands', async () => {
    const sealer = sealerOf([1]);
    const bytes = decodeBase64url(await sealer.seal({ a: 1 }))!;
    for (let index = 0; index < bytes.length; index++) {
      const changed = bytes.slice();
      changed[index] = changed[index]! ^ 1;
      expect(await sealer.open(encodeBase64url(changed))).toBeUndefined();
    }
  });

  it.each(['', 'a', '=', 'é', 'AAAA', 'A'.repeat(4092), 'A'.repeat(100_000)])(
    'opens nothing that it could not have sealed (%#)',
    async (text) => {
      expect(await sealerOf([1]).open(text)).toBeUndefined();
    },
  );

  it('opens nothing that was cut, or grew', async () => {
    const sealer = sealerOf([1]);
    const text = await sealer.seal({ a: 1 });
    for (const other of [text.slice(0, -1), text.slice(0, -4), `${text}AAAA`, ` ${text}`, `${text}=`])
      expect(await sealer.open(other)).toBeUndefined();
  });
});
