import { describe, expect, it } from 'vitest';

import { isPromise } from '../../src/base/awaitable.js';
import { createSecretKey, createStaticKeys } from '../../src/keys/static-keys.js';
import { isConfigurationError, type ConfigurationError, type Jwk, type KeyQuery } from '../../src/index.js';
import { makeKeyPair } from '../fixtures/signatures.js';

const query = (keyid?: string): KeyQuery => ({
  source: 'i',
  algorithm: 'ES256',
  ...(keyid !== undefined && { keyid }),
});
function thrownBy(run: () => unknown): ConfigurationError {
  try {
    run();
  } catch (error) {
    if (isConfigurationError(error)) return error;
  }
  throw new Error('no ConfigurationError');
}

const jwkOf = (kid?: string): Jwk => {
  const { kid: _, ...jwk } = makeKeyPair('ES256').jwk;
  return kid === undefined ? jwk : { ...jwk, kid };
};

describe('createStaticKeys', () => {
  it('finds keys by their keyid alone, compared exactly, and all of them without one (RFC 7515 §4.1.4)', async () => {
    const keys = createStaticKeys({ keys: [jwkOf('a'), jwkOf('b'), jwkOf('a'), jwkOf()] });
    const count = async (keyid?: string): Promise<number> => (await keys.find(query(keyid))).length;
    expect([await count('a'), await count('b'), await count()]).toEqual([2, 1, 4]);
    for (const strange of ['A', 'a ', '', '__proto__', 'constructor', '../a', '*'])
      expect(await count(strange)).toBe(0);
  });

  it('passes over keys for other uses and of unknown types (RFC 7517 §5)', async () => {
    const keys = createStaticKeys({ keys: [{ kty: 'XYZ' }, { ...jwkOf('a'), use: 'enc' }, jwkOf('a')] });
    expect(await keys.find(query('a'))).toHaveLength(1);
  });

  it('answers at once with node:crypto', () => {
    expect(isPromise(createStaticKeys({ keys: [jwkOf()] }).find(query()))).toBe(false);
  });

  it('tells every faulty key with its place, and shows none', () => {
    const weak = { ...makeKeyPair('RS256').jwk, e: 'AQ' };
    const error = thrownBy(() => createStaticKeys({ keys: [jwkOf('a'), { ...jwkOf('b'), d: 'private-part' }, weak] }));
    expect(error.faults.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
      'jwks.keys[1] private-key-published',
      'jwks.keys[2] weak-key',
    ]);
    expect(error.message).not.toContain('private-part');
  });
});

describe('createSecretKey', () => {
  it('answers its one key, and keeps a copy of the bytes', async () => {
    const secret = Uint8Array.from({ length: 32 }, (_, i) => i);
    const pair = makeKeyPair('HS256');
    const [key] = await createSecretKey(secret).find({ source: 'i', algorithm: 'HS256' });
    secret.fill(0);
    expect(await key!.verify('HS256', pair.sign(new Uint8Array()), new Uint8Array())).toBe(false);
    expect(key!.fits('HS256') && !key!.fits('ES256')).toBe(true);
  });
});
