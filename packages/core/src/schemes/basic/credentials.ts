import { decodeBase64 } from '../../base/base64.js';
import { fromUtf8 } from '../../base/bytes.js';
import type { Failure } from '../../contracts/failure.js';
import { hasControlCharacter, maxPasswordBytes, preparePassword } from '../../crypto/password-hash.js';
import { failure } from '../../errors/failures.js';

/** `user-pass` of RFC 7617 §2, as text. */
export interface UserPass {
  readonly kind: 'user-pass';
  /** As sent. */
  readonly username: string;
  /** In the form that is hashed. */
  readonly password: string;
}

const colon = 0x3a;

/**
 * Parses what stands after `Basic` (RFC 7617 §2): strict base64 with padding, UTF-8 without a fallback, a name that is not
 * empty, the first colon, a password that may be empty.
 */
export function parseUserPass(token: string): UserPass | Failure {
  const bytes = decodeBase64(token);
  if (bytes === undefined) return failure('malformed-basic');
  const text = fromUtf8(bytes);
  if (text === undefined) return failure('invalid-utf8');
  const end = bytes.indexOf(colon);
  // Decision: nobody has an empty name.
  if (end <= 0 || hasControlCharacter(text)) return failure('malformed-basic');
  // Decision: refused before it is hashed, and before it is composed.
  if (bytes.length - end - 1 > maxPasswordBytes) return failure('password-too-long');
  const split = text.indexOf(':');
  return {
    kind: 'user-pass',
    username: text.slice(0, split),
    password: preparePassword(text.slice(split + 1)),
  };
}
