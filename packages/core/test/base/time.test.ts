import { describe, expect, it } from 'vitest';

import { parseTime } from '../../src/base/time.js';

describe('parseTime', () => {
  it.each([
    [0, 0],
    [1.5, 1.5],
    ['1970-01-01T00:00:01Z', 1],
    ['2026-01-01t00:00:00z', 1_767_225_600],
    ['2026-01-01T01:00:00.250+01:00', 1_767_225_600.25],
  ])('reads %s', (value, seconds) => {
    expect(parseTime(value)).toBe(seconds);
  });

  it.each([
    -1,
    Number.NaN,
    Infinity,
    null,
    true,
    [],
    '',
    '1767225600',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-01-01 00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T25:00:00Z',
    'Thu, 01 Jan 2026 00:00:00 GMT',
    '2026-02-30T00:00:00Z',
  ])('refuses %s (RFC 3339 §5.6)', (value) => {
    expect(parseTime(value)).toBeUndefined();
  });
});
