import type { Spread } from '../measure/statistics.js';

export const times = (value: number): string => `${value.toFixed(2)}x`;
export const microseconds = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(1));

/** `1.18x (1.15-1.21)`: the median and the middle half. */
export const timesSpread = ({ median, low, high }: Spread): string =>
  `${times(median)} (${low.toFixed(2)}-${high.toFixed(2)})`;
