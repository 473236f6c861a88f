import type { SigningKeyStore } from '@auth/core/issuer';

import { isStorable, isTaken, type Postgres } from './postgres.js';

/** Keeps the signing keys of an issuer in PostgreSQL, for all its processes, as the issuer has sealed them. */
export function createPostgresSigningKeys(postgres: Postgres): SigningKeyStore {
  const table = `${postgres.schema}.signing_keys`;
  return {
    async list() {
      const rows = await postgres.query(`SELECT keyid, sealed FROM ${table} ORDER BY seq`);
      return rows.map(({ keyid, sealed }) => ({ keyid: String(keyid), value: String(sealed) }));
    },
    async add({ keyid, value }, after) {
      try {
        // Of two that follow the same key one is refused by the unique index, whatever both have read.
        const rows = await postgres.query(
          `INSERT INTO ${table} (keyid, predecessor, sealed) SELECT $1::text, $2::text, $3::text
           WHERE coalesce((SELECT keyid FROM ${table} ORDER BY seq DESC LIMIT 1), '') = $2::text
           RETURNING keyid`,
          [keyid, after ?? '', value],
        );
        return rows.length === 1;
      } catch (error) {
        if (isTaken(error)) return false;
        throw error;
      }
    },
    async remove(keyid) {
      if (isStorable(keyid)) await postgres.query(`DELETE FROM ${table} WHERE keyid = $1::text`, [keyid]);
    },
  };
}
