import { describe, expect, it } from 'vitest';

import { createMemoryReplay, isConfigurationError } from '../../../src/index.js';

describe('createMemoryReplay', () => {
  const fill = (store: ReturnType<typeof createMemoryReplay>, owner: string, from: number, to: number, now = 1000) =>
    Array.from({ length: to - from }, (_, index) =>
      store.use({ key: `${owner} ${from + index}`, owner, now, until: now + 300 }),
    );

  it('refuses whoever fills it, and nobody else', () => {
    const store = createMemoryReplay({ maxUses: 100, maxUsesPerOwner: 10 });
    expect(new Set(fill(store, 'mallory', 0, 10))).toEqual(new Set(['new']));
    expect(fill(store, 'mallory', 10, 11)).toEqual(['full']);
    expect(fill(store, 'anna', 0, 1)).toEqual(['new']);
  });

  it('forgets nothing before its time where it is full', () => {
    const store = createMemoryReplay({ maxUses: 10, maxUsesPerOwner: 10 });
    expect(new Set(fill(store, 'mallory', 0, 10))).toEqual(new Set(['new']));
    expect(fill(store, 'anna', 0, 1)).toEqual(['full']);
    expect(new Set(fill(store, 'mallory', 0, 10))).toEqual(new Set(['used']));
  });

  it('has room again when the time of its uses has come', () => {
    const store = createMemoryReplay({ maxUses: 10, maxUsesPerOwner: 10 });
    expect(new Set(fill(store, 'mallory', 0, 10))).toEqual(new Set(['new']));
    expect(fill(store, 'anna', 0, 1, 1299)).toEqual(['full']);
    expect(new Set(fill(store, 'anna', 0, 10, 1305))).toEqual(new Set(['new']));
    expect(fill(store, 'mallory', 0, 1, 1306)).toEqual(['full']);
  });

  it('counts a key that was used again for its owner once', () => {
    const store = createMemoryReplay({ maxUses: 10, maxUsesPerOwner: 2 });
    // Its time has come, and what ended with it has not been swept yet.
    expect(store.use({ key: 'a', owner: 'anna', now: 1000, until: 1001 })).toBe('new');
    expect(store.use({ key: 'a', owner: 'anna', now: 1002, until: 1100 })).toBe('new');
    expect(store.use({ key: 'b', owner: 'anna', now: 1003, until: 1100 })).toBe('new');
    expect(store.use({ key: 'a', owner: 'anna', now: 1010, until: 1100 })).toBe('used');
    expect(store.use({ key: 'c', owner: 'anna', now: 1011, until: 1100 })).toBe('full');
  });

  it.each([{ maxUses: 0 }, { maxUses: 1.5 }, { maxUsesPerOwner: -1 }, { maxUse: 1 }])('refuses %j', (options) => {
    expect(() => createMemoryReplay(options)).toThrow(expect.toSatisfy(isConfigurationError));
  });
});
