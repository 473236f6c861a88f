import { Faults } from '../../errors/faults.js';
import { isQuotable } from '../../http/challenge.js';
import { defaultComponents, readCoverage } from '../../message-signatures/coverage.js';
import type { FieldTypes } from '../../message-signatures/field-types.js';
import {
  readSignatureKey,
  signatureKeyMembers,
  type SignatureKey,
  type SignatureKeyOptions,
} from '../../message-signatures/verification-key.js';
import type { SignaturePolicy } from '../../message-signatures/verify-signature.js';
import { readResponseSigner, type ResponseSignatureOptions, type SignResponse } from './responses.js';
import { readSigner, signerMembers, type Signer, type SignerOptions } from './signer.js';

/** What may be asked of a nonce. `off`: it means nothing; requests with unsafe methods are good once all the same. */
export type NonceMode = 'off' | 'allow' | 'require';

/** A key of `httpSignature()`, and whose it is. */
export interface HttpSignatureKey extends SignatureKeyOptions, SignerOptions {}

/** What every scheme takes that verifies signatures of RFC 9421. */
export interface SignedRequestOptions {
  /** Longest time since `created`, in seconds, 1 to 86400; default 300. */
  readonly maxAgeSeconds?: number;
  /** By how much clocks may differ, in seconds, 0 to 300; default 5. */
  readonly clockToleranceSeconds?: number;
  readonly nonce?: NonceMode;
  /** The application that signatures must be for (RFC 9421 §7.2.7); unset: tags are not looked at. */
  readonly tag?: string;
  /** Signs the responses to those who sign: `allow.signResponse` makes the fields. */
  readonly signResponses?: ResponseSignatureOptions;
  /** Realm in challenges; default that of `createAuth`. */
  readonly realm?: string;
}

/** Options of `httpSignature()`. */
export interface HttpSignatureOptions extends SignedRequestOptions {
  readonly keys: readonly HttpSignatureKey[];
  /**
   * What a signature must cover; default `@method`, `@target-uri` and `content-digest`, which counts where there is a body. The target
   * may be covered in its parts. A signature that covers less is refused.
   */
  readonly required?: readonly string[];
  /** Structured fields beyond those of standards, for components with `sf`: `{ 'example-list': 'list' }`. */
  readonly fieldTypes?: FieldTypes;
  /** Default `allow`. */
  readonly nonce?: NonceMode;
}

/** A key with its owner. */
export interface OwnedKey extends SignatureKey {
  readonly signer: Signer;
}

/** The options, checked and filled in. */
export interface SignedRequestSettings {
  /** Keeps what is used once apart from that of other schemes. */
  readonly kind: string;
  readonly keys: ReadonlyMap<string, readonly OwnedKey[]>;
  readonly policy: SignaturePolicy;
  readonly nonce: NonceMode;
  readonly realm: string | undefined;
  readonly signResponse: SignResponse | undefined;
}

export const signedRequestMembers = [
  'maxAgeSeconds', 'clockToleranceSeconds', 'nonce', 'tag', 'realm', 'signResponses',
] as const satisfies readonly (keyof SignedRequestOptions)[]; // prettier-ignore
const known = ['keys', 'required', 'fieldTypes', ...signedRequestMembers];
const keyMembers = [...signatureKeyMembers, ...signerMembers];

/** @throws ConfigurationError with every fault of the options; none shows a secret. */
export function checkHttpSignatureOptions(options: HttpSignatureOptions): SignedRequestSettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const settings = readSignedRequest(options, faults, {
    kind: 'httpSignature',
    required: options.required ?? defaultComponents,
    fieldTypes: readFieldTypes(options.fieldTypes, faults),
    nonce: 'allow',
    readKey: readOwnedKey,
  });
  faults.throwIfAny();
  return settings;
}

/** What is not the same in all schemes that stand on `readSignedRequest`. */
export interface SignedRequestDefaults {
  readonly kind: string;
  readonly required: readonly string[];
  readonly fieldTypes: FieldTypes;
  readonly nonce: NonceMode;
  readonly readKey: (entry: object) => OwnedKey;
}

