import type { Postgres } from './postgres.js';

// What another process, whose clock is behind, may still ask for is kept for so long beyond its time.
const driftSeconds = 60;
const everySeconds = 60;

/** Deletes rows whose time is over, once a minute and some at a time, beside what it is called for. Never throws. */
export function createSweep(postgres: Postgres, table: string): (now: number) => void {
  let sweptAt = Number.NEGATIVE_INFINITY;
  return (now) => {
    if (now < sweptAt + everySeconds && now >= sweptAt) return;
    sweptAt = now;
    postgres
      .query(
        `DELETE FROM ${table} WHERE key IN
           (SELECT key FROM ${table} WHERE until < $1::float8 LIMIT 10000 FOR UPDATE SKIP LOCKED)`,
        [now - driftSeconds],
      )
      // What is left is deleted the next time.
      .catch(() => undefined);
  };
}
