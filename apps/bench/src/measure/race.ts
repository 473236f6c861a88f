import type { Awaitable } from '@auth/core';

import { shuffled } from './statistics.js';

/** One way of judging a credential. */
export interface Case {
  readonly name: string;
  /** Judges the credential of this number, and answers whether it was taken. */
  readonly judge: (index: number) => Awaitable<boolean>;
  /** How many are under way at once, where it answers with a promise. */
  readonly inFlight?: number;
}

export interface Pace {
  readonly rounds: number;
  /** How long each case runs in each round. */
  readonly lapMs: number;
}

/** One case in one round: microseconds for one credential. */
export interface Lap {
  /** Of all threads. */
  readonly cpuUs: number;
  readonly wallUs: number;
}

/** The laps of each case by its name, one a round. */
export type Laps = ReadonlyMap<string, readonly Lap[]>;

interface Runner {
  readonly entry: Case;
  count: number;
  readonly laps: Lap[];
}

// Warm-up before anything counts, in laps.
const warmUpLaps = 16;

/**
 * Runs cases against each other in this process: every round runs each once, in random order.
 * @param taken what every case must answer: one that judges otherwise measures something else
 * @throws Error where a case judges otherwise.
 */
export async function race(cases: readonly Case[], pace: Pace, taken: boolean): Promise<Laps> {
  const runners: Runner[] = [];
  for (const entry of cases) runners.push({ entry, count: await warmUp(entry, pace, taken), laps: [] });
  // What the first were compiled for has changed since by what the later ones do.
  for (const runner of runners) runner.count = await warmUp(runner.entry, pace, taken);
  for (let round = 0; round < pace.rounds; round++) {
    for (const { entry, count, laps } of shuffled(runners)) laps.push(await runLap(entry, count, taken));
  }
  return new Map(runners.map(({ entry, laps }) => [entry.name, laps]));
}

/** Answers how many credentials make a lap. */
async function warmUp(entry: Case, { lapMs }: Pace, taken: boolean): Promise<number> {
  let count = entry.inFlight ?? 1;
  let wallMs = 0;
  for (let spentMs = 0; spentMs < lapMs * warmUpLaps; spentMs += wallMs) {
    if (wallMs < lapMs / 2) count *= 2;
    wallMs = ((await runLap(entry, count, taken)).wallUs * count) / 1000;
  }
  return Math.max(entry.inFlight ?? 1, Math.ceil((count * lapMs) / wallMs));
}

async function runLap(entry: Case, count: number, taken: boolean): Promise<Lap> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  // Nothing that answers at once is awaited: that would be measured too.
  const agreed =
    entry.inFlight === undefined
      ? judgeMany(entry, count, taken)
      : await judgeInFlight(entry, entry.inFlight, count, taken);
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  if (agreed !== count) throw new Error(`${entry.name} ${taken ? 'refused' : 'took'} ${count - agreed} of ${count}`);
  return { cpuUs: (user + system) / count, wallUs: (wallMs * 1000) / count };
}

function judgeMany({ judge }: Case, count: number, taken: boolean): number {
  let agreed = 0;
  for (let index = 0; index < count; index++) if (judge(index) === taken) agreed++;
  return agreed;
}

/** As many callers as are in flight, each of which waits for its answer. */
async function judgeInFlight({ judge }: Case, inFlight: number, count: number, taken: boolean): Promise<number> {
  let agreed = 0;
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) if ((await judge(next++)) === taken) agreed++;
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return agreed;
}
