import { isNumericDate } from '../../base/time.js';
import type { JsonObject } from '../../base/strict-json.js';
import { parseToken, type ParsedToken } from '../jwt/token.js';
import { OidcError } from './oidc-error.js';
import type { PartySettings } from './options.js';
import { findTimeFault, invalidToken, isName, proveIssuer, readAudience } from './signed-token.js';
import { isHashOf } from './token-hash.js';

/** Claims of an ID token that was verified. */
export type IdTokenClaims = JsonObject & {
  readonly iss: string;
  /** Who it is: unique within `iss`, and never used for somebody else. An e-mail address is neither. */
  readonly sub: string;
  readonly exp: number;
  readonly iat: number;
};

/** What an ID token must say, beside what every one must. */
export interface IdTokenExpectation {
  /** That of the request; without it nothing is asked of the token's. */
  readonly nonce?: string;
  /** The access token that came with it: `at_hash`, where it is there, must be its hash. */
  readonly accessToken?: string;
  /**
   * The code that came with it from the authorization endpoint (hybrid flow): `c_hash` must be there, and with `accessToken`
   * also `at_hash` (OpenID Connect Core §3.3.2.11).
   */
  readonly code?: string;
  /** Longest time since the person authenticated, in seconds. */
  readonly maxAgeSeconds?: number;
  /** The person must have been authenticated in one of these ways. */
  readonly acr?: string | readonly string[];
}

/** @throws OidcError; DependencyError where the issuer cannot be asked */
export async function verifyIdToken(
  party: PartySettings,
  idToken: string,
  expected: IdTokenExpectation,
  signal?: AbortSignal,
): Promise<IdTokenClaims> {
  const token = typeof idToken === 'string' ? parseToken(idToken) : undefined;
  if (token === undefined) throw invalidToken('malformed-token');
  checkType(token);
  await proveIssuer(party, token, signal);
  const { claims } = token;
  if (claims['iss'] !== party.provider.issuer)
    throw new OidcError('issuer-mismatch', 'the iss of the ID token is not exactly the issuer');
  checkAudience(claims, party.clientId);
  const fault = isName(claims['sub']) ? findTimeFault(claims, party) : 'sub is missing or no name';
  if (fault !== undefined) throw invalidToken(fault);
  if (expected.nonce !== undefined && claims['nonce'] !== expected.nonce)
    throw new OidcError('id-token-nonce', 'the nonce of the ID token is not that of the request');
  await checkHashes(token, expected);
  checkAuthentication(claims, expected, party);
  return claims as IdTokenClaims;
}

const backChannelLogout = 'http://schemas.openid.net/event/backchannel-logout';

/** RFC 8725 §3.11: an allow-list. An access token (RFC 9068 §5) and a logout token are no ID tokens. */
function checkType({ header: { typ }, claims: { events } }: ParsedToken): void {
  const isLogoutToken = typeof events === 'object' && events !== null && backChannelLogout in events;
  if ((typ !== undefined && typ !== 'jwt') || isLogoutToken)
    throw new OidcError('bad-type', 'the token is of another kind, not an ID token');
}

function checkAudience({ aud, azp }: JsonObject, clientId: string): void {
  const audience = readAudience(aud);
  if (audience?.includes(clientId) !== true)
    throw new OidcError('id-token-audience', 'the aud of the ID token does not name this client');
  // Decision: of several audiences only `azp` says that the token was made for this client (OpenID Connect Core §3.1.3.7).
  const needsParty = audience.some((one) => one !== clientId);
  if (azp === undefined ? needsParty : azp !== clientId)
    throw new OidcError('id-token-azp', 'the ID token was made for another client, or does not say for which');
}

async function checkHashes(
  { header: { alg }, claims }: ParsedToken,
  { accessToken, code }: IdTokenExpectation,
): Promise<void> {
  const { at_hash: atHash, c_hash: cHash } = claims;
  if (code !== undefined && !(await isHashOf(cHash, code, alg)))
    throw new OidcError('id-token-c-hash', 'the c_hash of the ID token is not that of the code');
  if (accessToken === undefined || (atHash === undefined && code === undefined)) return;
  if (!(await isHashOf(atHash, accessToken, alg)))
    throw new OidcError('id-token-at-hash', 'the at_hash of the ID token is not that of the access token');
}

function checkAuthentication(
  { auth_time: authenticatedAt, acr }: JsonObject,
  expected: IdTokenExpectation,
  { clock, clockToleranceSeconds }: PartySettings,
): void {
  const now = clock.now();
  if (authenticatedAt !== undefined && !isNumericDate(authenticatedAt)) throw invalidToken('auth_time is no time');
  const age = authenticatedAt === undefined ? Infinity : now - authenticatedAt;
  if (age < -clockToleranceSeconds) throw invalidToken('auth_time is in the future');
  // Written so that an age or a bound that is no number refuses.
  if (expected.maxAgeSeconds !== undefined && !(age <= expected.maxAgeSeconds + clockToleranceSeconds))
    throw new OidcError(
      'authentication-too-old',
      'the person authenticated longer ago than asked, or nobody knows when',
    );
  if (expected.acr !== undefined && !(typeof acr === 'string' && [expected.acr].flat().includes(acr)))
    throw new OidcError('acr-insufficient', 'the person was not authenticated in one of the ways that were asked for');
}

/**
 * Whether a refreshed ID token is of the same login (OpenID Connect Core §12.2): same issuer, subject, audience and time of
 * authentication, and no other nonce.
 * @throws OidcError `id-token-subject-changed`
 */
export function checkSameLogin(before: JsonObject, after: JsonObject): void {
  const audienceOf = ({ aud }: JsonObject): string => JSON.stringify([readAudience(aud) ?? []].flat().sort());
  const same =
    before['iss'] === after['iss'] &&
    before['sub'] === after['sub'] &&
    audienceOf(before) === audienceOf(after) &&
    before['azp'] === after['azp'] &&
    ['auth_time', 'nonce'].every((name) => after[name] === undefined || after[name] === before[name]);
  if (!same) throw new OidcError('id-token-subject-changed', 'the refreshed ID token is that of another login');
}
