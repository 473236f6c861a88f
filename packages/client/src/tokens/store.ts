import type { CachedToken, TokenCache } from '@auth/core/signing';

/** Keeps tokens in memory, the last `maxEntries` that were saved. Nothing of it is shown by `inspect` or JSON. */
export function createMemoryTokens(maxEntries = 1000): TokenCache {
  const tokens = new Map<string, CachedToken>();
  return {
    find: (key) => tokens.get(key),
    save(key, token) {
      // A Map keeps the order of insertion: the oldest is the first.
      tokens.delete(key);
      tokens.set(key, token);
      const [oldest] = tokens.keys();
      if (tokens.size > maxEntries && oldest !== undefined) tokens.delete(oldest);
    },
    remove(key, refused) {
      if (tokens.get(key) === refused) tokens.delete(key);
    },
  };
}
