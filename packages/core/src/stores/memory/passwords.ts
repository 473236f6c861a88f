import type { PasswordRecord, PasswordStore } from '../credentials.js';

/** Users of one process, by name. */
export function createMemoryPasswords(records: Iterable<PasswordRecord>): PasswordStore {
  const byName = new Map([...records].map((record) => [record.username, record]));
  return { findUser: (username) => byName.get(username) };
}
