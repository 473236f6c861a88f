// Decision: a minute is short enough to act upon, and long enough for a count.
const windowSeconds = 60;
// Decision: half an hour of what was usual, and a quarter of it before anything is told.
const kept = 30;
const least = 8;
// Decision: fewer than these are nobody's flood.
const leastEvents = 20;
// Decision: eight deviations, and three times as much. See the figures of README.md.
const deviations = 8;
const times = 3;
/** Of a normal distribution the standard deviation is so many median absolute deviations. */
const toDeviation = 1.4826;

/** Uses of one credential by the minute. */
export interface Volume {
  window: number;
  count: number;
  told: boolean;
  readonly before: number[];
}

export const newVolume = (): Volume => ({ window: -1, count: 0, told: false, before: [] });

/**
 * Counts a use, and tells when this minute has more of them than is usual: more than the median of the last thirty minutes and eight standard
 * deviations, which are estimated by the median absolute deviation, so that a flood does not raise its own bar; at least by the
 * square root of the median, as counts have it (Poisson), and by no less than three times the median and 20.
 * @returns what is usual, once a minute that has too many
 */
export function countUse(volume: Volume, now: number): { readonly usual: number; readonly now: number } | undefined {
  const window = Math.floor(now / windowSeconds);
  if (window !== volume.window) turn(volume, window);
  volume.count++;
  if (volume.told || volume.before.length < least || volume.count <= leastEvents) return undefined;
  const usual = median(volume.before);
  const spread = toDeviation * median(volume.before.map((count) => Math.abs(count - usual)));
  const most = Math.max(usual + deviations * Math.max(spread, Math.sqrt(usual), 1), times * usual, leastEvents);
  if (volume.count <= most) return undefined;
  volume.told = true;
  return { usual, now: volume.count };
}

/** Minutes without a use count as such. A clock that goes back begins anew in its minute. */
function turn(volume: Volume, window: number): void {
  const first = volume.window === -1;
  const empty = Math.max(0, Math.min(kept, window - volume.window - 1));
  if (!first) volume.before.push(volume.count, ...Array.from({ length: empty }, () => 0));
  volume.before.splice(0, volume.before.length - kept);
  volume.window = window;
  volume.count = 0;
  volume.told = false;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
