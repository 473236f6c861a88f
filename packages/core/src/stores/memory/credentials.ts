import type { ApiKeyRecord, CredentialStore } from '../credentials.js';

/** API keys of one process, by hash. */
export function createMemoryCredentials(
  records: Iterable<readonly [hash: string, record: ApiKeyRecord]>,
): CredentialStore {
  const byHash = new Map(records);
  return { findApiKey: (hash) => byHash.get(hash) };
}
