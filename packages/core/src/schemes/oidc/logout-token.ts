import type { JsonObject } from '../../base/strict-json.js';
import { useOnce } from '../../stores/use-once.js';
import { parseToken } from '../jwt/token.js';
import { isOidcError, OidcError } from './oidc-error.js';
import type { PartySettings } from './options.js';
import { findTimeFault, isName, proveIssuer, readAudience } from './signed-token.js';

/** Claims of a logout token that was verified; it names a subject, a session of the issuer, or both. */
export type LogoutTokenClaims = JsonObject & {
  readonly iss: string;
  readonly iat: number;
  readonly jti: string;
  readonly sub?: string;
  readonly sid?: string;
};

const event = 'http://schemas.openid.net/event/backchannel-logout';
// Decision: an issuer sends it at once; §2.6 leaves the bound to us.
const longestAgeSeconds = 300;
const types: ReadonlySet<string | undefined> = new Set(['logout+jwt', 'jwt', undefined]);

/** @throws OidcError `logout-token-invalid`, `logout-token-replayed`, `alg-not-allowed`; DependencyError */
export async function verifyLogoutToken(
  party: PartySettings,
  logoutToken: string,
  signal?: AbortSignal,
): Promise<LogoutTokenClaims> {
  const token = typeof logoutToken === 'string' ? parseToken(logoutToken) : undefined;
  if (token === undefined || !types.has(token.header.typ)) throw invalid('it is no logout token');
  try {
    await proveIssuer(party, token, signal);
  } catch (error) {
    throw isOidcError(error) && error.code === 'invalid-token' ? invalid(error.message) : error;
  }
  const { claims } = token;
  const fault = findFault(claims, party) ?? findTimeFault(claims, party);
  if (fault !== undefined) throw invalid(fault);
  const { iss, jti, iat } = claims as LogoutTokenClaims;
  const until = iat + longestAgeSeconds + 2 * party.clockToleranceSeconds;
  const use = { kind: 'logout-token', owner: JSON.stringify([iss, party.clientId]), id: jti, until };
  if (!(await useOnce(party, use, signal)))
    throw new OidcError('logout-token-replayed', 'this logout token was used before');
  return claims as LogoutTokenClaims;
}

const invalid = (problem: string): OidcError =>
  new OidcError('logout-token-invalid', `the logout token is not valid: ${problem}`);

/** Back-Channel Logout 1.0 §2.4 and §2.6, but for the times. */
function findFault(
  claims: JsonObject,
  { provider, clientId, clock, clockToleranceSeconds }: PartySettings,
): string | undefined {
  const { iss, aud, jti, iat, events, sub, sid, nonce } = claims;
  if (iss !== provider.issuer) return 'its iss is not exactly the issuer';
  if (readAudience(aud)?.includes(clientId) !== true) return 'its aud does not name this client';
  if (nonce !== undefined) return 'it has a nonce, as an ID token has';
  if (!isObject(events) || !isObject(events[event])) return 'its events do not have a back-channel logout';
  if (sub === undefined && sid === undefined) return 'it names neither sub nor sid';
  if (![sub, sid].every((name) => name === undefined || isName(name))) return 'its sub or sid is no name';
  if (!isName(jti)) return 'its jti is missing or no name';
  if (typeof iat !== 'number' || clock.now() - iat > longestAgeSeconds + clockToleranceSeconds) return 'it is old';
  return undefined;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
