import type { ClientErrorCode } from './client-error.js';

/** What happened beside the answers. No event holds a credential, a query or a body. */
export type ClientEvent = { readonly version: 1; /** RFC 3339, UTC. */ readonly time: string } & ClientEventDetails;

export type ClientEventDetails =
  /** A token was asked for; `outcome` says what became of it. */
  | {
      readonly kind: 'token-request';
      readonly endpoint: string;
      readonly clientId: string;
      readonly outcome: 'obtained' | ClientErrorCode;
      readonly durationSeconds: number;
    }
  /** A call found a token at hand. */
  | { readonly kind: 'token-cached' }
  /** The client was closed, and told the issuer that its tokens are not used any more (RFC 7009). */
  | {
      readonly kind: 'token-revocation';
      readonly endpoint: string;
      readonly clientId: string;
      readonly outcome: 'revoked' | ClientErrorCode;
    }
  /** A call has ended: with an answer, whatever its status, or with an error. */
  | {
      readonly kind: 'call';
      readonly method: string;
      readonly path: string;
      readonly outcome: 'answered' | ClientErrorCode;
      /** Of the answer. */
      readonly status?: number;
      /** How often it was sent. */
      readonly attempts: number;
      readonly durationSeconds: number;
    }
  /** A client secret was refused, and the other one taken: it is the first from now on. */
  | { readonly kind: 'client-secret-swapped'; readonly endpoint: string; readonly clientId: string }
  /** A token could not be saved in the token cache; `rotated` where a refresh token is lost with it. */
  | { readonly kind: 'token-unsaved'; readonly rotated: boolean }
  /** The token cache gave no lock: other processes may ask for the same token. */
  | { readonly kind: 'token-cache-unlocked' }
  /** Signatures and proofs are made by the time of the server from now on, which refused ours. */
  | { readonly kind: 'clock-corrected'; readonly offsetSeconds: number }
  /** The issuer granted less than was asked for. */
  | { readonly kind: 'scope-narrowed'; readonly asked: readonly string[]; readonly granted: readonly string[] }
  /** The API answered 403 and named the scopes that it needs (RFC 6750 §3.1). */
  | {
      readonly kind: 'scope-needed';
      readonly scopes: readonly string[];
      readonly method: string;
      readonly path: string;
    }
  /** A request is sent again. */
  | {
      readonly kind: 'retry';
      readonly reason: 'credentials-refused' | 'retry-after' | 'network';
      readonly method: string;
      readonly path: string;
      readonly waitSeconds: number;
    }
  /** An option that weakens security is in force; told once, at creation. */
  | { readonly kind: 'insecure-option'; readonly option: string };
