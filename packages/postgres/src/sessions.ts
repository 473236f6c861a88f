import { systemClock, type Clock } from '@auth/core';
import type { SessionStore } from '@auth/core/oidc';

import type { Postgres } from './postgres.js';
import { createSweep } from './sweep.js';

export interface PostgresSessionsOptions {
  /** By which ends are forgotten; that of the scheme. */
  readonly clock?: Clock;
}

/** Remembers in PostgreSQL which sessions ended, for all processes. */
export function createPostgresSessions(
  postgres: Postgres,
  { clock = systemClock }: PostgresSessionsOptions = {},
): SessionStore {
  const table = `${postgres.schema}.sessions`;
  const sweep = createSweep(postgres, table);
  return {
    async end({ key, at, until }) {
      sweep(clock.now());
      await postgres.query(
        `INSERT INTO ${table} AS s (key, at, until) VALUES ($1::text, $2::float8, $3::float8)
         ON CONFLICT (key) DO UPDATE SET at = greatest(s.at, excluded.at), until = greatest(s.until, excluded.until)`,
        [key, at, until],
      );
    },
    async endedAt(keys) {
      const [row] = await postgres.query(
        `SELECT max(at) AS latest FROM ${table} WHERE key IN (SELECT jsonb_array_elements_text(($1::text)::jsonb))`,
        [JSON.stringify(keys)],
      );
      const latest = row?.['latest'];
      return latest === null || latest === undefined ? undefined : Number(latest);
    },
  };
}
