import type { Code, Failure, HeaderList, Required } from '../contracts/failure.js';

/** One row of the table: all that is the same for every refusal of a code. */
export interface FailureRow {
  readonly status: number;
  /** `error` of the challenge (RFC 6750 §3.1, RFC 9449 §7.1, RFC 9470 §3). */
  readonly oauthError: string | null;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** For the caller; constant. Also `error_description`, so within the characters of RFC 6750 §3. */
  readonly title: string;
}

/* @__NO_SIDE_EFFECTS__ */
const row = (status: number, oauthError: string | null, logLevel: FailureRow['logLevel'], title: string): FailureRow =>
  Object.freeze({ status, oauthError, logLevel, title });

/** THE table: what each public code means for the caller. */
export const failureRows: Readonly<Record<Code, FailureRow>> = /* @__PURE__ */ Object.freeze({
  'missing-credentials': row(401, null, 'info', 'Credentials are required'),
  'malformed-request': row(400, 'invalid_request', 'info', 'The request is malformed'),
  'duplicate-credentials': row(400, 'invalid_request', 'warn', 'More than one credential was sent'),
  'credentials-too-large': row(431, null, 'warn', 'The credentials are too large'),
  'content-too-large': row(413, null, 'info', 'The content is too large'),
  'tls-required': row(403, null, 'warn', 'A secure connection is required'),
  'invalid-credentials': row(401, null, 'info', 'The credentials are not valid'),
  'invalid-token': row(401, 'invalid_token', 'info', 'The access token is not valid'),
  'login-failed': row(400, null, 'info', 'The login failed'),
  'invalid-dpop-proof': row(401, 'invalid_dpop_proof', 'info', 'The DPoP proof is not valid'),
  'dpop-nonce-required': row(401, 'use_dpop_nonce', 'debug', 'A DPoP nonce is required'),
  'invalid-signature': row(401, null, 'info', 'The signature is not valid'),
  'invalid-certificate': row(401, null, 'info', 'The client certificate is not valid'),
  'step-up-required': row(
    401,
    'insufficient_user_authentication',
    'info',
    'A stronger or fresher authentication is required',
  ),
  'insufficient-scope': row(403, 'insufficient_scope', 'info', 'The access token lacks a required scope'),
  'permission-denied': row(403, null, 'info', 'Permission is denied'),
  'subject-mismatch': row(403, null, 'warn', 'The credentials name different subjects'),
  'not-found': row(404, null, 'info', 'Not found'),
  'misdirected-request': row(421, null, 'info', 'The request was misdirected'),
  'rate-limited': row(429, null, 'info', 'Too many requests'),
  'dependency-unavailable': row(503, null, 'error', 'A required service is unavailable'),
  'internal-error': row(500, null, 'error', 'An internal error occurred'),
  'configuration-error': row(500, null, 'error', 'The server is not configured correctly'),
});

