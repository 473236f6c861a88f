import { describe, expect, it } from 'vitest';

import { encodeBase64url } from '../../src/base/base64.js';
import { toUtf8 } from '../../src/base/bytes.js';
import { ProofKeys, type ProofKey } from '../../src/confirmation/dpop-key.js';
import { createDpopKey } from '../../src/signing.js';

const { publicJwk } = await createDpopKey();
const headerOf = (members: object): string => encodeBase64url(toUtf8(JSON.stringify(members)));
const good = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk };
const read = async (keys: ProofKeys, header: string): Promise<ProofKey> => {
  const key = await keys.find(header);
  if (key.kind === 'failure') throw new Error(key.reason);
  return key;
};
/** A header of so many characters. */
const padded = (length: number): string => {
  const empty = JSON.stringify({ ...good, pad: '' }).length;
  return headerOf({ ...good, pad: 'x'.repeat((length / 4) * 3 - empty) });
};

describe('keys of proofs', () => {
  it('are read once for each header, after a proof that was good', async () => {
    const keys = new ProofKeys();
    const header = headerOf(good);
    const first = await read(keys, header);
    expect(await read(keys, header)).not.toBe(first);
    keys.remember(header, first);
    expect(await read(keys, header)).toBe(first);
  });

  it('are kept of headers up to 2048 characters, and of none that is longer', async () => {
    const keys = new ProofKeys();
    for (const [length, kept] of [
      [2048, true],
      [2052, false],
    ] as const) {
      const header = padded(length);
      expect(header).toHaveLength(length);
      const key = await read(keys, header);
      keys.remember(header, key);
      expect((await read(keys, header)) === key).toBe(kept);
    }
  });

  it('are 1000 at most: the one that was used least leaves, and only for another', async () => {
    const keys = new ProofKeys();
    const key = await read(keys, headerOf(good));
    const name = (index: number): string => headerOf({ index });
    for (let index = 0; index < 1000; index++) keys.remember(name(index), key);
    keys.remember(name(999), key);
    expect(await keys.find(name(0))).toBe(key);
    keys.remember(name(1000), key);
    // The first was asked for meanwhile, so that the second goes.
    expect([await keys.find(name(0)), await keys.find(name(999)), await keys.find(name(1000))]).toEqual([
      key,
      key,
      key,
    ]);
    expect(await keys.find(name(1))).toMatchObject({ kind: 'failure' });
  });

  it.each([
    ['no algorithm', { typ: 'dpop+jwt', jwk: publicJwk }],
    ['an algorithm that is a number', { ...good, alg: 256 }],
    ['a type that is a list', { ...good, typ: ['dpop+jwt'] }],
    ['an extension that is not listed', { ...good, crit: [] }],
  ])('are not read from a header with %s (RFC 7515 §4.1)', async (_what, members) => {
    expect(await new ProofKeys().find(headerOf(members))).toMatchObject({
      code: 'invalid-dpop-proof',
      reason: 'dpop-proof-malformed',
    });
  });
});
