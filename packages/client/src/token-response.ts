import { Secret, type JsonObject } from '@auth/core/signing';

import { ClientError } from './client-error.js';

/** A successful answer of a token endpoint (RFC 6749 §5.1). */
export interface TokenResponse {
  readonly accessToken: Secret<string>;
  /** Takes the place of the one that was sent (RFC 6749 §6). */
  readonly refreshToken?: Secret<string>;
  /** Undefined where the answer named none: then those asked for were granted. */
  readonly scopes?: readonly string[];
  /** Seconds, as the issuer says; undefined where it says nothing. May be absurd. */
  readonly expiresIn?: number;
}

// RFC 6750 §2.1: what a Bearer token is made of.
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * Reads the JSON of a token endpoint.
 * Checks: `access_token` is a text that a Bearer field can hold, `token_type` is the one that is wanted, in any case (§7.1), `expires_in` is a
 * number or the text of one, `scope` and `refresh_token` are text.
 * Does not check: the token itself, which is opaque to a client.
 * @throws ClientError `token-response`, or `token-type-downgrade` where a bound token was asked for
 */
export function parseTokenResponse(json: JsonObject | undefined, wanted: 'Bearer' | 'DPoP' = 'Bearer'): TokenResponse {
  if (json === undefined) throw unusable('is not one JSON object of at most 128 KiB, sent as application/json');
  const { access_token: token, token_type: type, expires_in: expiresIn, scope, refresh_token: refreshToken } = json;
  if (typeof token !== 'string' || !b64token.test(token)) throw unusable('has no access_token that can be sent');
  const found = typeof type === 'string' ? type.toLowerCase() : '';
  // RFC 9449 §5: a Bearer token would be good for whoever takes it.
  if (wanted === 'DPoP' && found === 'bearer')
    throw new ClientError('token-type-downgrade', 'a DPoP token was asked for, and the issuer gave a Bearer token');
  if (found !== wanted.toLowerCase()) throw unusable(`has a token_type other than ${wanted}`);
  const seconds = readSeconds(expiresIn);
  if (seconds === 'malformed') throw unusable('has an expires_in that is no number');
  if (scope !== undefined && scope !== null && typeof scope !== 'string') throw unusable('has a scope that is no text');
  // RFC 6749 Appendix A.17: visible characters and spaces.
  if (refreshToken !== undefined && refreshToken !== null && !isVisible(refreshToken))
    throw unusable('has a refresh_token that is no text');
  return {
    accessToken: new Secret(token),
    ...(typeof refreshToken === 'string' && { refreshToken: new Secret(refreshToken) }),
    ...(typeof scope === 'string' && { scopes: scope.split(' ').filter((word) => word !== '') }),
    ...(seconds !== undefined && { expiresIn: seconds }),
  };
}

const isVisible = (text: unknown): boolean => typeof text === 'string' && /^[\x20-\x7e]+$/.test(text);

function readSeconds(value: unknown): number | undefined | 'malformed' {
  // Decision: null is sent for "nothing" by some, and a number as text by others.
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : 'malformed';
}

const unusable = (what: string): ClientError =>
  new ClientError('token-response', `the answer of the token endpoint ${what}`);