/** Adds every fault. */
export function readSignedRequest(
  options: SignedRequestOptions & { readonly keys: readonly object[] },
  faults: Faults,
  { kind, required, fieldTypes, nonce: defaultNonce, readKey }: SignedRequestDefaults,
): SignedRequestSettings {
  const { maxAgeSeconds = 300, clockToleranceSeconds = 5, nonce = defaultNonce, tag, realm } = options;
  if (!(Number.isFinite(maxAgeSeconds) && maxAgeSeconds >= 1 && maxAgeSeconds <= 86_400))
    faults.add('maxAgeSeconds', 'invalid-option', 'must be a number of seconds from 1 to 86400');
  if (!(Number.isFinite(clockToleranceSeconds) && clockToleranceSeconds >= 0 && clockToleranceSeconds <= 300))
    faults.add('clockToleranceSeconds', 'invalid-option', 'must be a number of seconds from 0 to 300');
  if (nonce !== 'off' && nonce !== 'allow' && nonce !== 'require')
    faults.add('nonce', 'invalid-option', 'must be "off", "allow" or "require"');
  for (const [name, text] of Object.entries({ tag, realm })) {
    if (text !== undefined && (typeof text !== 'string' || text === '' || !isQuotable(text) || text.includes('\t')))
      faults.add(name, 'invalid-option', 'must be text of visible ASCII characters and spaces');
  }
  const coverage = readCoverage(required, faults);
  const keys = readKeys(options.keys, readKey, faults);
  const signResponse = readResponseSigner(options.signResponses, faults);
  const policy = { coverage, maxAgeSeconds, clockToleranceSeconds, tag, fieldTypes };
  return { kind, keys, policy, nonce, realm, signResponse };
}

function readKeys(
  entries: unknown,
  readKey: SignedRequestDefaults['readKey'],
  faults: Faults,
): ReadonlyMap<string, readonly OwnedKey[]> {
  const keys = new Map<string, OwnedKey[]>();
  if (!Array.isArray(entries) || entries.length === 0) {
    faults.add('keys', 'keys-required', 'must be a list of keys, and not empty');
    return keys;
  }
  for (const [index, entry] of (entries as readonly unknown[]).entries()) {
    const path = `keys[${index}]`;
    const key =
      typeof entry === 'object' && entry !== null
        ? faults.within(path, () => readKey(entry))
        : faults.add(path, 'invalid-option', 'must be a key');
    if (key === undefined) continue;
    const others = keys.get(key.keyid) ?? [];
    if (others.some(({ signer }) => signer.subject !== key.signer.subject))
      faults.add(`${path}.subject`, 'duplicate-key', 'differs from that of another key of this keyid');
    keys.set(key.keyid, [...others, key]);
  }
  return keys;
}

function readOwnedKey(entry: object): OwnedKey {
  const faults = new Faults();
  faults.addUnknown(entry, keyMembers);
  return own(entry as HttpSignatureKey, faults);
}

/** @throws ConfigurationError with the faults that are there, and every fault of the key. */
export function own(options: HttpSignatureKey, faults: Faults): OwnedKey {
  const signer = readSigner(options, faults);
  const key = faults.within('', () => readSignatureKey(options));
  faults.throwIfAny();
  return {
    keyid: key!.keyid,
    alg: key!.alg,
    endsAt: key!.endsAt,
    signer,
    verify: (signature, base) => key!.verify(signature, base),
    ready: () => key!.ready(),
  };
}

function readFieldTypes(fieldTypes: unknown = {}, faults: Faults): FieldTypes {
  const whole =
    typeof fieldTypes === 'object' &&
    fieldTypes !== null &&
    Object.entries(fieldTypes).every(
      ([name, type]) => name === name.toLowerCase() && ['dictionary', 'list', 'item'].includes(type as string),
    );
  if (!whole)
    faults.add('fieldTypes', 'invalid-option', 'must name fields in lower case, each "dictionary", "list" or "item"');
  return whole ? { ...(fieldTypes as FieldTypes) } : {};
}
