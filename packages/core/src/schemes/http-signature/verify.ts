import { crypto } from '#crypto';

import { after } from '../../base/awaitable.js';
import type { EventSignature } from '../../contracts/audit-event.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Failure } from '../../contracts/failure.js';
import type { NoClaims } from '../../contracts/principal.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Context, Verified } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { judgeContent } from '../../message-signatures/covered-content.js';
import type { ParsedSignature } from '../../message-signatures/signature-fields.js';
import { verifyAll } from '../../message-signatures/verify-message.js';
import type { VerifiedSignature } from '../../message-signatures/verify-signature.js';
import type { SignedRequestCredentials } from './extract.js';
import type { OwnedKey, SignedRequestSettings } from './options.js';
import { toPrincipal } from './signer.js';

type Good = VerifiedSignature<OwnedKey>;

const replayed = failure('replayed', { code: 'invalid-signature' });
const maxNonceBytes = 256;
// RFC 9110 §9.2.1: repeating them changes nothing.
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * Proves a signed request: every signature by a key that is known, of one subject; then the body against its digest, so that no
 * stranger makes us read it; last that it was not here before.
 */
export function verifySignedRequest(
  settings: SignedRequestSettings,
  { known, unknown }: SignedRequestCredentials,
  request: AuthRequest,
  context: Context,
): Awaitable<Verified<NoClaims>> {
  const nonceless = settings.nonce === 'require' && known.some(({ parameters }) => (parameters.nonce ?? '') === '');
  if (nonceless || known.some(hasLongNonce)) return failure('nonce-missing');
  return after(verifyAll(known, request, { ...settings, now: context.clock.now() }), (good) => {
    if ('kind' in good) return good;
    const [{ key }] = good as [Good];
    if (good.some((other) => other.key.signer.subject !== key.signer.subject)) return failure('subject-ambiguous');
    return after(checkContent(settings, good, request), (refused) => {
      if (refused !== undefined) return refused;
      return after(useEach(settings, good, request, context), (isNew) =>
        isNew
          ? {
              kind: 'verified',
              principal: toPrincipal(key.signer, key.keyid, key.endsAt),
              annotations: { signatures: [...describe(known, true), ...describe(unknown, false)] },
            }
          : replayed,
      );
    });
  });
}

// Texts of structured fields are ASCII (RFC 9651 §3.3.3): a byte each.
const hasLongNonce = ({ parameters: { nonce = '' } }: ParsedSignature): boolean => nonce.length > maxNonceBytes;

/** The body is read only where somebody must or wants to know it, and after the signatures are found good. */
function checkContent(
  { policy }: SignedRequestSettings,
  good: readonly Good[],
  request: AuthRequest,
): Awaitable<Failure | undefined> {
  const covered = good.map(({ coversDigest }) => coversDigest);
  if (!policy.coverage.digest && !covered.includes(true)) return undefined;
  // A body that nobody had to sign may be signed by some.
  const asked = policy.coverage.digest ? covered : covered.filter(Boolean);
  return request.body().then((content) => judgeContent(asked, request, content));
}

/** Whether none of the signatures was used before. What comes later finds all of them used. */
function useEach(
  settings: SignedRequestSettings,
  [good, ...others]: readonly Good[],
  request: AuthRequest,
  context: Context,
): Awaitable<boolean> {
  if (good === undefined) return true;
  return after(use(settings, good, request, context), (isNew) =>
    isNew ? useEach(settings, others, request, context) : false,
  );
}

function use(
  { kind, nonce: mode, policy }: SignedRequestSettings,
  { key, base, signature }: Good,
  { method }: AuthRequest,
  context: Context,
): Awaitable<boolean> {
  const { created, nonce } = signature.parameters;
  // The instant from which it is refused for its age alone.
  const until = created! + policy.maxAgeSeconds + policy.clockToleranceSeconds + 1;
  if (mode !== 'off' && nonce !== undefined)
    return context.useOnce({ kind: `${kind} nonce`, owner: key.keyid, id: nonce, until });
  if (safeMethods.has(method)) return true;
  // Decision: what is signed is good once, and not the bytes of the signature, which ECDSA lets anybody write in two ways.
  return context.useOnce({ kind: `${kind} base`, owner: key.keyid, id: crypto.sha256Text(base), until });
}

const describe = (signatures: readonly ParsedSignature[], verified: boolean): readonly EventSignature[] =>
  signatures.map(({ label, parameters }) => ({ label, keyid: parameters.keyid?.slice(0, 256) ?? null, verified }));
