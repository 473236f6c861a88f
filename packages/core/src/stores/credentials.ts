import type { Awaitable } from '../contracts/awaitable.js';

/** What is kept of an API key: never the key, nor anything from which it could be told. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Addresses and ranges (CIDR) from which alone the key is good; unset: from everywhere. */
  readonly addresses?: readonly string[];
  /** Seconds since the epoch; valid while now is before it. */
  readonly expiresAt?: number;
  /** Seconds since the epoch; valid from then on. */
  readonly notBefore?: number;
  readonly revoked: boolean;
  /** Switched off for the time being, with its subject. */
  readonly disabled: boolean;
  /** Seconds since the epoch: a successor was made, and this key is good until then. */
  readonly replacedUntil?: number;
}

/**
 * Where API keys are looked up by the SHA-256 of their text, in base64url. (A key has 256 random bits: a plain hash of it
 * cannot be guessed back.) A store that throws, or takes longer than a second, is down: the request is refused with 503.
 */
export interface CredentialStore {
  findApiKey(hash: string, signal?: AbortSignal): Awaitable<ApiKeyRecord | undefined>;
}

/** What of an API key may change. */
export type ApiKeyChange = Partial<
  Pick<ApiKeyRecord, 'scopes' | 'roles' | 'expiresAt' | 'revoked' | 'disabled' | 'replacedUntil'>
>;

/** A store of API keys that can be managed. Every change holds for the next look-up. */
export interface ApiKeyStore extends CredentialStore {
  /** @returns false, and does nothing, where the id or the hash is taken. */
  insertApiKey(hash: string, record: ApiKeyRecord, signal?: AbortSignal): Awaitable<boolean>;
  /** @returns the record as it is now; undefined where there is none. */
  changeApiKey(id: string, change: ApiKeyChange, signal?: AbortSignal): Awaitable<ApiKeyRecord | undefined>;
  /** Those of one subject, or all. */
  listApiKeys(subject: string | undefined, signal?: AbortSignal): Awaitable<readonly ApiKeyRecord[]>;
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

/**
 * Where users are looked up by name, in the form that the `usernameProfile` of `basic()` gives it. A store that throws, or
 * takes longer than a second, is down: the request is refused with 503.
 */
export interface PasswordStore {
  findUser(username: string, signal?: AbortSignal): Awaitable<PasswordRecord | undefined>;
}
