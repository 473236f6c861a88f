import { describe, expect, it } from 'vitest';

import { createMemorySessions } from '../../../src/oidc.js';
import { createTestClock } from '../../../src/testing.js';

describe('createMemorySessions', () => {
  it('answers the latest end of several keys, and undefined where none ended', () => {
    const store = createMemorySessions({ clock: createTestClock(0) });
    void store.end({ key: 'a', at: 1, until: 100 });
    void store.end({ key: 'b', at: 3, until: 100 });
    expect(store.endedAt(['a', 'b', 'c'])).toBe(3);
    expect(store.endedAt(['a'])).toBe(1);
    expect(store.endedAt(['c'])).toBeUndefined();
  });

  it('keeps the latest of several ends of one key', () => {
    const store = createMemorySessions({ clock: createTestClock(0) });
    for (const at of [2, 5, 3]) void store.end({ key: 'a', at, until: 100 });
    expect(store.endedAt(['a'])).toBe(5);
  });

  it('is bounded: it forgets what is over by its time, and nothing else', () => {
    const clock = createTestClock(0);
    const store = createMemorySessions({ maxEnds: 2, clock });
    void store.end({ key: 'a', at: 0, until: 10 });
    void store.end({ key: 'b', at: 0, until: 20 });
    expect(() => store.end({ key: 'c', at: 0, until: 30 })).toThrow('2 ends');
    void store.end({ key: 'a', at: 1, until: 11 });
    clock.advance(11);
    void store.end({ key: 'c', at: 11, until: 30 });
    expect([store.endedAt(['a']), store.endedAt(['b']), store.endedAt(['c'])]).toEqual([undefined, 0, 11]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses maxEnds of %d', (maxEnds) => {
    expect(() => createMemorySessions({ maxEnds })).toThrow('positive whole number');
  });
});
