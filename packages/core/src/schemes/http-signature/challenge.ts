import type { Challenge } from '../../contracts/scheme.js';
import { formatChallenge } from '../../http/challenge.js';
import { formatAcceptSignature } from '../../message-signatures/accept-signature.js';
import type { SignedRequestSettings } from './options.js';

/** The challenge of all schemes that ask for a signature; the name of the auth-scheme is registered by nobody. */
export function signatureChallenge(realm: string): readonly [name: string, value: string] {
  return ['www-authenticate', formatChallenge('Signature', [['realm', realm]])];
}

/** Tells a client what to sign (RFC 9421 §5.1). */
export function createChallenge({ policy, nonce, realm: own }: SignedRequestSettings): (realm: string) => Challenge {
  const parameters = new Map<string, string | true>([
    ['created', true],
    ['keyid', true],
  ]);
  if (nonce === 'require') parameters.set('nonce', true);
  if (policy.tag !== undefined) parameters.set('tag', policy.tag);
  const accept = formatAcceptSignature([{ label: 'sig', components: policy.coverage.components, parameters }]);
  return (realm) => ({ headers: [signatureChallenge(own ?? realm), ['accept-signature', accept]] });
}
