import { decodeBase64url, parseJsonObject } from '@auth/core/signing';

import type { TokenResponse } from '../token-response.js';

// Decision: a token is kept for a day at most, and for five minutes where nobody says how long it lives.
const longestSeconds = 86_400;
const defaultSeconds = 300;

/**
 * When a token is no longer to be used, in seconds since the epoch: by `expires_in` (RFC 6749 §5.1), else by `exp` where the token
 * is a JWT, else five minutes. Zero and less mean that it is used once, by those who wait for it.
 */
export function findExpiry({ accessToken, expiresIn }: TokenResponse, obtainedAt: number): number {
  const claimed = expiresIn === undefined ? findExp(accessToken.reveal()) : obtainedAt + expiresIn;
  const expiresAt = claimed ?? obtainedAt + defaultSeconds;
  return Math.min(Math.max(expiresAt, obtainedAt), obtainedAt + longestSeconds);
}

/** `exp` of a token that happens to be a JWT. It is the issuer's word to us, over TLS: no signature is needed for that. */
function findExp(token: string): number | undefined {
  const [, payload, , ...further] = token.split('.');
  const bytes = payload === undefined || further.length > 0 ? undefined : decodeBase64url(payload);
  const exp = bytes && parseJsonObject(bytes)?.['exp'];
  return typeof exp === 'number' ? exp : undefined;
}
