import { after } from '../../base/awaitable.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Failure } from '../../contracts/failure.js';
import type { KeyContext, KeySource, VerificationKey } from '../../contracts/key.js';
import { sameAlgorithm } from '../../crypto/algorithms.js';
import { failure } from '../../errors/failures.js';
import { signingInput, type ParsedToken } from './token.js';

/** Whose signature it must be. */
export interface Signer {
  readonly issuer: string;
  readonly algorithms: readonly string[];
  readonly keys: KeySource;
}

// Keys that share a keyid, or a token without one: each is tried, up to here.
const maxCandidates = 4;

/**
 * Proves who signed a token: an access token, an ID token, a logout token, an answer of userinfo.
 * Checks: no critical extension; an algorithm that is listed and that the key fits; what `validate` says; the signature.
 * Everything cheap comes before the signature, so that a hostile token costs as little as it can.
 */
export function proveSignature(
  { issuer: source, algorithms, keys }: Signer,
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
    return after(signedByOne(candidates, alg, token.signature, signingInput(token)), (good) =>
      good ? undefined : failure('signature-mismatch'),
    );
  });
}

/** Whether one of these keys signed a token. Those that are not for its algorithm are passed over; too many are none. */
export function isSignedBy(token: ParsedToken, keys: readonly VerificationKey[]): Awaitable<boolean> {
  const { alg } = token.header;
  const candidates = keys.filter((key) => key.fits(alg));
  return candidates.length <= maxCandidates && signedByOne(candidates, alg, token.signature, signingInput(token));
}

function signedByOne(
  keys: readonly VerificationKey[],
  algorithm: string,
  signature: Uint8Array,
  data: Uint8Array,
): Awaitable<boolean> {
  const [key, ...others] = keys;
  if (key === undefined) return false;
  return after(
    key.verify(algorithm, signature, data),
    (good) => good || signedByOne(others, algorithm, signature, data),
  );
}
