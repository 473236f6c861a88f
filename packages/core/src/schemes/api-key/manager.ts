import { encodeBase64url } from '../../base/base64.js';
import { systemClock } from '../../base/clock.js';
import { systemRandom } from '../../base/random.js';
import type { Clock, RandomSource } from '../../contracts/clock.js';
import type { ApiKeyChange, ApiKeyRecord, ApiKeyStore } from '../../stores/credentials.js';
import { checkRights, hashOfKey, type ApiKeyRights } from './entries.js';
import { generateApiKey } from './key-format.js';

export interface ApiKeyManagerOptions {
  readonly prefix: string;
  readonly store: ApiKeyStore;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/** A key just made. Show `key` once: it cannot be had again. */
export interface CreatedApiKey {
  readonly id: string;
  readonly key: string;
}

/** Makes, changes and ends API keys. Ids that are not there are answered with undefined. */
export interface ApiKeyManager {
  /** @throws ConfigurationError for members that no key can have. */
  create(rights: ApiKeyRights): Promise<CreatedApiKey>;
  /**
   * Makes a successor with the same rights and bounds; the old key is good for so many seconds more, or dead at once with 0.
   * A key that is revoked, has ended or has a successor already gets none: undefined.
   */
  rotate(id: string, options: { readonly graceSeconds: number }): Promise<CreatedApiKey | undefined>;
  revoke(id: string): Promise<ApiKeyRecord | undefined>;
  /** Switches every key of a subject off, or on again; answers how many. */
  setDisabled(subject: string, disabled: boolean): Promise<number>;
  /** All keys, or those of one subject: never their texts. */
  list(subject?: string): Promise<readonly ApiKeyRecord[]>;
}

/**
 * Manages the keys of a store that `apiKey({ store })` reads.
 * @example
 * const store = createMemoryCredentials();
 * const manager = createApiKeyManager({ prefix: 'acme', store });
 * const { id, key } = await manager.create({ subject: 'svc-1', scopes: ['orders:read'] });
 */
export function createApiKeyManager({
  prefix,
  store,
  clock = systemClock,
  random = systemRandom,
}: ApiKeyManagerOptions): ApiKeyManager {
  const insert = async (rights: Omit<ApiKeyRecord, 'id'>): Promise<CreatedApiKey> => {
    const key = generateApiKey(prefix, random);
    const id = encodeBase64url(random(12));
    const inserted = await store.insertApiKey(hashOfKey(key), { ...rights, id });
    // 96 random bits that stand already: the source of randomness is broken.
    if (!inserted) throw new Error('the store holds a key of this id already');
    return { id, key };
  };
  const change = async (id: string, wanted: ApiKeyChange): Promise<ApiKeyRecord | undefined> =>
    store.changeApiKey(id, wanted);
  return {
    create: async (rights) => insert(checkRights(rights)),
    async rotate(id, { graceSeconds }) {
      if (!Number.isFinite(graceSeconds) || graceSeconds < 0)
        throw new TypeError('graceSeconds must be a number of seconds, 0 or more');
      const old = await change(id, {});
      const now = clock.now();
      if (old === undefined || old.revoked || old.replacedUntil !== undefined || now >= (old.expiresAt ?? Infinity))
        return undefined;
      // All that bounds the old key bounds its successor.
      const { id: _id, ...rights } = old;
      const successor = await insert(rights);
      await change(id, { replacedUntil: now + graceSeconds });
      return successor;
    },
    revoke: (id) => change(id, { revoked: true }),
    async setDisabled(subject, disabled) {
      const records = await store.listApiKeys(subject);
      await Promise.all(records.map(({ id }) => change(id, { disabled })));
      return records.length;
    },
    list: async (subject) => store.listApiKeys(subject),
  };
}
