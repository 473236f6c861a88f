import { after } from '../../base/awaitable.js';
import { fromUtf8 } from '../../base/bytes.js';
import type { JsonObject } from '../../base/strict-json.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { KeyContext, KeySource, VerificationKey } from '../../contracts/key.js';
import { asymmetricAlgorithms } from '../../crypto/algorithms.js';
import { parseToken, signingInput } from '../jwt/token.js';

/** What a signed answer is held against. */
export interface SignedAnswerRules {
  readonly issuer: string;
  /** Our client id and our identifiers: it must be meant for one of them. */
  readonly recipients: readonly string[];
  readonly keys: KeySource;
  readonly clockToleranceSeconds: number;
}

// Decision: an answer is made when it is asked for. What is older is a copy.
const maxAgeSeconds = 60;
const maxCandidates = 4;

/**
 * Reads a signed answer (RFC 9701 §5).
 * Checks: `typ`, no critical extension, an asymmetric algorithm, `iss`, `aud`, `iat` of this minute, the signature.
 * @returns what it says of the token; undefined where it is not a good answer. Keys that are not to be had are thrown.
 */
export function readSignedAnswer(
  bytes: Uint8Array,
  rules: SignedAnswerRules,
  context: KeyContext,
): Awaitable<JsonObject | undefined> {
  const token = parseToken(fromUtf8(bytes)?.trim() ?? '');
  if (token === undefined) return undefined;
  const { header, claims } = token;
  const { alg, kid } = header;
  if (header.typ !== 'token-introspection+jwt' || header.critical || !asymmetricAlgorithms.includes(alg))
    return undefined;
  if (claims['iss'] !== rules.issuer || !isMeantFor(claims['aud'], rules.recipients)) return undefined;
  if (!isFresh(claims['iat'], context.clock.now(), rules.clockToleranceSeconds)) return undefined;
  const said = claims['token_introspection'];
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return undefined;
  const query = { source: rules.issuer, algorithm: alg, ...(kid !== undefined && { keyid: kid }) };
  return after(rules.keys.find(query, context), (keys) => {
    const candidates = keys.filter((key) => key.fits(alg)).slice(0, maxCandidates);
    const signed = signedByOne(candidates, alg, { signature: token.signature, data: signingInput(token) });
    return after(signed, (good) => (good ? (said as JsonObject) : undefined));
  });
}

const isMeantFor = (aud: unknown, recipients: readonly string[]): boolean =>
  [aud].flat().some((named) => recipients.includes(named as string));

const isFresh = (iat: unknown, now: number, tolerance: number): boolean =>
  typeof iat === 'number' && iat <= now + tolerance && now - iat <= maxAgeSeconds + tolerance;

function signedByOne(
  [key, ...others]: readonly VerificationKey[],
  algorithm: string,
  signed: { readonly signature: Uint8Array; readonly data: Uint8Array },
): Awaitable<boolean> {
  if (key === undefined) return false;
  return after(
    key.verify(algorithm, signed.signature, signed.data),
    (good) => good || signedByOne(others, algorithm, signed),
  );
}
