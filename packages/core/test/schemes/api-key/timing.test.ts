import { describe, expect, it, vi } from 'vitest';

import { crypto } from '#crypto';

import { apiKey, createMemoryCredentials, generateApiKey } from '../../../src/index.js';
import { hashOfKey } from '../../../src/schemes/api-key/entries.js';
import { isWellFormedKey } from '../../../src/schemes/api-key/key-format.js';
import { benchOf, refused } from '../../fixtures/guard.js';
import { sends } from '../../fixtures/request.js';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The same key but for its last secret digit, with the checksum that then fits. */
function nearly(key: string): string {
  const changed = `${key.slice(0, -7)}${key.at(-7) === '0' ? '1' : '0'}`;
  const crc = Number(BigInt(~Array.from(changed).reduce(stepOfCrc, -1) >>> 0));
  let rest = crc;
  let digits = '';
  for (; digits.length < 6; rest = Math.floor(rest / 62)) digits = alphabet[rest % 62]! + digits;
  return changed + digits;
}

function stepOfCrc(crc: number, char: string): number {
  let value = crc ^ char.charCodeAt(0);
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xed_b8_83_20 : value >>> 1;
  return value;
}

describe('how long a key takes that is wrong', () => {
  it('is one hash of the whole text and one look-up by it, whether or not a key is near it (key-timing)', async () => {
    const key = generateApiKey('acme');
    const near = nearly(key);
    expect(isWellFormedKey(near, 'acme')).toBe(true);
    const record = { id: 'k1', subject: 'svc-1', scopes: [], roles: [], revoked: false, disabled: false };
    const store = createMemoryCredentials([[hashOfKey(key), record]]);
    const find = vi.spyOn(store, 'findApiKey');
    const hash = vi.spyOn(crypto, 'sha256Text');
    const { decide } = benchOf({ keys: apiKey({ prefix: 'acme', store }) });
    const bodies = [];
    for (const text of [near, generateApiKey('acme')]) {
      find.mockClear();
      hash.mockClear();
      const { body } = refused(await decide({ scheme: 'keys' }, sends({ 'x-api-key': text })));
      bodies.push(new TextDecoder().decode(body).replace(/urn:uuid:[0-9a-f-]+/, ''));
      expect(hash.mock.calls).toEqual([[text]]);
      expect(find.mock.calls.map(([asked]) => asked)).toEqual([hash.mock.results[0]!.value]);
    }
    expect(bodies[0]).toBe(bodies[1]);
  });
});
