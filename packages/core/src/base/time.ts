// RFC 3339 §5.6, with a zone: Date.parse alone takes much else.
const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Seconds since the epoch of a time given as such, or as RFC 3339 text; undefined for anything else. */
export function parseTime(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  const date = typeof value === 'string' ? rfc3339.exec(value)?.[1] : undefined;
  if (date === undefined) return undefined;
  // The 30th of February would come out as the 2nd of March.
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date)) return undefined;
  const ms = Date.parse(value as string);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

// The largest time that a Date can hold, in seconds.
const maxNumericDate = 8.64e12;

/** Whether a value of JSON is a NumericDate (RFC 7519 §2): seconds since the epoch, that a Date can hold. */
export const isNumericDate = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= maxNumericDate;
