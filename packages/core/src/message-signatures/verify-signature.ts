import { crypto } from '#crypto';

import { after } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Failure } from '../contracts/failure.js';
import { failure } from '../errors/failures.js';
import { covers, coversDigest, type Coverage } from './coverage.js';
import type { FieldTypes } from './field-types.js';
import type { Message } from './message.js';
import { createSignatureBase } from './signature-base.js';
import type { ParsedSignature, SignatureParameters } from './signature-fields.js';
import type { SignatureKey } from './verification-key.js';

/** What is asked of a signature beside being good. */
export interface SignaturePolicy {
  readonly coverage: Coverage;
  readonly maxAgeSeconds: number;
  readonly clockToleranceSeconds: number;
  /** The application that signatures must be for; unset: not looked at. */
  readonly tag: string | undefined;
  readonly fieldTypes: FieldTypes;
}

/** What a signature that is good was made of. */
export interface VerifiedSignature<Key extends SignatureKey> {
  readonly kind: 'verified';
  readonly key: Key;
  readonly base: string;
  /** Whether the digest of the content is covered. */
  readonly coversDigest: boolean;
}

const unknownKey = failure('unknown-key', { code: 'invalid-signature' });
const keyRevoked = failure('key-revoked', { code: 'invalid-signature' });
const algorithmMismatch = failure('alg-key-mismatch', { code: 'invalid-signature' });
const signatureMismatch = failure('signature-mismatch', { code: 'invalid-signature' });

/**
 * Verifies one signature (RFC 9421 §3.2): what is cheap first, the signature itself last.
 *
 * Checks: that a key of this `keyid` is live and of the `alg` that the signature names, if it names one; `created`, which must be
 * there, and `expires`; the tag; that it covers what it must; its bytes.
 * Does not check: the content against its digest, nor whether the signature was used before.
 * @param keys all with the `keyid` of the signature
 * @param now seconds since the epoch
 */
export function verifySignature<Key extends SignatureKey>(
  signature: ParsedSignature,
  message: Message,
  { keys, policy, now }: { readonly keys: readonly Key[]; readonly policy: SignaturePolicy; readonly now: number },
): Awaitable<VerifiedSignature<Key> | Failure> {
  const { parameters, components, fault } = signature;
  const { live, ended, refused: unfit } = chooseKeys(keys, parameters, now);
  if (unfit !== undefined) return unfit;
  const refused = fault ?? judgeTime(parameters, policy, now) ?? judgeTag(parameters, policy);
  if (refused !== undefined) return refused;
  if (!covers(components, policy.coverage.required)) return failure('coverage-insufficient');
  const base = createSignatureBase(message, signature, policy.fieldTypes);
  if (typeof base !== 'string') return base;
  const data = crypto.fromAscii(base);
  return after(findSigner(live, signature.signature, data), (key) => {
    if (key !== undefined) return { kind: 'verified', key, base, coversDigest: coversDigest(components) };
    // So that whoever still signs with the old key of a rotation is told from a stranger.
    return after(findSigner(ended, signature.signature, data), (old) =>
      old === undefined ? signatureMismatch : keyRevoked,
    );
  });
}

interface Choice<Key extends SignatureKey> {
  readonly live: readonly Key[];
  readonly ended: readonly Key[];
  readonly refused?: Failure;
}

function chooseKeys<Key extends SignatureKey>(
  keys: readonly Key[],
  { alg }: SignatureParameters,
  now: number,
): Choice<Key> {
  const none = { live: [], ended: [] };
  if (keys.length === 0) return { ...none, refused: unknownKey };
  // The key decides what it signs with; what the message says of it is only compared (RFC 9421 §3.2).
  const fitting = keys.filter((key) => alg === undefined || key.alg === alg);
  if (fitting.length === 0) return { ...none, refused: algorithmMismatch };
  const live = fitting.filter(({ endsAt }) => now < endsAt);
  if (live.length === 0) return { ...none, refused: keyRevoked };
  return { live, ended: fitting.filter(({ endsAt }) => now >= endsAt) };
}

function judgeTime(
  { created, expires }: SignatureParameters,
  { maxAgeSeconds, clockToleranceSeconds: tolerance }: SignaturePolicy,
  now: number,
): Failure | undefined {
  // Decision: a signature without its time would be good for ever.
  if (created === undefined) return failure('signature-malformed');
  if (created > now + tolerance || created < now - maxAgeSeconds - tolerance) return withDate('signature-stale', now);
  if (expires === undefined) return undefined;
  return expires < created || expires <= now - tolerance ? withDate('signature-expired', now) : undefined;
}

/** So that a caller whose clock is wrong can set it right (RFC 9110 §6.6.1). */
function withDate(reason: 'signature-stale' | 'signature-expired', now: number): Failure {
  return failure(reason, { headers: [['date', new Date(now * 1000).toUTCString()]] });
}

function judgeTag({ tag }: SignatureParameters, policy: SignaturePolicy): Failure | undefined {
  return policy.tag === undefined || policy.tag === tag ? undefined : failure('tag-mismatch');
}

/** Two keys of one `keyid` are live at once while one replaces the other. */
function findSigner<Key extends SignatureKey>(
  [key, ...others]: readonly Key[],
  signature: Uint8Array,
  base: Uint8Array,
): Awaitable<Key | undefined> {
  if (key === undefined) return undefined;
  return after(key.verify(signature, base), (good) => (good ? key : findSigner(others, signature, base)));
}
