import type { PasswordRecord, PasswordStore } from '../credentials.js';

/** Users of one process, by name. */
export function createMemoryPasswords(records: Iterable<PasswordRecord>): Required<PasswordStore> {
  const byName = new Map([...records].map((record) => [record.username, record]));
  return {
    findUser: (username) => byName.get(username),
    replaceHash(username, { from, to }) {
      const record = byName.get(username);
      if (record?.passwordHash !== from) return false;
      byName.set(username, Object.freeze({ ...record, passwordHash: to }));
      return true;
    },
  };
}
