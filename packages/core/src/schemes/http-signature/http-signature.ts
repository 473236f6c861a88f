import { after, all } from '../../base/awaitable.js';
import type { NoClaims } from '../../contracts/principal.js';
import type { Scheme } from '../../contracts/scheme.js';
import { createChallenge } from './challenge.js';
import { extractSignatures, type SignedRequestCredentials } from './extract.js';
import { checkHttpSignatureOptions, type HttpSignatureOptions, type SignedRequestSettings } from './options.js';
import { verifySignedRequest } from './verify.js';

/** What `httpSignature()` answers. */
export type HttpSignatureScheme = Scheme<'httpSignature', NoClaims, SignedRequestCredentials>;

/**
 * Makes a scheme that takes requests signed by HTTP Message Signatures.
 *
 * Checks: the fields `Signature-Input` and `Signature` in their one spelling; that each signature by a key that is known covers
 * what it must, is live, young and good; that they are of one subject; that the body is that of `Content-Digest`; that a nonce, or
 * a signed request with an unsafe method, was not here before. A signature by a key that is not known proves nothing, and harms nothing.
 * Signs, with `signResponses`, what `allow.signResponse` is given.
 * Does not check: parts of the message that nobody has signed.
 * @throws ConfigurationError with every fault of the options.
 * @see RFC 9421 §3.2, RFC 9530 §2
 * @example httpSignature({ keys: [{ keyid: 'partner-2026', alg: 'ed25519', publicKeyPem, subject: 'partner' }] })
 */
export function httpSignature(options: HttpSignatureOptions): HttpSignatureScheme {
  return Object.freeze({
    type: 'httpSignature' as const,
    ...createSignedRequestScheme(checkHttpSignatureOptions(options)),
  });
}

/** The scheme but for its type. */
export function createSignedRequestScheme(
  settings: SignedRequestSettings,
): Omit<Scheme<string, NoClaims, SignedRequestCredentials>, 'type'> {
  return {
    extract: (request, limits) => extractSignatures(settings, request, limits),
    verify: (credentials, request, context) => verifySignedRequest(settings, credentials, request, context),
    challenge: createChallenge(settings),
    ...(settings.signResponse !== undefined && { signResponse: settings.signResponse }),
    ready: () => after(all([...settings.keys.values()].flat().map((key) => key.ready())), () => undefined),
  };
}
