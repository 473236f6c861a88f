import type { SigningKeyEntry, SigningKeyStore } from '../signing-keys.js';

/** Keeps signing keys in the memory of this process: after a restart tokens signed before are refused. */
export function createMemorySigningKeys(): SigningKeyStore {
  let keys: readonly SigningKeyEntry[] = [];
  return {
    list: () => keys,
    add(key, after) {
      if ((keys.at(-1)?.keyid ?? null) !== after) return false;
      keys = [...keys, key];
      return true;
    },
    remove(keyid) {
      keys = keys.filter((key) => key.keyid !== keyid);
    },
  };
}
