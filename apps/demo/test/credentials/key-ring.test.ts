import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createKeyRing, tokenSeconds } from '../../src/credentials/key-ring.js';

describe('the keys of the issuer', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());
  const pass = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1000);

  it('are published before they sign, and until their last token has ended', async () => {
    const ring = await createKeyRing();
    const names = (): readonly string[] => ring.keys().map(({ keyid }) => keyid);
    expect(names()).toEqual(['rsa-1', 'ec-2']);
    await ring.rotate();
    expect(names()).toEqual(['rsa-1', 'ec-2', 'rsa-3']);
    expect([ring.latest().current.keyid, ring.latest().previous.keyid]).toEqual(['ec-2', 'rsa-1']);
    pass(tokenSeconds + 299);
    expect(names()).toEqual(['rsa-1', 'ec-2', 'rsa-3']);
    pass(1);
    expect(names()).toEqual(['ec-2', 'rsa-3']);
  });

  it('sign no sooner than verifiers may know them', async () => {
    const ring = await createKeyRing();
    expect(ring.mayRotate()).toBe(false);
    pass(4);
    expect(ring.mayRotate()).toBe(false);
    pass(1);
    expect(ring.mayRotate()).toBe(true);
    await ring.rotate();
    expect(ring.mayRotate()).toBe(false);
  });
});
