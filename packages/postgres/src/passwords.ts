import type { PasswordRecord, PasswordStore } from '@auth/core';

import { isStorable, type Postgres } from './postgres.js';

/** Users with passwords that can be managed. */
export interface PostgresPasswords extends Required<PasswordStore> {
  /** Makes a user, or replaces all that is kept of one. */
  saveUser(record: PasswordRecord): Promise<void>;
  /** @returns whether there was one */
  removeUser(username: string): Promise<boolean>;
}

/**
 * Keeps users in PostgreSQL: the PHC text of `hashPassword`, never a password.
 * @example basic({ store: createPostgresPasswords(postgres) })
 */
export function createPostgresPasswords(postgres: Postgres): PostgresPasswords {
  const table = `${postgres.schema}.passwords`;
  return {
    async findUser(username) {
      if (!isStorable(username)) return undefined;
      const [row] = await postgres.query(
        `SELECT password_hash, roles::text AS roles, disabled FROM ${table} WHERE username = $1::text`,
        [username],
      );
      if (row === undefined) return undefined;
      return {
        username,
        passwordHash: String(row['password_hash']),
        roles: JSON.parse(String(row['roles'])) as readonly string[],
        disabled: row['disabled'] !== false,
      };
    },
    async replaceHash(username, { from, to }) {
      if (!isStorable(username)) return false;
      const rows = await postgres.query(
        `UPDATE ${table} SET password_hash = $3::text
         WHERE username = $1::text AND password_hash = $2::text RETURNING username`,
        [username, from, to],
      );
      return rows.length === 1;
    },
    async saveUser({ username, passwordHash, roles, disabled }) {
      await postgres.query(
        `INSERT INTO ${table} (username, password_hash, roles, disabled)
         VALUES ($1::text, $2::text, ($3::text)::jsonb, $4::boolean)
         ON CONFLICT (username) DO UPDATE
         SET password_hash = excluded.password_hash, roles = excluded.roles, disabled = excluded.disabled`,
        [username, passwordHash, JSON.stringify(roles), disabled],
      );
    },
    async removeUser(username) {
      const rows = await postgres.query(`DELETE FROM ${table} WHERE username = $1::text RETURNING username`, [
        username,
      ]);
      return rows.length === 1;
    },
  };
}
