import { parseTime } from '../base/time.js';

/** RFC 3339 with a zone: without one a time means another moment on each machine. */
export const isTime = (value: unknown): value is string => typeof value === 'string' && parseTime(value) !== undefined;

/** Seconds since the epoch. */
export const secondsOf = (time: string): number => parseTime(time)!;
