import { after } from '../../base/awaitable.js';
import { fromUtf8 } from '../../base/bytes.js';
import type { JsonObject } from '../../base/strict-json.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { KeyContext, KeySource } from '../../contracts/key.js';
import { asymmetricAlgorithms } from '../../crypto/algorithms.js';
import { proveSignature } from '../jwt/signature.js';
import { parseToken } from '../jwt/token.js';

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
  const { claims } = token;
  const said = claims['token_introspection'];
  if (token.header.typ !== 'token-introspection+jwt' || !isObject(said)) return undefined;
  if (claims['iss'] !== rules.issuer || !isMeantFor(claims['aud'], rules.recipients)) return undefined;
  if (!isFresh(claims['iat'], context.clock.now(), rules.clockToleranceSeconds)) return undefined;
  const { issuer, keys } = rules;
  const proved = proveSignature({ issuer, keys, algorithms: asymmetricAlgorithms }, token, context, () => undefined);
  return after(proved, (refused) => (refused === undefined ? said : undefined));
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isMeantFor = (aud: unknown, recipients: readonly string[]): boolean =>
  [aud].flat().some((named) => recipients.includes(named as string));

const isFresh = (iat: unknown, now: number, tolerance: number): boolean =>
  typeof iat === 'number' && iat <= now + tolerance && now - iat <= maxAgeSeconds + tolerance;
