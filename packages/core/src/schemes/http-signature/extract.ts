import type { AuthRequest } from '../../contracts/request.js';
import type { Extracted, Limits } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { parseSignatures, type ParsedSignature } from '../../message-signatures/signature-fields.js';
import type { SignedRequestSettings } from './options.js';

/** The signatures of a request, nothing of them proved. */
export interface SignedRequestCredentials {
  /** Those whose `keyid` is known here: all of them must be good. */
  readonly known: readonly ParsedSignature[];
  /** Those of others, such as a proxy (RFC 9421 §4.3): they prove nothing here. */
  readonly unknown: readonly ParsedSignature[];
}

const field = 'signature-input';
const absent = Object.freeze({ kind: 'absent' } as const);
const ofNobody = Object.freeze({
  kind: 'foreign',
  field,
  failure: failure('unknown-key', { code: 'invalid-signature' }),
} as const);

/** A signature is ours when we know its `keyid`; all others may be another scheme's. */
export function extractSignatures(
  { keys }: SignedRequestSettings,
  { headers }: AuthRequest,
  { maxCredentialBytes }: Limits,
): Extracted<SignedRequestCredentials> {
  const length = (headers.get(field)?.length ?? 0) + (headers.get('signature')?.length ?? 0);
  if (length > maxCredentialBytes) return failure('credential-too-large');
  const signatures = parseSignatures(headers);
  if ('kind' in signatures) return signatures;
  if (signatures.length === 0) return absent;
  const isKnown = ({ parameters: { keyid } }: ParsedSignature): boolean => keyid !== undefined && keys.has(keyid);
  const known = signatures.filter(isKnown);
  if (known.length === 0) return ofNobody;
  const unknown = signatures.filter((signature) => !isKnown(signature));
  const identifier = known.map(({ parameters }) => parameters.keyid).join(' ');
  return { kind: 'credentials', field, credentials: { known, unknown }, identifier };
}
