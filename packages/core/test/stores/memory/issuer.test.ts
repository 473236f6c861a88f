import { describe, expect, it } from 'vitest';

import { createMemoryRevocation, isConfigurationError } from '../../../src/index.js';
import { createMemoryTokens } from '../../../src/issuer.js';

const faultsOf = (make: () => unknown): unknown => {
  try {
    return make();
  } catch (error) {
    return isConfigurationError(error) ? error.faults.map(({ path }) => path) : error;
  }
};

describe.each([
  ['createMemoryTokens', createMemoryTokens],
  ['createMemoryRevocation', createMemoryRevocation],
])('%s', (_, make) => {
  it.each([0, 1.5, '9'])('does not take %j entries', (maxEntries) => {
    expect(faultsOf(() => make({ maxEntries: maxEntries as number }))).toEqual(['maxEntries']);
  });
});

describe('stores in memory', () => {
  it('throw where they are full, forget nothing before its time, and have room again afterwards', async () => {
    const tokens = createMemoryTokens({ maxEntries: 2 });
    for (const key of ['a', 'b']) await tokens.insert(key, { value: key, until: 100 });
    expect(() => tokens.insert('c', { value: 'c', until: 100 })).toThrow('2 entries');
    expect(await tokens.find('a', 99)).toBeDefined();
    expect(await tokens.find('a', 160)).toBeUndefined();
    expect(await tokens.insert('c', { value: 'c', until: 300 })).toBe(true);
    const revocation = createMemoryRevocation({ maxEntries: 1 });
    const entry = { key: 'a', issuedBefore: 1, now: 1, until: 100 };
    await revocation.revoke(entry);
    await revocation.revoke({ ...entry, issuedBefore: 2 });
    expect(() => revocation.revoke({ ...entry, key: 'b' })).toThrow('1 entries');
    await revocation.revoke({ ...entry, key: 'b', now: 100, until: 200 });
    expect(await revocation.find(['b'], 150)).toBe(1);
  });
});
