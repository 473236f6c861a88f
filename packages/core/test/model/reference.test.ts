import { randomInt } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import type { Told } from './hold.js';
import { findDifference } from './search.js';

// A failure prints the seed of its case: AUTH_MODEL_SEED=<seed> begins with that one.
const seed = Number(process.env['AUTH_MODEL_SEED'] ?? randomInt(2 ** 32));
const checks = Number(process.env['AUTH_MODEL_CHECKS'] ?? 100_000);

describe('the guard', () => {
  it(`decides ${checks} random requests as the model of its words does`, { timeout: 1_200_000 }, async () => {
    const seen = new Map<string, number>();
    const count = ({ kind, status, reason, principal }: Told): void => {
      const name = kind === 'refuse' ? `${status} ${reason}` : principal === null ? 'nobody' : 'somebody';
      seen.set(name, (seen.get(name) ?? 0) + 1);
    };
    // As a list, whose text a failure prints whole.
    expect([await findDifference({ seed, checks, seen: count })]).toEqual([undefined]);
    if (checks < 100_000) return;
    // All of it was tried: passes too, and each kind of refusal.
    expect((seen.get('somebody') ?? 0) / checks).toBeGreaterThan(0.15);
    expect([...seen.keys()]).toEqual(expect.arrayContaining(outcomes));
  });
});

/** What comes of the cases often enough to be seen each time. */
const outcomes = [
  'nobody', '400 authority-conflict', '400 duplicate-authorization', '400 duplicate-credentials', '400 malformed-authorization',
  '401 acr-insufficient', '401 authentication-too-old', '401 bad-issuer', '401 bound-token-as-bearer', '401 credential-in-query',
  '401 expired', '401 key-expired', '401 key-malformed', '401 key-not-yet-valid', '401 key-revoked', '401 malformed-basic',
  '401 no-credentials', '401 not-yet-valid', '401 replayed', '401 several', '401 signature-mismatch', '401 subject-disabled',
  '401 unknown-key', '401 unsupported-scheme', '401 wrong-password', '403 address-not-allowed', '403 insecure-transport',
  '403 insufficient-scope', '403 permission-missing', '403 role-missing', '403 subject-mismatch', '403 suspended',
  '404 insufficient-scope', '404 permission-missing', '404 role-missing', '404 subject-mismatch', '404 suspended',
  '500 unexpected', '503 credential-store-unavailable',
]; // prettier-ignore
