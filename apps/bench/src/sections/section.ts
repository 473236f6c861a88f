import type { Pace } from '../measure/race.js';
import type { Table } from '../report/table.js';
import type { Target } from '../report/target.js';

/** What one part of the bench found. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
}

/** How much is measured. */
export interface Effort {
  readonly pace: Pace;
  /** Sizes of the API key stores. */
  readonly keyCounts: readonly number[];
  /** Sizes of the key sets of an issuer. */
  readonly setSizes: readonly number[];
  /** Sizes of the policies. */
  readonly ruleCounts: readonly number[];
  readonly requests: RequestPace;
}

export interface RequestPace {
  readonly rounds: number;
  /** In each round, to each server. */
  readonly requests: number;
  readonly warmUp: number;
  readonly connections: number;
}

export type Section = (effort: Effort) => Promise<Findings>;

export const joinFindings = (findings: readonly Findings[]): Findings => ({
  tables: findings.flatMap(({ tables }) => tables),
  targets: findings.flatMap(({ targets }) => targets),
});
