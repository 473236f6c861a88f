import { crypto } from '#crypto';

import type { Confirmer } from '../contracts/scheme.js';
import { isThumbprint } from '../crypto/thumbprint.js';
import { failure } from '../errors/failures.js';

/**
 * Confirms tokens that are bound to a client certificate (RFC 8705 §3): by SHA-256 over the certificate of this connection, or of the one
 * that a trusted proxy tells.
 * Checks: the form of `x5t#S256`; that a certificate came, and is the one.
 * Does not check: whether the certificate is any good. The authorization server has bound the token to it, and the handshake has shown its
 * key (§3: a resource server need not know the authority).
 */
export const certificateConfirmer: Confirmer = Object.freeze({
  member: 'x5t#S256',
  confirm(value, _principal, request, { clientCertificates }) {
    if (value === undefined) return { kind: 'confirmed' };
    if (!isThumbprint(value)) return failure('confirmation-unsupported');
    const found = clientCertificates(request);
    if (found.kind === 'failure') return found;
    const [leaf] = found.chain;
    if (leaf === undefined) return failure('bound-token-without-certificate');
    // Public on both sides: nothing to compare in constant time.
    return crypto.encodeBase64url(crypto.sha256(leaf)) === value
      ? { kind: 'confirmed' }
      : failure('certificate-binding-mismatch');
  },
} satisfies Confirmer);
