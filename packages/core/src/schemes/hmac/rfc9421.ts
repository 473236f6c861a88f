import { Faults } from '../../errors/faults.js';
import { defaultComponents } from '../../message-signatures/coverage.js';
import type { SignatureKeyOptions } from '../../message-signatures/verification-key.js';
import type { SignedRequestCredentials } from '../http-signature/extract.js';
import { createSignedRequestScheme } from '../http-signature/http-signature.js';
import {
  own,
  readSignedRequest,
  signedRequestMembers,
  type NonceMode,
  type OwnedKey,
  type SignedRequestOptions,
} from '../http-signature/options.js';
import { signerMembers, type SignerOptions } from '../http-signature/signer.js';
import type { HmacProfile } from './profile.js';

/** A shared secret, and whose it is. */
export interface HmacKey extends Omit<SignatureKeyOptions, 'alg' | 'publicKeyPem' | 'publicJwk'>, SignerOptions {
  /** Base64 with padding, 32 random bytes or more. */
  readonly secretBase64: string;
}

/** Options of `hmac()` without a profile. */
export interface HmacOptions extends SignedRequestOptions {
  readonly profile?: 'rfc9421';
  /** One `keyid` twice is two live secrets, for the time of a rotation. */
  readonly keys: readonly HmacKey[];
  /** Default `require`. */
  readonly nonce?: NonceMode;
}

const known = ['keys', ...signedRequestMembers];
const keyMembers = ['keyid', 'secretBase64', 'notAfter', 'revoked', ...signerMembers];

/**
 * The default for shared secrets: RFC 9421 with `hmac-sha256` over `@method`, `@target-uri` and, with a body, `content-digest`;
 * parameters `created`, `keyid` and `nonce`; any label.
 */
export function createRfc9421Profile({ profile: _, ...options }: HmacOptions): HmacProfile<SignedRequestCredentials> {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const settings = readSignedRequest(options, faults, {
    kind: 'hmac',
    required: defaultComponents,
    fieldTypes: {},
    nonce: 'require',
    readKey,
  });
  faults.throwIfAny();
  return createSignedRequestScheme(settings);
}

function readKey(entry: object): OwnedKey {
  const faults = new Faults();
  faults.addUnknown(entry, keyMembers);
  return own({ ...(entry as HmacKey), alg: 'hmac-sha256' }, faults);
}
