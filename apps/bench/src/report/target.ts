import { microseconds, times } from './units.js';

/** A number that the project wants to reach, and what was measured. */
export interface Target {
  readonly what: string;
  readonly measured: number;
  readonly limit: number;
  /** Whether more is better. */
  readonly atLeast?: boolean;
  readonly unit: 'x' | 'us' | 'bytes' | 'requests';
}

export const isReached = ({ measured, limit, atLeast = false }: Target): boolean =>
  atLeast ? measured >= limit : measured <= limit;

/** `reached  RS256: scheme / node:crypto: 1.18x, at most 1.25x`. */
export function formatTarget(target: Target): string {
  const { what, measured, limit, atLeast = false } = target;
  const verdict = isReached(target) ? 'reached' : 'missed ';
  return `${verdict}  ${what}: ${inUnit(target, measured)}, at ${atLeast ? 'least' : 'most'} ${inUnit(target, limit)}`;
}

function inUnit({ unit }: Target, value: number): string {
  switch (unit) {
    case 'x':
      return times(value);
    case 'us':
      return `${microseconds(value)} us`;
    case 'bytes':
      return `${Math.round(value)} bytes`;
    case 'requests':
      return `${value} requests`;
  }
}
