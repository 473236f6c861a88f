import type { ApiKeyStore, Awaitable, PasswordRecord, PasswordStore } from '@auth/core';
import type { StoreHooks } from '@auth/core/testing';
import type { PostgresPasswords } from '@auth/postgres';

import { createStoreSwitch, type StoreSwitch } from './store-switch.js';

/** A store of API keys, behind the switch, and the prefix and environment of its keys. */
export interface ControlledKeys {
  readonly prefix: string;
  readonly environment?: string;
  readonly store: ApiKeyStore;
  /** What the store was given to keep so far: with the name of what was called, all of its arguments. */
  readonly written: readonly unknown[];
}

/** A store of users, behind the switch, whose records can be changed. */
export interface ControlledUsers {
  readonly store: PasswordStore;
  /** @returns whether there is such a user */
  change(username: string, change: Partial<Omit<PasswordRecord, 'username'>>): Promise<boolean>;
}

/** The stores of a configuration, by the names of their schemes. */
export interface ControlledStores extends StoreHooks {
  readonly keysOf: ReadonlyMap<string, ControlledKeys>;
  readonly usersOf: ReadonlyMap<string, ControlledUsers>;
  /** By the names of the store interfaces. */
  readonly switches: Readonly<Record<string, StoreSwitch>>;
}

/** Takes over the stores of a configuration, so that commands reach them. */
export function createControlledStores(): ControlledStores {
  const credentials = createStoreSwitch('credential-store-unavailable');
  const replay = createStoreSwitch('replay-store-unavailable');
  const rateLimits = createStoreSwitch('limiter-unavailable');
  const revocation = createStoreSwitch('revocation-store-unavailable');
  const tokens = createStoreSwitch('token-store-unavailable');
  const keysOf = new Map<string, ControlledKeys>();
  const usersOf = new Map<string, ControlledUsers>();
  return {
    keysOf,
    usersOf,
    switches: { credentials, replay, rateLimits, revocation, tokens },
    apiKeys(inner, { scheme, prefix, environment }): ApiKeyStore {
      const written: unknown[] = [];
      const store = switchedKeys(inner, credentials, written);
      keysOf.set(scheme, { prefix, ...(environment !== undefined && { environment }), store, written });
      return store;
    },
    passwords(inner, { scheme }): PasswordStore {
      const users = changeableUsers(inner, credentials);
      usersOf.set(scheme, users);
      return users.store;
    },
    shared: (inner) => ({
      replay: { use: (use, signal) => replay.pass(() => inner.replay.use(use, signal), signal) },
      rateLimits: {
        take: (takes, now, signal) => rateLimits.pass(() => inner.rateLimits.take(takes, now, signal), signal),
      },
      revocation: {
        revoke: (entry, signal) => revocation.pass(() => inner.revocation.revoke(entry, signal), signal),
        find: (keys, now, signal) => revocation.pass(() => inner.revocation.find(keys, now, signal), signal),
      },
    }),
    tokens: (inner) => ({
      insert: (key, entry, signal) => tokens.pass(() => inner.insert(key, entry, signal), signal),
      find: (key, now, signal) => tokens.pass(() => inner.find(key, now, signal), signal),
      replace: (key, change, signal) => tokens.pass(() => inner.replace(key, change, signal), signal),
    }),
  };
}

function switchedKeys(inner: ApiKeyStore, { pass }: StoreSwitch, written: unknown[]): ApiKeyStore {
  const write = <T>(kept: readonly unknown[], work: () => Awaitable<T>, signal?: AbortSignal): Awaitable<T> => {
    written.push(kept);
    return pass(work, signal);
  };
  return {
    findApiKey: (hash, signal) => pass(() => inner.findApiKey(hash, signal), signal),
    findApiKeyById: (id, signal) => pass(() => inner.findApiKeyById(id, signal), signal),
    listApiKeys: (query, signal) => pass(() => inner.listApiKeys(query, signal), signal),
    insertApiKey: (hash, record, signal) =>
      write(['insertApiKey', hash, record], () => inner.insertApiKey(hash, record, signal), signal),
    changeApiKey: (id, change, signal) =>
      write(['changeApiKey', id, change], () => inner.changeApiKey(id, change, signal), signal),
    replaceApiKey: (id, successor, signal) =>
      write(['replaceApiKey', id, successor], () => inner.replaceApiKey(id, successor, signal), signal),
    recordUse: (uses, signal) => write(['recordUse', uses], () => inner.recordUse?.(uses, signal), signal),
  };
}

function changeableUsers(inner: PasswordStore, { pass }: StoreSwitch): ControlledUsers {
  const changed = new Map<string, PasswordRecord>();
  const store: PasswordStore = {
    findUser: (username, signal) => pass(() => changed.get(username) ?? inner.findUser(username, signal), signal),
  };
  return {
    store,
    async change(username, change) {
      const record = await store.findUser(username);
      if (record === undefined) return false;
      const { saveUser } = inner as Partial<PostgresPasswords>;
      if (saveUser === undefined) changed.set(username, { ...record, ...change });
      else await pass(() => saveUser({ ...record, ...change }), undefined);
      return true;
    },
  };
}
