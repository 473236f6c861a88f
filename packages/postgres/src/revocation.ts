import type { RevocationStore } from '@auth/core';

import type { Postgres } from './postgres.js';
import { createSweep } from './sweep.js';

/**
 * Keeps revocations in PostgreSQL. Each look-up is one statement, so that what one process revoked every other refuses at its next request.
 * @example createAuth({ schemes, stores: { revocation: createPostgresRevocation(postgres) } })
 */
export function createPostgresRevocation(postgres: Postgres): RevocationStore {
  const table = `${postgres.schema}.revocations`;
  const sweep = createSweep(postgres, table);
  return {
    async revoke({ key, issuedBefore, now, until }) {
      sweep(now);
      await postgres.query(
        `INSERT INTO ${table} AS r (key, issued_before, until) VALUES ($1::text, $2::float8, $3::float8)
         ON CONFLICT (key) DO UPDATE SET issued_before = greatest(r.issued_before, excluded.issued_before),
           until = greatest(r.until, excluded.until)`,
        [key, issuedBefore, until],
      );
    },
    async find(keys, now) {
      const [row] = await postgres.query(
        `SELECT max(issued_before) AS latest FROM ${table}
         WHERE key IN (SELECT jsonb_array_elements_text(($1::text)::jsonb)) AND until > $2::float8`,
        [JSON.stringify(keys), now],
      );
      const latest = row?.['latest'];
      return latest === null || latest === undefined ? undefined : Number(latest);
    },
  };
}
