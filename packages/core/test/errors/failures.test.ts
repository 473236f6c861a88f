import { describe, expect, it } from 'vitest';

import { failure, failureRows, type Code, type Reason } from '../../src/index.js';
import { explanationOf } from '../../src/errors/explanations.js';

const rows: readonly (readonly [Code, number, string | null, string, string])[] = [
  ['missing-credentials', 401, null, 'info', 'Credentials are required'],
  ['malformed-request', 400, 'invalid_request', 'info', 'The request is malformed'],
  ['duplicate-credentials', 400, 'invalid_request', 'warn', 'More than one credential was sent'],
  ['credentials-too-large', 431, null, 'warn', 'The credentials are too large'],
  ['content-too-large', 413, null, 'info', 'The content is too large'],
  ['tls-required', 403, null, 'warn', 'A secure connection is required'],
  ['invalid-credentials', 401, null, 'info', 'The credentials are not valid'],
  ['invalid-token', 401, 'invalid_token', 'info', 'The access token is not valid'],
  ['login-failed', 400, null, 'info', 'The login failed'],
  ['invalid-dpop-proof', 401, 'invalid_dpop_proof', 'info', 'The DPoP proof is not valid'],
  ['dpop-nonce-required', 401, 'use_dpop_nonce', 'debug', 'A DPoP nonce is required'],
  ['invalid-signature', 401, null, 'info', 'The signature is not valid'],
  ['invalid-certificate', 401, null, 'info', 'The client certificate is not valid'],
  [
    'step-up-required',
    401,
    'insufficient_user_authentication',
    'info',
    'A stronger or fresher authentication is required',
  ],
  ['insufficient-scope', 403, 'insufficient_scope', 'info', 'The access token lacks a required scope'],
  ['permission-denied', 403, null, 'info', 'Permission is denied'],
  ['subject-mismatch', 403, null, 'warn', 'The credentials name different subjects'],
  ['not-found', 404, null, 'info', 'Not found'],
  ['misdirected-request', 421, null, 'info', 'The request was misdirected'],
  ['rate-limited', 429, null, 'info', 'Too many requests'],
  ['dependency-unavailable', 503, null, 'error', 'A required service is unavailable'],
  ['internal-error', 500, null, 'error', 'An internal error occurred'],
  ['configuration-error', 500, null, 'error', 'The server is not configured correctly'],
];

const codes: Readonly<Record<Reason, Code>> = {
  'no-credentials': 'missing-credentials',
  'unsupported-scheme': 'missing-credentials',
  'credential-in-query': 'missing-credentials',
  'malformed-authorization': 'malformed-request',
  'authority-missing': 'malformed-request',
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
  'signature-malformed': 'invalid-signature',
  'signature-stale': 'invalid-signature',
  'signature-expired': 'invalid-signature',
  'coverage-insufficient': 'invalid-signature',
  'scope-mismatch': 'invalid-signature',
  'digest-mismatch': 'invalid-signature',
  replayed: 'invalid-signature',
  'bound-token-as-bearer': 'invalid-token',
  'bound-token-without-certificate': 'invalid-token',
  'certificate-binding-mismatch': 'invalid-token',
  'certificate-header-malformed': 'malformed-request',
  'certificate-header-untrusted': 'missing-credentials',
  'certificate-untrusted': 'invalid-certificate',
  'certificate-expired': 'invalid-certificate',
  'certificate-usage': 'invalid-certificate',
  'certificate-weak': 'invalid-certificate',
  'certificate-revoked': 'invalid-certificate',
  'subject-unknown': 'invalid-certificate',
  'subject-ambiguous': 'invalid-signature',
  'sni-mismatch': 'misdirected-request',
  'crl-unavailable': 'dependency-unavailable',
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
  'component-missing': 'invalid-signature',
  'component-unsupported': 'invalid-signature',
  'component-ambiguous': 'invalid-signature',
  'digest-missing': 'invalid-signature',
  'digest-unsupported': 'invalid-signature',
  'nonce-missing': 'invalid-signature',
  'tag-mismatch': 'invalid-signature',
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
  'credential-store-unavailable': 'dependency-unavailable',
  'limiter-unavailable': 'dependency-unavailable',
  'audit-unavailable': 'dependency-unavailable',
  'recheck-unavailable': 'dependency-unavailable',
  'session-store-unavailable': 'dependency-unavailable',
  'issuer-unavailable': 'dependency-unavailable',
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
};

describe('the table of failures', () => {
  it.each(rows)(
    'has %s with its status, OAuth error, log level and title',
    (code, status, oauthError, logLevel, title) => {
      expect(failureRows[code]).toEqual({ status, oauthError, logLevel, title });
    },
  );

  it('has no other code, and cannot be changed', () => {
    expect(Object.keys(failureRows).toSorted()).toEqual(rows.map(([code]) => code).toSorted());
    expect(Object.isFrozen(failureRows) && Object.values(failureRows).every(Object.isFrozen)).toBe(true);
  });

  it('keeps titles within the characters of error_description (RFC 6750 §3)', () => {
    for (const { title } of Object.values(failureRows)) expect(title).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  });
});

describe('failure', () => {
  it.each(Object.entries(codes))('of %s has the code %s and an explanation for the operator', (reason, code) => {
    expect(failure(reason as Reason)).toEqual({ kind: 'failure', code, reason });
    expect(explanationOf(reason)).toMatch(/^[A-Z].{10,}\.$/);
  });

  it('is the same frozen object each time where nothing is added', () => {
    expect(failure('expired')).toBe(failure('expired'));
    expect(Object.isFrozen(failure('expired'))).toBe(true);
  });

  it('keeps details beside the code of the table, frozen', () => {
    const detailed = failure('insufficient-scope', { required: { scopes: ['w'] }, retryAfterSeconds: 3 });
    expect(detailed).toEqual({
      kind: 'failure',
      code: 'insufficient-scope',
      reason: 'insufficient-scope',
      required: { scopes: ['w'] },
      retryAfterSeconds: 3,
    });
    expect(Object.isFrozen(detailed)).toBe(true);
  });

  it('takes another code for a known reason, and needs one for a reason of somebody else', () => {
    expect(failure('unknown-key', { code: 'invalid-credentials' }).code).toBe('invalid-credentials');
    expect(failure('badge-lost', { code: 'invalid-credentials' }).reason).toBe('badge-lost');
    expect(() => failure('badge-lost' as Reason)).toThrow(/needs a code/);
    expect(() => failure('toString' as Reason)).toThrow(/needs a code/);
  });

  it('explains nothing of a reason that is not of core', () => {
    expect(explanationOf('constructor')).toBe('');
  });
});
