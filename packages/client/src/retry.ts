import type { Clock, RandomSource } from '@auth/core/signing';

import type { AnswerHead } from './challenge-response.js';
import { drawFraction } from './jitter.js';

/** How often and how long a call tries again. */
export interface Retry {
  /** How often one call is sent because of 429, 503 or a lost connection, the first time included: 1 to 10, default 2. */
  readonly attempts?: number;
  /** Seconds: longest wait that `Retry-After` may ask for, 0 to 3600, default 30. Over it the answer is handed out. */
  readonly maxWaitSeconds?: number;
}

/** What tells whether a call may be sent again. */
interface Repeatable {
  readonly method: string;
  readonly headers: { has(name: string): boolean };
  readonly body: { readonly replayable: boolean };
}

/** RFC 9110 §9.2.2. */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether a call may be sent again when nobody knows what became of it. */
export function mayRepeat({ method, headers, body }: Repeatable): boolean {
  // Decision: 429 and 503 count as "nobody knows" too, since a proxy behind the API may have sent them.
  return body.replayable && (idempotent.has(method.toUpperCase()) || headers.has('idempotency-key'));
}

/**
 * Seconds to wait before a 429 or 503 is worth another try: what `Retry-After` says (RFC 9110 §10.2.3), else when a used-up
 * `RateLimit` is filled again (draft-ietf-httpapi-ratelimit-headers), and a little more by chance, so that those who were sent away
 * together do not come back together.
 * @returns undefined where it says nothing, or more than `maxWaitSeconds`
 */
export function findWait(
  { status, headers }: AnswerHead,
  maxWaitSeconds: number,
  { clock, random }: { readonly clock: Clock; readonly random: RandomSource },
): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const asked = parseRetryAfter(headers.get('retry-after'), clock.now()) ?? parseRateLimit(headers.get('ratelimit'));
  if (asked === undefined || asked > maxWaitSeconds) return undefined;
  return asked + drawFraction(random) * Math.max(0.25, asked * 0.1);
}

/** Seconds to wait before a lost connection is tried again: 0.1 to 0.2, doubled each time. */
export function backOff(attempt: number, random: RandomSource): number {
  return 0.1 * 2 ** (attempt - 1) * (1 + drawFraction(random));
}

/** Of a field that somebody else wrote. */
const longestField = 1000;
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Seconds from now; undefined for anything but a number of seconds or an HTTP date (RFC 9110 §5.6.7). */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const ms = httpDate.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms / 1000 - now);
}

/** Seconds until the last of the limits that are used up (`r=0`) is filled again (`t`). */
function parseRateLimit(value: string | null): number | undefined {
  const waits = (value ?? '')
    .slice(0, longestField)
    .split(',')
    .flatMap((limit) => (/;\s*r=0(?![\d.])/.test(limit) ? [Number(/;\s*t=(\d{1,9})(?![\d.])/.exec(limit)?.[1])] : []));
  return waits.length === 0 || waits.some(Number.isNaN) ? undefined : Math.max(...waits);
}
