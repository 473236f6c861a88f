import { crypto } from '#crypto';

import { after } from '../../base/awaitable.js';
import { toUtf8 } from '../../base/bytes.js';
import type { EventSignature } from '../../contracts/audit-event.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Failure } from '../../contracts/failure.js';
import type { NoClaims } from '../../contracts/principal.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Context, Verified } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { verifyContentDigest } from '../../http/content-digest.js';
import type { ParsedSignature } from '../../message-signatures/signature-fields.js';
import { verifySignature, type VerifiedSignature } from '../../message-signatures/verify-signature.js';
import type { SignedRequestCredentials } from './extract.js';
import type { OwnedKey, SignedRequestSettings } from './options.js';
import { toPrincipal } from './signer.js';

/** A signature that is good, with what it said. */
interface Good extends VerifiedSignature<OwnedKey> {
  readonly signature: ParsedSignature;
}

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
  return after(verifyEach(settings, known, request, context), (good) => {
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

const hasLongNonce = ({ parameters: { nonce = '' } }: ParsedSignature): boolean => toUtf8(nonce).length > maxNonceBytes;

/** One after another: the first that is not good refuses. */
function verifyEach(
  settings: SignedRequestSettings,
  [signature, ...others]: readonly ParsedSignature[],
  request: AuthRequest,
  context: Context,
): Awaitable<readonly Good[] | Failure> {
  if (signature === undefined) return [];
  const keys = settings.keys.get(signature.parameters.keyid!)!;
  const verified = verifySignature(signature, request, { keys, policy: settings.policy, now: context.clock.now() });
  return after(verified, (first) => {
    if (first.kind === 'failure') return first;
    return after(verifyEach(settings, others, request, context), (rest) =>
      'kind' in rest ? rest : [{ ...first, signature }, ...rest],
    );
  });
}

/** A body is good where every signature covers its digest; what `required` does not ask for is checked where it is covered. */
async function readAndCheck(good: readonly Good[], request: AuthRequest): Promise<Failure | undefined> {
  const content = await request.body();
  const lines = request.headers.getAll('content-digest');
  const covered = good.every(({ coversDigest }) => coversDigest);
  if (content.length > 0 && !covered) return failure(lines.length === 0 ? 'digest-missing' : 'coverage-insufficient');
  return good.some(({ coversDigest }) => coversDigest) ? verifyContentDigest(lines, content) : undefined;
}

function checkContent(
  { policy }: SignedRequestSettings,
  good: readonly Good[],
  request: AuthRequest,
): Awaitable<Failure | undefined> {
  const covered = good.some(({ coversDigest }) => coversDigest);
  return covered || policy.coverage.digest ? readAndCheck(good, request) : undefined;
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
