import type { Awaitable } from '../contracts/awaitable.js';

/** What is kept of an API key: never the key, nor anything from which it could be told. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Seconds since the epoch; valid while now is before it. */
  readonly expiresAt?: number;
  /** Seconds since the epoch; valid from then on. */
  readonly notBefore?: number;
  readonly revoked: boolean;
  /** Switched off for the time being, with its subject. */
  readonly disabled: boolean;
}

/**
 * Where API keys are looked up by the SHA-256 of their text, in base64url. (A key has 256 random bits: a plain hash of it
 * cannot be guessed back.) When the store is down it throws a `DependencyError`, and the request is refused with 503.
 */
export interface CredentialStore {
  findApiKey(hash: string, signal?: AbortSignal): Awaitable<ApiKeyRecord | undefined>;
}
