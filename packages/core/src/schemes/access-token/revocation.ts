import type { Awaitable } from '../../contracts/awaitable.js';
import type { Context, VerifiedPrincipal } from '../../contracts/scheme.js';
import type { Faults } from '../../errors/faults.js';

/** `check` asks the revocation store of `createAuth` about each token. A store that is down refuses with 503. */
export type RevocationMode = 'off' | 'check';

/** Adds a fault to `faults` for what is no mode. */
export function checkRevocationMode(value: RevocationMode | undefined, faults: Faults): RevocationMode {
  if (value === undefined || value === 'off' || value === 'check') return value ?? 'off';
  faults.add('revocation', 'invalid-option', 'must be "off" or "check"');
  return 'off';
}

/**
 * Whether a token was revoked: itself (`jti`), its session (`sid`), its subject or its client. Asked last: of a token that is not good
 * nobody asks. Asked each time: what is remembered of a token never answers this.
 */
export function isTokenRevoked(
  mode: RevocationMode,
  { issuer, credentialId: tokenId, session, subject, clientId, issuedAt }: VerifiedPrincipal,
  context: Context,
): Awaitable<boolean> {
  return mode === 'check' && context.isRevoked({ issuer, tokenId, session, subject, clientId, issuedAt });
}
