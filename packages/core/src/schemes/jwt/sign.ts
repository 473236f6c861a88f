import { toUtf8 } from '../../base/bytes.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { SigningKey } from '../../contracts/signer.js';
import { signCompact } from '../../crypto/jws.js';

/** Options of `signToken`. */
export interface SignTokenOptions {
  /** `typ` of the header (RFC 8725 §3.11); default `at+jwt`, an access token (RFC 9068 §2.1). */
  readonly type?: string;
}

/**
 * Signs claims as a JWT in compact form (RFC 7519 §7.1, RFC 7515 §7.1).
 *
 * Checks: that the claims are one JSON object of well-formed text.
 * Does not check: what the claims say. Times are seconds since the epoch; set `iss`, `aud`, `exp`, `sub`, `iat`, `jti`, `client_id`
 * for an access token (RFC 9068 §2.2).
 * @returns at once, or a promise where the key takes its time (RSA, Web Crypto).
 * @throws TypeError for claims that JSON cannot hold; it does not show them.
 * @example await signToken({ iss, aud, sub: 'svc-1', exp: now + 900 }, key)
 */
export function signToken(
  claims: Readonly<Record<string, unknown>>,
  key: SigningKey,
  { type = 'at+jwt' }: SignTokenOptions = {},
): Awaitable<string> {
  const { algorithm: alg, keyid: kid } = key;
  const payload = toJson(claims);
  return signCompact(JSON.stringify({ alg, typ: type, kid }), toUtf8(payload), key);
}

function toJson(claims: unknown): string {
  const text = typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? stringify(claims) : undefined;
  // A lone surrogate is written as an escape, which strict readers refuse.
  if (text === undefined || /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(text))
    throw new TypeError('signToken: claims must be an object that JSON can hold, of well-formed text');
  return text;
}

function stringify(claims: object): string | undefined {
  try {
    return JSON.stringify(claims);
  } catch {
    return undefined;
  }
}
