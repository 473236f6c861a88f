/** Header field lines as on the wire: one entry a line. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Public codes of refusals: few, stable, in the problem body. `errors/failures.ts` holds status and text of each. */
export type Code =
  | 'missing-credentials'
  | 'malformed-request'
  | 'duplicate-credentials'
  | 'credentials-too-large'
  | 'content-too-large'
  | 'tls-required'
  | 'invalid-credentials'
  | 'invalid-token'
  | 'login-failed'
  | 'invalid-dpop-proof'
  | 'dpop-nonce-required'
  | 'invalid-signature'
  | 'invalid-certificate'
  | 'step-up-required'
  | 'insufficient-scope'
  | 'permission-denied'
  | 'subject-mismatch'
  | 'not-found'
  | 'misdirected-request'
  | 'rate-limited'
  | 'dependency-unavailable'
  | 'internal-error'
  | 'configuration-error';

/** What would have been enough; goes into the challenge (RFC 6750 §3, RFC 9470 §3). */
export interface Required {
  readonly scopes?: readonly string[];
  readonly acr?: readonly string[];
  readonly maxAgeSeconds?: number;
}

/**
 * Why something was refused: `code` for the caller, `reason` for the audit event.
 * Made by `failure()`; holds no credential, claim or key.
 */
export interface Failure {
  readonly kind: 'failure';
  readonly code: Code;
  readonly reason: string;
  readonly required?: Required;
  readonly headers?: HeaderList;
  readonly retryAfterSeconds?: number;
}
