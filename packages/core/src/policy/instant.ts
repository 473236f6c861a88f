/** RFC 3339 with a zone: without one a time means another moment on each machine. */
export const isTime = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(value) &&
  !Number.isNaN(Date.parse(value));

/** Seconds since the epoch. */
export const secondsOf = (time: string): number => Date.parse(time) / 1000;