/** Reasons of core, each with its public code. A user's own scheme adds reasons under these codes with `failure(reason, { code })`. */
const codeByReason = {
  'no-credentials': 'missing-credentials',
  'unsupported-scheme': 'missing-credentials',
  'credential-in-query': 'missing-credentials',
  'certificate-header-untrusted': 'missing-credentials',
  'malformed-authorization': 'malformed-request',
  'authority-missing': 'malformed-request',
  'certificate-header-malformed': 'malformed-request',
  'authority-conflict': 'malformed-request',
  'forwarded-conflict': 'malformed-request',
  'forwarded-malformed': 'malformed-request',
  'duplicate-authorization': 'duplicate-credentials',
  'duplicate-credentials': 'duplicate-credentials',
  'credential-too-large': 'credentials-too-large',
  'body-too-large': 'content-too-large',
  'insecure-transport': 'tls-required',
  'key-malformed': 'invalid-credentials',
  'key-revoked': 'invalid-credentials',
  'key-expired': 'invalid-credentials',
  'key-not-yet-valid': 'invalid-credentials',
  'key-wrong-environment': 'invalid-credentials',
  'subject-disabled': 'invalid-credentials',
  'malformed-basic': 'invalid-credentials',
  'invalid-utf8': 'invalid-credentials',
  'password-too-long': 'invalid-credentials',
  'unknown-user': 'invalid-credentials',
  'wrong-password': 'invalid-credentials',
  'password-hash-unusable': 'invalid-credentials',
  'session-malformed': 'invalid-credentials',
  'session-expired': 'invalid-credentials',
  'session-ended': 'invalid-credentials',
  'malformed-token': 'invalid-token',
  'alg-not-allowed': 'invalid-token',
  'alg-key-mismatch': 'invalid-token',
  'unknown-key': 'invalid-token',
  'crit-not-understood': 'invalid-token',
  'decryption-failed': 'invalid-token',
  'not-signed': 'invalid-token',
  'bad-type': 'invalid-token',
  'bad-issuer': 'invalid-token',
  'bad-audience': 'invalid-token',
  inactive: 'invalid-token',
  'missing-claim': 'invalid-token',
  expired: 'invalid-token',
  'not-yet-valid': 'invalid-token',
  'lifetime-too-long': 'invalid-token',
  'too-old': 'invalid-token',
  revoked: 'invalid-token',
  'signature-mismatch': 'invalid-token',
  replayed: 'invalid-signature',
  'bound-token-as-bearer': 'invalid-token',
  'bound-token-without-certificate': 'invalid-token',
  'confirmation-unsupported': 'invalid-token',
  'confirmation-incomplete': 'invalid-token',
  'token-not-bound': 'invalid-token',
  'dpop-required': 'invalid-token',
  'dpop-key-mismatch': 'invalid-token',
  'dpop-proof-missing': 'invalid-dpop-proof',
  'dpop-proof-duplicate': 'invalid-dpop-proof',
  'dpop-proof-malformed': 'invalid-dpop-proof',
  'dpop-proof-type': 'invalid-dpop-proof',
  'dpop-private-key': 'invalid-dpop-proof',
  'dpop-key-invalid': 'invalid-dpop-proof',
  'dpop-method-mismatch': 'invalid-dpop-proof',
  'dpop-url-mismatch': 'invalid-dpop-proof',
  'dpop-proof-stale': 'invalid-dpop-proof',
  'dpop-token-mismatch': 'invalid-dpop-proof',
  'dpop-nonce-missing': 'dpop-nonce-required',
  'dpop-nonce-invalid': 'dpop-nonce-required',
  'signature-malformed': 'invalid-signature',
  'signature-stale': 'invalid-signature',
  'signature-expired': 'invalid-signature',
  'coverage-insufficient': 'invalid-signature',
  'component-missing': 'invalid-signature',
  'component-unsupported': 'invalid-signature',
  'component-ambiguous': 'invalid-signature',
  'digest-missing': 'invalid-signature',
  'digest-unsupported': 'invalid-signature',
  'scope-mismatch': 'invalid-signature',
  'digest-mismatch': 'invalid-signature',
  'nonce-missing': 'invalid-signature',
  'tag-mismatch': 'invalid-signature',
  'subject-ambiguous': 'invalid-signature',
  'certificate-binding-mismatch': 'invalid-token',
  'certificate-untrusted': 'invalid-certificate',
  'certificate-expired': 'invalid-certificate',
  'certificate-usage': 'invalid-certificate',
  'certificate-weak': 'invalid-certificate',
  'certificate-revoked': 'invalid-certificate',
  'subject-unknown': 'invalid-certificate',
  'sni-mismatch': 'misdirected-request',
  'crl-unavailable': 'dependency-unavailable',
  'acr-insufficient': 'step-up-required',
  'authentication-too-old': 'step-up-required',
  'insufficient-scope': 'insufficient-scope',
  'role-missing': 'permission-denied',
  'permission-missing': 'permission-denied',
  'no-rule': 'permission-denied',
  'explicit-deny': 'permission-denied',
  'tenant-mismatch': 'permission-denied',
  'condition-unmet': 'permission-denied',
  'condition-error': 'permission-denied',
  'grant-expired': 'permission-denied',
  'grant-not-yet-valid': 'permission-denied',
  'policy-denied': 'permission-denied',
  'obligation-unknown': 'permission-denied',
  'address-blocked': 'permission-denied',
  'address-not-allowed': 'permission-denied',
  'cross-origin-request': 'permission-denied',
  'no-requirement': 'permission-denied',
  'scope-escalation': 'permission-denied',
  'not-owner': 'not-found',
  'malformed-request': 'malformed-request',
  'subject-mismatch': 'subject-mismatch',
  'address-limit': 'rate-limited',
  'failures-limit': 'rate-limited',
  'subject-limit': 'rate-limited',
  'credential-limit': 'rate-limited',
  'key-limit': 'rate-limited',
  'route-limit': 'rate-limited',
  'jwks-unavailable': 'dependency-unavailable',
  'issuer-resolver-unavailable': 'dependency-unavailable',
  'introspection-unavailable': 'dependency-unavailable',
  'introspection-unauthorized': 'dependency-unavailable',
  'introspection-invalid': 'dependency-unavailable',
  'issuer-metadata-mismatch': 'dependency-unavailable',
  'issuer-unavailable': 'dependency-unavailable',
  'credential-store-unavailable': 'dependency-unavailable',
  'limiter-unavailable': 'dependency-unavailable',
  'audit-unavailable': 'dependency-unavailable',
  'recheck-unavailable': 'dependency-unavailable',
  'session-store-unavailable': 'dependency-unavailable',
  'replay-store-unavailable': 'dependency-unavailable',
  'store-invalid': 'dependency-unavailable',
  'replay-store-full': 'dependency-unavailable',
  'too-many-hashes': 'dependency-unavailable',
  'token-store-unavailable': 'dependency-unavailable',
  'signing-key-store-unavailable': 'dependency-unavailable',
  'revocation-store-unavailable': 'dependency-unavailable',
  'dependency-unavailable': 'dependency-unavailable',
  'raw-body-unavailable': 'configuration-error',
  unexpected: 'internal-error',
} as const satisfies Record<string, Code>;

