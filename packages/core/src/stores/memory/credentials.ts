import type { ApiKeyRecord, ApiKeyStore } from '../credentials.js';

/** API keys of one process, by hash. */
export function createMemoryCredentials(
  records: Iterable<readonly [hash: string, record: ApiKeyRecord]> = [],
): ApiKeyStore {
  const byHash = new Map(records);
  const hashById = new Map([...byHash].map(([hash, { id }]) => [id, hash]));
  return {
    findApiKey: (hash) => byHash.get(hash),
    insertApiKey(hash, record) {
      if (byHash.has(hash) || hashById.has(record.id)) return false;
      byHash.set(hash, Object.freeze({ ...record }));
      hashById.set(record.id, hash);
      return true;
    },
    changeApiKey(id, change) {
      const hash = hashById.get(id);
      const record = hash === undefined ? undefined : byHash.get(hash);
      if (hash === undefined || record === undefined) return undefined;
      const changed = Object.freeze({ ...record, ...change });
      byHash.set(hash, changed);
      return changed;
    },
    listApiKeys: (subject) =>
      [...byHash.values()].filter((record) => subject === undefined || record.subject === subject),
  };
}
