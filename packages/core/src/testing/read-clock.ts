import { parseTime } from '../base/time.js';
import type { Faults } from '../errors/faults.js';
import { isObject } from './members.js';
import { createOffsetClock, createTestClock, type TestClock } from './test-clock.js';

/** Reads `clock`: a distance from the true time, or a time at which it stands still. */
export function readClock(json: unknown, faults: Faults): TestClock {
  const { at, offsetSeconds = 0, ...others } = isObject(json) ? json : {};
  const time = at === undefined ? undefined : parseTime(at);
  const wellFormed =
    (json === undefined || isObject(json)) &&
    Object.keys(others).length === 0 &&
    (at === undefined || (time !== undefined && offsetSeconds === 0)) &&
    typeof offsetSeconds === 'number';
  if (!wellFormed)
    faults.add('clock', 'invalid-option', 'must be { "offsetSeconds": 0 } or { "at": "2026-01-01T00:00:00Z" }');
  return time === undefined ? createOffsetClock(Number(offsetSeconds)) : createTestClock(time);
}
