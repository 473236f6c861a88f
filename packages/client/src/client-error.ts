/** Why a call failed; the codes of the README's table. A code disappears in a major release only. */
export type ClientErrorCode =
  | 'aborted'
  | 'authorization-conflict'
  | 'body-not-replayable'
  | 'body-not-signable'
  | 'client-closed'
  | 'clock-untrusted'
  | 'credentials-in-url'
  | 'insecure-tls'
  | 'insecure-url'
  | 'insufficient-scope'
  | 'invalid-credential-config'
  | 'invalid-grant'
  | 'invalid-request'
  | 'issuer-metadata-invalid'
  | 'issuer-metadata-mismatch'
  | 'network'
  | 'origin-mismatch'
  | 'redirect-refused'
  | 'response-invalid'
  | 'step-up-required'
  | 'tls'
  | 'token-endpoint'
  | 'token-response'
  | 'token-source'
  | 'token-store'
  | 'token-type-downgrade';

/** What else is known of a failure. Nothing in it is a secret of ours. */
export interface ClientErrorDetails {
  readonly cause?: unknown;
  /** The answer of the API that could not be handed out. Its body is unread, but for a redirect, whose body is let go. */
  readonly response?: Response;
  /** `error` of the token endpoint (RFC 6749 §5.2). */
  readonly oauthError?: string;
  /** Seconds: `Retry-After` of the token endpoint. */
  readonly retryAfterSeconds?: number;
  /** What a `step-up-required` API asks for (RFC 9470 §3). */
  readonly acrValues?: readonly string[];
  /** Scopes that an `insufficient-scope` API asks for (RFC 6750 §3.1). */
  readonly neededScopes?: readonly string[];
  /** Seconds since the user signed in, at most (RFC 9470 §3). */
  readonly maxAgeSeconds?: number;
}

const brand: unique symbol = Symbol.for('@auth/client/client-error');

/** A call that failed. Holds no credential: not in its message, its cause or its stack. */
export class ClientError extends Error {
  readonly code: ClientErrorCode;
  declare readonly oauthError?: string;
  declare readonly retryAfterSeconds?: number;
  declare readonly acrValues?: readonly string[];
  declare readonly maxAgeSeconds?: number;
  declare readonly neededScopes?: readonly string[];
  readonly [brand] = true;
  // Private, so that no log of the error shows the header fields of an answer.
  #response: Response | undefined;

  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails = {}) {
    const { cause, response, ...others } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ClientError';
    this.code = code;
    this.#response = response;
    Object.assign(this, others);
  }

  /** Adds the answer that it came with, where it has none. */
  withResponse(response: Response | undefined): this {
    this.#response ??= response;
    return this;
  }

  get response(): Response | undefined {
    return this.#response;
  }
}

/** Recognises errors of another copy of this package too. */
export function isClientError(value: unknown): value is ClientError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
}
