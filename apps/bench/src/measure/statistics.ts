/** The middle of what was measured, and the middle half of it. */
export interface Spread {
  readonly median: number;
  /** A quarter of the values lies below. */
  readonly low: number;
  /** A quarter of the values lies above. */
  readonly high: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

/** Between two neighbours in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** What two cases were in the same rounds: value by value, so that what slows the machine for a while slows both. */
export function paired(
  values: readonly number[],
  others: readonly number[],
  combine: (value: number, other: number) => number,
): Spread {
  return spreadOf(values.map((value, round) => combine(value, others[round] ?? Number.NaN)));
}

export const ratio = (value: number, other: number): number => value / other;
export const difference = (value: number, other: number): number => value - other;

/** In random order (Fisher and Yates). */
export function shuffled<T>(list: readonly T[]): readonly T[] {
  const items = [...list];
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