export type Reason = keyof typeof codeByReason;

/** What a failure may carry beside its reason. */
export interface FailureDetails {
  /** Another public code than the table's; a must for a reason that core does not know. */
  readonly code?: Code;
  readonly required?: Required;
  readonly headers?: HeaderList;
  /** Seconds, for 429 and 503. */
  readonly retryAfterSeconds?: number;
}

// Marked, so that what needs no table carries none.
const plain: ReadonlyMap<Reason, Failure> = /* @__PURE__ */ createPlain();

function createPlain(): ReadonlyMap<Reason, Failure> {
  const entries = Object.entries(codeByReason) as [Reason, Code][];
  return new Map(entries.map(([reason, code]) => [reason, Object.freeze({ kind: 'failure', code, reason })]));
}

/**
 * Makes a failure by its reason; the code comes from the table. Without details the same frozen object each time: a
 * refusal costs no more than a pass.
 * @example failure('expired')
 * @example failure('badge-lost', { code: 'invalid-credentials' })   // a scheme of your own
 */
export function failure(reason: Reason, details?: FailureDetails): Failure;
export function failure(reason: string, details: FailureDetails & { readonly code: Code }): Failure;
export function failure(reason: string, details?: FailureDetails): Failure {
  const known = plain.get(reason as Reason);
  if (details === undefined && known !== undefined) return known;
  const code = details?.code ?? known?.code;
  if (code === undefined) throw new TypeError(`failure("${reason}"): a reason that core does not know needs a code`);
  return Object.freeze({ kind: 'failure', reason, ...details, code });
}
