import type { Awaitable } from '../contracts/awaitable.js';
import type { RateLimit } from '../contracts/stores.js';

/** What is kept of an API key: never the key, nor anything from which it could be told. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly subject: string;
  /** For people: what the key is for. */
  readonly name?: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Addresses and ranges (CIDR) from which alone the key is good; unset: from everywhere. */
  readonly addresses?: readonly string[];
  /** Requests of this key; unset: `perCredential` of the throttle. */
  readonly limit?: RateLimit;
  /** Seconds since the epoch; unset where nobody knows. */
  readonly createdAt?: number;
  /** Seconds since the epoch; valid while now is before it. */
  readonly expiresAt?: number;
  /** Seconds since the epoch; valid from then on. */
  readonly notBefore?: number;
  readonly revoked: boolean;
  /** Switched off for the time being, with its subject. */
  readonly disabled: boolean;
  /** Seconds since the epoch: a successor was made, and this key is good until then. */
  readonly replacedUntil?: number;
  /** Seconds since the epoch; unset where it was never used, or its store does not count. */
  readonly lastUsedAt?: number;
  /** How many requests it has proved; unset as `lastUsedAt`. */
  readonly uses?: number;
}

/** What a key was used for since it was last told. */
export interface ApiKeyUse {
  readonly id: string;
  /** Requests, to be added to those before. */
  readonly uses: number;
  /** Seconds since the epoch; the later of this and what is kept already holds. */
  readonly lastUsedAt: number;
}

/**
 * Where API keys are looked up by the SHA-256 of their text, in base64url. (A key has 256 random bits: a plain hash of it
 * cannot be guessed back.) A store that throws, or takes longer than a second, is down: the request is refused with 503.
 */
export interface CredentialStore {
  findApiKey(hash: string, signal?: AbortSignal): Awaitable<ApiKeyRecord | undefined>;
  /**
   * Adds up uses, each id once a batch; ids that are not there are passed over. A batch comes again where the store threw or took
   * longer than a second: take all of it or nothing.
   */
  recordUse?(uses: readonly ApiKeyUse[], signal?: AbortSignal): Awaitable<void>;
}

/** What of an API key may change. */
export type ApiKeyChange = Partial<
  Pick<
    ApiKeyRecord,
    'name' | 'scopes' | 'roles' | 'addresses' | 'limit' | 'expiresAt' | 'revoked' | 'disabled' | 'replacedUntil'
  >
>;

/** A key that takes the place of another: all else it has of that one, but how it was used. */
export interface ApiKeySuccessor {
  readonly id: string;
  readonly hash: string;
  readonly createdAt: number;
  /** Seconds since the epoch: how long the old key is good beside it. */
  readonly replacedUntil: number;
}

/** Which keys are listed: those of a subject or all, in the order in which they were made. */
export interface ApiKeyQuery {
  readonly subject?: string;
  /** The id of the last key that is known already: those after it. */
  readonly after?: string;
  /** At most so many. */
  readonly limit: number;
}

/** A store of API keys that can be managed. Every change holds for the next look-up. */
export interface ApiKeyStore extends CredentialStore {
  /** @returns false, and does nothing, where the id or the hash is taken. */
  insertApiKey(hash: string, record: ApiKeyRecord, signal?: AbortSignal): Awaitable<boolean>;
  findApiKeyById(id: string, signal?: AbortSignal): Awaitable<ApiKeyRecord | undefined>;
  /** @returns the record as it is now; undefined where there is none. */
  changeApiKey(id: string, change: ApiKeyChange, signal?: AbortSignal): Awaitable<ApiKeyRecord | undefined>;
  /**
   * Inserts the successor of a key and sets the end of the old one, in one step: of two who replace one key at once, one does.
   * @returns false, and does nothing, where the old key is not there, is revoked or replaced, or id or hash are taken.
   */
  replaceApiKey(id: string, successor: ApiKeySuccessor, signal?: AbortSignal): Awaitable<boolean>;
  listApiKeys(query: ApiKeyQuery, signal?: AbortSignal): Awaitable<readonly ApiKeyRecord[]>;
}

/** What is kept of a user who has a password: never the password. */
export interface PasswordRecord {
  /** Exactly the name that was asked for; a record of another spelling is nobody's. */
  readonly username: string;
  /** PHC text, as `hashPassword` makes it. */
  readonly passwordHash: string;
  readonly roles: readonly string[];
  readonly disabled: boolean;
}

/** A stored hash and the one that takes its place. */
export interface HashReplacement {
  readonly from: string;
  readonly to: string;
}

/**
 * Where users are looked up by name, in the form that the `usernameProfile` of `basic()` gives it. A store that throws, or
 * takes longer than a second, is down: the request is refused with 503.
 */
export interface PasswordStore {
  findUser(username: string, signal?: AbortSignal): Awaitable<PasswordRecord | undefined>;
  /**
   * Puts a hash of the same password in the place of an older one, if that one still stands: compare and set in one step, so that a
   * password set meanwhile is kept.
   * @returns false, and does nothing, where another hash stands, or nobody has the name.
   */
  replaceHash?(username: string, replacement: HashReplacement, signal?: AbortSignal): Awaitable<boolean>;
}
