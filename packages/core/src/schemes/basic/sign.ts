import { formatBasic } from '../../http/authorization.js';

/**
 * Formats what `basic()` reads: the value of an `Authorization` field, in UTF-8 and composed (NFC, RFC 7617 §2.1).
 * @returns undefined where no such field can say it (§2): an empty name or one with a colon, a control character in either, or
 * text that is not well formed.
 * @example formatUserPass('Aladdin', 'open sesame')   // 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='
 */
export function formatUserPass(username: string, password: string): string | undefined {
  if (username === '' || username.includes(':')) return undefined;
  const text = username + password;
  // Asked here: what hashes passwords is not for whoever sends them.
  if (/\p{Cc}/u.test(text) || !username.isWellFormed() || !password.isWellFormed()) return undefined;
  return formatBasic(username.normalize('NFC'), password.normalize('NFC'));
}
