import type { Table } from '../report/table.js';
import { microseconds, timesSpread } from '../report/units.js';
import type { Lap, Laps } from './race.js';
import { paired, ratio, spreadOf, type Spread } from './statistics.js';

const lapsOf = (laps: Laps, name: string): readonly Lap[] => {
  const found = laps.get(name);
  if (found === undefined) throw new Error(`no case is called ${name}`);
  return found;
};

const cpuOf = (laps: Laps, name: string): readonly number[] => lapsOf(laps, name).map(({ cpuUs }) => cpuUs);
const wallOf = (laps: Laps, name: string): readonly number[] => lapsOf(laps, name).map(({ wallUs }) => wallUs);

/** Processor time of one case by that of another, round by round. */
export const cpuRatio = (laps: Laps, name: string, other: string): Spread =>
  paired(cpuOf(laps, name), cpuOf(laps, other), ratio);

export const cpuMicroseconds = (laps: Laps, name: string): number => spreadOf(cpuOf(laps, name)).median;

/** All cases by one of them. */
export function tableOf(title: string, laps: Laps, baseline: string): Table {
  return {
    title,
    columns: ['', 'cpu us', `cpu / ${baseline}`, `wall / ${baseline}`],
    rows: [...laps.keys()].map((name) => [
      name,
      microseconds(cpuMicroseconds(laps, name)),
      timesSpread(cpuRatio(laps, name, baseline)),
      timesSpread(paired(wallOf(laps, name), wallOf(laps, baseline), ratio)),
    ]),
  };
}
