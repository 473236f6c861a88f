import { Faults } from '@auth/core/signing';
import type { ReplayStore } from '@auth/core';

import type { Postgres } from './postgres.js';
import { createSweep } from './sweep.js';

/** Bounds of a replay store in PostgreSQL. */
export interface PostgresReplayOptions {
  /** Uses of one owner that are remembered at once; default 100 000. */
  readonly maxUsesPerOwner?: number;
}

/**
 * Remembers in PostgreSQL what was used, by a unique index. For those who have no Redis: each use is a write to disk.
 * @throws ConfigurationError with every fault of the options
 */
export function createPostgresReplay(postgres: Postgres, options: PostgresReplayOptions = {}): ReplayStore {
  const faults = new Faults();
  faults.addUnknown(options, ['maxUsesPerOwner']);
  const { maxUsesPerOwner = 100_000 } = options;
  if (!(Number.isSafeInteger(maxUsesPerOwner) && maxUsesPerOwner > 0))
    faults.add('maxUsesPerOwner', 'invalid-option', 'must be a positive whole number');
  faults.throwIfAny();
  const table = `${postgres.schema}.replay`;
  const sweep = createSweep(postgres, table);
  return {
    async use({ key, owner, now, until }) {
      sweep(now);
      const [row] = await postgres.query(
        `WITH owned AS (
           SELECT count(*) AS count FROM
             (SELECT FROM ${table} WHERE owner = $2::text AND until > $3::float8 LIMIT $5::int) AS few
         ), taken AS (
           INSERT INTO ${table} AS r (key, owner, until)
           SELECT $1::text, $2::text, $4::float8 FROM owned WHERE count < $5::int
           ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE r.until <= $3::float8
           RETURNING key
         )
         SELECT (SELECT count(*) FROM taken)::int AS taken, (SELECT count FROM owned)::int AS owned,
           (SELECT count(*) FROM ${table} WHERE key = $1::text AND until > $3::float8)::int AS known`,
        [key, owner, now, until, maxUsesPerOwner],
      );
      if (row?.['taken'] === 1) return 'new';
      return row?.['known'] === 0 && row['owned'] === maxUsesPerOwner ? 'full' : 'used';
    },
  };
}
