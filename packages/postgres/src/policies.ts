import type { PolicyData } from '@auth/core/policy';

import type { Postgres } from './postgres.js';

/** A policy as it was saved. */
export interface SavedPolicy {
  /** Counts up: the highest holds. */
  readonly version: number;
  readonly policy: PolicyData;
}

/** Where policies are, each version of them. */
export interface PolicyStore {
  /** The latest; undefined before the first. */
  load(): Promise<SavedPolicy | undefined>;
  /**
   * Saves the next version.
   * @param after the version that it was made from (0: none). Where another was saved meanwhile nothing is, and the answer is undefined.
   */
  save(policy: PolicyData, after: number): Promise<SavedPolicy | undefined>;
}

/**
 * Keeps policies in PostgreSQL. None is changed or deleted, so that it can be told what held when.
 * @example const saved = await createPostgresPolicies(postgres).load();
 */
export function createPostgresPolicies(postgres: Postgres): PolicyStore {
  const table = `${postgres.schema}.policies`;
  return {
    async load() {
      const [row] = await postgres.query(
        `SELECT version::text AS version, policy::text AS policy FROM ${table} ORDER BY version DESC LIMIT 1`,
      );
      return row && { version: Number(row['version']), policy: JSON.parse(String(row['policy'])) as PolicyData };
    },
    async save(policy, after) {
      // Of two that are made from one version the primary key refuses one.
      const [row] = await postgres.query(
        `INSERT INTO ${table} (version, policy)
         SELECT $2::bigint + 1, ($1::text)::jsonb
         WHERE coalesce((SELECT max(version) FROM ${table}), 0) = $2::bigint
         ON CONFLICT DO NOTHING RETURNING version::text AS version`,
        [JSON.stringify(policy), after],
      );
      return row && { version: Number(row['version']), policy };
    },
  };
}
