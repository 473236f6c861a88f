import { systemClock, type Clock } from '@auth/core';
import type { TokenStore } from '@auth/core/issuer';

import { isStorable, type Postgres } from './postgres.js';
import { createSweep } from './sweep.js';

export interface PostgresTokensOptions {
  /** By which entries are forgotten; that of the issuer. */
  readonly clock?: Clock;
}

/**
 * Keeps the state of an issuer in PostgreSQL, by hashes of what clients hold.
 * @example createIssuer({ issuer, clients, tokens: createPostgresTokens(postgres) })
 */
export function createPostgresTokens(
  postgres: Postgres,
  { clock = systemClock }: PostgresTokensOptions = {},
): TokenStore {
  const table = `${postgres.schema}.tokens`;
  const sweep = createSweep(postgres, table);
  return {
    async insert(key, { value, until }) {
      sweep(clock.now());
      const rows = await postgres.query(
        `INSERT INTO ${table} (key, value, until) VALUES ($1::text, $2::text, $3::float8)
         ON CONFLICT DO NOTHING RETURNING key`,
        [key, value, until],
      );
      return rows.length === 1;
    },
    async find(key, now) {
      if (!isStorable(key)) return undefined;
      const [row] = await postgres.query(
        `SELECT value, until FROM ${table} WHERE key = $1::text AND until > $2::float8`,
        [key, now],
      );
      return row && { value: String(row['value']), until: Number(row['until']) };
    },
    async replace(key, { from, to }) {
      const rows = await postgres.query(
        `UPDATE ${table} SET value = $3::text, until = $4::float8
         WHERE key = $1::text AND value = $2::text RETURNING key`,
        [key, from, to.value, to.until],
      );
      return rows.length === 1;
    },
  };
}
