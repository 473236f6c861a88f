import { all } from '../../base/awaitable.js';
import { encodeBase64url } from '../../base/base64.js';
import { systemClock } from '../../base/clock.js';
import { systemRandom } from '../../base/random.js';
import type { Clock, RandomSource } from '../../contracts/clock.js';
import type { ApiKeyQuery, ApiKeyRecord, ApiKeyStore } from '../../stores/credentials.js';
import { checkRights, checkRightsChange, hashOfKey, type ApiKeyRights, type ApiKeyRightsChange } from './entries.js';
import { generateApiKey } from './key-format.js';
import { checkRotation, findOverdue } from './overdue.js';

const defaultLimit = 100;
const maxLimit = 1000;

export interface ApiKeyManagerOptions {
  readonly prefix: string;
  /** That of `apiKey()`. */
  readonly environment?: string;
  readonly store: ApiKeyStore;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/** A key just made. Show `key` once: it cannot be had again. */
export interface CreatedApiKey {
  readonly id: string;
  readonly key: string;
}

/** Which keys are listed, in the order in which they were made: those before come first, which are those to rotate. */
export type ApiKeyListQuery = Omit<ApiKeyQuery, 'limit'> & {
  /** 1 to 1000; default 100. */
  readonly limit?: number;
};

/** Makes, changes and ends API keys. Ids that are not there are answered with undefined. */
export interface ApiKeyManager {
  /** @throws ConfigurationError for members that no key can have; makes nothing. */
  check(rights: ApiKeyRights): void;
  /** @throws ConfigurationError for members that no key can have. */
  create(rights: ApiKeyRights): Promise<CreatedApiKey>;
  /** What is kept of a key: never its text. */
  describe(id: string): Promise<ApiKeyRecord | undefined>;
  /**
   * A page of all keys, or of those of one subject: never their texts. The next page is `after` the last id of this one.
   * @throws TypeError for a limit out of bounds
   */
  list(query?: ApiKeyListQuery): Promise<readonly ApiKeyRecord[]>;
  /** @throws ConfigurationError for members that cannot change, or not to this. */
  change(id: string, change: ApiKeyRightsChange): Promise<ApiKeyRecord | undefined>;
  /**
   * Makes a successor with the same rights and bounds; the old key is good for so many seconds more, or dead at once with 0.
   * A key that is revoked, has ended or has a successor already gets none: undefined.
   */
  rotate(id: string, options: { readonly graceSeconds: number }): Promise<CreatedApiKey | undefined>;
  revoke(id: string): Promise<ApiKeyRecord | undefined>;
  /**
   * Finds the keys that are older than the rotation period and still good, and have no successor: oldest first, and those too whose age
   * nobody knows.
   * @param query `rotationSeconds`: 30 to 90 days; default 90 days
   * @throws ConfigurationError for a period out of these bounds
   * @example for await (const { id, subject, createdAt } of manager.overdue()) remind(subject, id, createdAt);
   */
  overdue(query?: { readonly rotationSeconds?: number; readonly subject?: string }): AsyncIterable<ApiKeyRecord>;
  /** Switches every key that a subject has off, or on again; answers how many. Keys made later are on. */
  setDisabled(subject: string, disabled: boolean): Promise<number>;
}

/**
 * Manages the keys of a store that `apiKey({ store })` reads.
 * Does not check: who asks. Let nobody give a key more scopes than they have, or touch the keys of another subject.
 * @example
 * const store = createMemoryCredentials();
 * const manager = createApiKeyManager({ prefix: 'acme', store });
 * const { id, key } = await manager.create({ subject: 'svc-1', scopes: ['orders:read'] });
 */
export function createApiKeyManager(options: ApiKeyManagerOptions): ApiKeyManager {
  const { prefix, environment, store, clock = systemClock, random = systemRandom } = options;
  const make = (): CreatedApiKey & { readonly hash: string } => {
    const key = generateApiKey(prefix, { random, ...(environment !== undefined && { environment }) });
    return { id: encodeBase64url(random(12)), key, hash: hashOfKey(key) };
  };
  const list = async ({ limit = defaultLimit, ...query }: ApiKeyListQuery = {}): Promise<readonly ApiKeyRecord[]> => {
    if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit)
      throw new TypeError(`limit must be a whole number from 1 to ${maxLimit}`);
    return store.listApiKeys({ ...query, limit });
  };
  return {
    check: (rights) => void checkRights(rights),
    async create(rights) {
      const { id, key, hash } = make();
      const inserted = await store.insertApiKey(hash, { ...checkRights(rights), id, createdAt: clock.now() });
      // 96 random bits that stand already: the source of randomness is broken.
      if (!inserted) throw new Error('the store holds a key of this id already');
      return { id, key };
    },
    describe: async (id) => store.findApiKeyById(id),
    list,
    change: async (id, change) => store.changeApiKey(id, checkRightsChange(change)),
    async rotate(id, { graceSeconds }) {
      if (!Number.isFinite(graceSeconds) || graceSeconds < 0)
        throw new TypeError('graceSeconds must be a number of seconds, 0 or more');
      const old = await store.findApiKeyById(id);
      const now = clock.now();
      if (old === undefined || now >= (old.expiresAt ?? Infinity)) return undefined;
      const { key, ...successor } = make();
      const replaced = await store.replaceApiKey(id, {
        ...successor,
        createdAt: now,
        replacedUntil: now + graceSeconds,
      });
      return replaced ? { id: successor.id, key } : undefined;
    },
    overdue: ({ rotationSeconds, ...query } = {}) =>
      findOverdue(list, { ...query, clock, rotationSeconds: checkRotation(rotationSeconds) }),
    revoke: async (id) => store.changeApiKey(id, { revoked: true }),
    async setDisabled(subject, disabled) {
      let changed = 0;
      let page = await list({ subject, limit: maxLimit });
      while (page.length > 0) {
        await all(page.map(({ id }) => store.changeApiKey(id, { disabled })));
        changed += page.length;
        page = await list({ subject, limit: maxLimit, after: page.at(-1)!.id });
      }
      return changed;
    },
  };
}
