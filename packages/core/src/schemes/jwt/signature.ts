import { after } from '../../base/awaitable.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Failure } from '../../contracts/failure.js';
import type { KeyContext, KeySource, VerificationKey } from '../../contracts/key.js';
import { sameAlgorithm } from '../../crypto/algorithms.js';
import { failure } from '../../errors/failures.js';
import type { SignatureMemory } from './signature-memory.js';
import { signingInput, type ParsedToken } from './token.js';

/** Whose signature it must be. */
export interface Signer {
  readonly issuer: string;
  readonly algorithms: readonly string[];
  readonly keys: KeySource;
  /** Unset: each signature is verified. */
  readonly signatures?: SignatureMemory;
}

// Keys that share a keyid, or a token without one: each is tried, up to here.
const maxCandidates = 4;

/**
 * Proves who signed a token: an access token, an ID token, a logout token, an answer of userinfo.
 * Checks: no critical extension; an algorithm that is listed and that the key fits; what `validate` says; the signature.
 * Everything cheap comes before the signature, so that a hostile token costs as little as it can.
 */
export function proveSignature(
  { issuer: source, algorithms, keys, signatures }: Signer,
  token: ParsedToken,
  context: KeyContext,
  validate: () => Failure | undefined,
): Awaitable<Failure | undefined> {
  const { alg, kid, critical } = token.header;
  if (critical) return failure('crit-not-understood');
  if (!algorithms.some((name) => sameAlgorithm(name, alg))) return failure('alg-not-allowed');
  if (token.signature.length === 0) return failure('malformed-token');
  const found = keys.find(
    kid === undefined ? { source, algorithm: alg } : { source, algorithm: alg, keyid: kid },
    context,
  );
  return after(found, (known) => {
    const candidates = known.filter((key) => key.fits(alg));
    if (candidates.length === 0)
      return failure(known.length > 0 && kid !== undefined ? 'alg-key-mismatch' : 'unknown-key');
    if (candidates.length > maxCandidates) return failure('unknown-key');
    const refused = validate();
    if (refused !== undefined) return refused;
    return after(isSigned(token, candidates, signatures), (good) => (good ? undefined : failure('signature-mismatch')));
  });
}

/** Whether one of these keys signed a token. Those that are not for its algorithm are passed over; too many are none. */
export function isSignedBy(token: ParsedToken, keys: readonly VerificationKey[]): Awaitable<boolean> {
  const candidates = keys.filter((key) => key.fits(token.header.alg));
  return candidates.length <= maxCandidates && isSigned(token, candidates, undefined);
}

function isSigned(
  token: ParsedToken,
  candidates: readonly VerificationKey[],
  signatures: SignatureMemory | undefined,
): Awaitable<boolean> {
  const name = signatures?.nameOf(token.text);
  if (name !== undefined && signatures!.knows(name, candidates)) return true;
  return after(findSigner(token, candidates, signingInput(token)), (signer) => {
    if (signer !== undefined && name !== undefined) signatures!.remember(name, signer);
    return signer !== undefined;
  });
}

function findSigner(
  token: ParsedToken,
  [key, ...others]: readonly VerificationKey[],
  data: Uint8Array,
): Awaitable<VerificationKey | undefined> {
  if (key === undefined) return undefined;
  return after(key.verify(token.header.alg, token.signature, data), (good) =>
    good ? key : findSigner(token, others, data),
  );
}
