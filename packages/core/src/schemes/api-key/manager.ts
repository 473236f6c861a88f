import { encodeBase64url } from '../../base/base64.js';
import { systemClock } from '../../base/clock.js';
import { systemRandom } from '../../base/random.js';
import { parseTime } from '../../base/time.js';
import type { Clock, RandomSource } from '../../contracts/clock.js';
import type { ApiKeyChange, ApiKeyRecord, ApiKeyStore } from '../../stores/credentials.js';
import { generateApiKey } from './key-format.js';
import { hashOfKey } from './options.js';

export interface ApiKeyManagerOptions {
  readonly prefix: string;
  readonly store: ApiKeyStore;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/** What a new key is for. */
export interface NewApiKey {
  readonly subject: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  /** Seconds since the epoch, or RFC 3339 text. */
  readonly expiresAt?: number | string;
}

/** A key just made. Show `key` once: it cannot be had again. */
export interface CreatedApiKey {
  readonly id: string;
  readonly key: string;
}

/** Makes, changes and ends API keys. Ids that are not there are answered with undefined. */
export interface ApiKeyManager {
  create(key: NewApiKey): Promise<CreatedApiKey>;
  /** Makes a successor with the same rights; the old key is good for so many seconds more, or dead at once with 0. */
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
  const insert = async (rights: Omit<ApiKeyRecord, 'id' | 'revoked' | 'disabled'>): Promise<CreatedApiKey> => {
    const key = generateApiKey(prefix, random);
    const id = encodeBase64url(random(12));
    const inserted = await store.insertApiKey(hashOfKey(key), { ...rights, id, revoked: false, disabled: false });
    // 96 random bits that stand already: the source of randomness is broken.
    if (!inserted) throw new Error('the store holds a key of this id already');
    return { id, key };
  };
  const change = async (id: string, wanted: ApiKeyChange): Promise<ApiKeyRecord | undefined> =>
    store.changeApiKey(id, wanted);
  return {
    create: async ({ subject, scopes = [], roles = [], expiresAt }) => {
      const end = expiresAt === undefined ? undefined : parseTime(expiresAt);
      if (expiresAt !== undefined && end === undefined)
        throw new TypeError('expiresAt must be seconds since the epoch or RFC 3339 text');
      return insert({ subject, scopes: [...scopes], roles: [...roles], ...(end !== undefined && { expiresAt: end }) });
    },
    async rotate(id, { graceSeconds }) {
      if (!(graceSeconds >= 0)) throw new TypeError('graceSeconds must be a number of seconds, 0 or more');
      const old = await change(id, {});
      if (old === undefined) return undefined;
      const { subject, scopes, roles, expiresAt } = old;
      const successor = await insert({ subject, scopes, roles, ...(expiresAt !== undefined && { expiresAt }) });
      await change(id, { replacedUntil: clock.now() + graceSeconds });
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
