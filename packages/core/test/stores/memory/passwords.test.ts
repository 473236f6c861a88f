import { describe, expect, it } from 'vitest';

import { createMemoryPasswords, type PasswordRecord } from '../../../src/index.js';

const alice: PasswordRecord = { username: 'alice', passwordHash: 'old', roles: ['reader'], disabled: false };

describe('createMemoryPasswords', () => {
  it('finds users by their exact name', () => {
    const store = createMemoryPasswords([alice]);
    expect(store.findUser('alice')).toEqual(alice);
    for (const name of ['ALICE', '', '__proto__', 'constructor']) expect(store.findUser(name)).toBeUndefined();
  });

  it('replaces a hash that still stands, and nothing else of the user', () => {
    const store = createMemoryPasswords([alice]);
    expect(store.replaceHash('alice', { from: 'old', to: 'new' })).toBe(true);
    expect(store.findUser('alice')).toEqual({ ...alice, passwordHash: 'new' });
    expect(alice.passwordHash).toBe('old');
  });

  it('keeps a hash that was set meanwhile, and makes no user', () => {
    const store = createMemoryPasswords([alice]);
    expect(store.replaceHash('alice', { from: 'older', to: 'new' })).toBe(false);
    expect(store.replaceHash('mallory', { from: 'old', to: 'new' })).toBe(false);
    expect(store.findUser('alice')).toEqual(alice);
    expect(store.findUser('mallory')).toBeUndefined();
  });
});
