import type { ApiKeyRecord, ApiKeyStore } from '@auth/core';

import type { Row } from './client.js';
import { isStorable, isTaken, type Postgres } from './postgres.js';

const columns = 'id, record::text AS record, uses, last_used_at';

/**
 * Keeps API keys in PostgreSQL, by the SHA-256 of their text: never a key. One statement for each method; a change holds for the next
 * look-up of every process.
 * @example apiKey({ prefix: 'acme', store: createPostgresCredentials(postgres) })
 */
export function createPostgresCredentials(postgres: Postgres): Required<ApiKeyStore> {
  const table = `${postgres.schema}.api_keys`;
  const findOne = async (column: 'id' | 'hash', value: string): Promise<ApiKeyRecord | undefined> => {
    if (!isStorable(value)) return undefined;
    const [row] = await postgres.query(`SELECT ${columns} FROM ${table} WHERE ${column} = $1::text`, [value]);
    return row && readRow(row);
  };
  return {
    findApiKey: (hash) => findOne('hash', hash),
    findApiKeyById: (id) => findOne('id', id),
    async insertApiKey(hash, { uses, lastUsedAt, ...record }) {
      const rows = await postgres.query(
        `INSERT INTO ${table} (id, hash, subject, record, uses, last_used_at)
         VALUES ($1::text, $2::text, $3::text, ($4::text)::jsonb, $5::float8, $6::float8)
         ON CONFLICT DO NOTHING RETURNING id`,
        [record.id, hash, record.subject, JSON.stringify(record), uses ?? null, lastUsedAt ?? null],
      );
      return rows.length === 1;
    },
    async changeApiKey(id, change) {
      if (!isStorable(id)) return undefined;
      const [row] = await postgres.query(
        `UPDATE ${table} SET record = record || ($2::text)::jsonb WHERE id = $1::text RETURNING ${columns}`,
        [id, JSON.stringify(change)],
      );
      return row && readRow(row);
    },
    async replaceApiKey(id, { replacedUntil, hash, ...successor }) {
      if (!isStorable(id)) return false;
      try {
        const rows = await postgres.query(
          `WITH old AS (
             UPDATE ${table} SET record = record || jsonb_build_object('replacedUntil', $5::float8)
             WHERE id = $1::text AND record->>'revoked' = 'false' AND record->'replacedUntil' IS NULL
             RETURNING subject, record
           )
           INSERT INTO ${table} (id, hash, subject, record)
           SELECT $2::text, $3::text, subject, (record - 'replacedUntil') || ($4::text)::jsonb FROM old
           RETURNING id`,
          [id, successor.id, hash, JSON.stringify(successor), replacedUntil],
        );
        return rows.length === 1;
      } catch (error) {
        // The whole statement is undone.
        if (isTaken(error)) return false;
        throw error;
      }
    },
    async listApiKeys({ subject, after, limit }) {
      if (![subject ?? '', after ?? ''].every(isStorable)) return [];
      const rows = await postgres.query(
        `SELECT ${columns} FROM ${table}
         WHERE ($1::text IS NULL OR subject = $1::text)
           AND seq > CASE WHEN $2::text IS NULL THEN 0 ELSE
             (SELECT seq FROM ${table} WHERE id = $2::text AND ($1::text IS NULL OR subject = $1::text)) END
         ORDER BY seq LIMIT $3::int`,
        [subject ?? null, after ?? null, limit],
      );
      return rows.map(readRow);
    },
    async recordUse(uses) {
      // In one order, so that two processes never wait for one another.
      const sorted = [...uses].filter(({ id }) => isStorable(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
      await postgres.query(
        `UPDATE ${table} AS k SET uses = coalesce(k.uses, 0) + u.uses,
           last_used_at = greatest(k.last_used_at, u."lastUsedAt")
         FROM jsonb_to_recordset(($1::text)::jsonb) AS u(id text, uses float8, "lastUsedAt" float8),
           LATERAL (SELECT seq FROM ${table} WHERE id = u.id FOR UPDATE) AS locked
         WHERE k.seq = locked.seq`,
        [JSON.stringify(sorted)],
      );
    },
  };
}

function readRow({ record, uses, last_used_at: lastUsedAt }: Row): ApiKeyRecord {
  return {
    ...(JSON.parse(String(record)) as ApiKeyRecord),
    ...(uses !== null && { uses: Number(uses) }),
    ...(lastUsedAt !== null && { lastUsedAt: Number(lastUsedAt) }),
  };
}
