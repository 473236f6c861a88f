import type { JsonObject } from '../../base/strict-json.js';
import { isNumericDate } from '../../base/time.js';
import type { Failure } from '../../contracts/failure.js';
import type { Assurance } from '../../contracts/principal.js';
import type { VerifiedPrincipal } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { hasReadableGrants, readGrants, type ClaimMap, type Grants } from './claim-map.js';

/** `rfc9068`: an access token as RFC 9068 has it. `generic`: also without `typ: at+jwt`, `client_id`, `iat` and `jti`. */
export type TokenProfile = 'rfc9068' | 'generic';

/** What claims are held against. */
export interface ClaimRules {
  readonly audience: readonly string[];
  readonly profile: TokenProfile;
  readonly clockToleranceSeconds: number;
  readonly maxLifetimeSeconds: number;
  readonly maxTokenAgeSeconds: number | undefined;
  readonly map: ClaimMap;
}

const backChannelLogout = 'http://schemas.openid.net/event/backchannel-logout';

/** Whether a `typ` (normalised) may be that of an access token (RFC 8725 §3.11): an allow-list, so that new kinds are refused too. */
export function isAccessTokenType(typ: string | undefined, profile: TokenProfile): boolean {
  return typ === 'at+jwt' || (profile === 'generic' && (typ === undefined || typ === 'jwt'));
}

/**
 * Validates the claims of an access token (RFC 7519 §4.1, RFC 9068 §2.2 and §4, RFC 8725 §3).
 * Checks: shapes; what the profile requires; `sub`, `aud`; that it is no logout or ID token; `exp`, `nbf`, `iat`, lifetime, age.
 * Does not check: `iss` and `typ`, which decided that the token is ours; the signature; `cnf`, which the guard confirms.
 * @param now seconds since the epoch
 */
export function validateClaims(
  claims: JsonObject,
  typ: string | undefined,
  rules: ClaimRules,
  now: number,
): Failure | undefined {
  if (!wellShaped(claims) || !hasReadableGrants(claims, rules.map)) return failure('malformed-token');
  if (!complete(claims, rules)) return failure('missing-claim');
  if (isLogoutToken(claims)) return failure('bad-type');
  const audience = findAudienceFailure(claims['aud'], rules.audience);
  if (audience !== undefined) return audience;
  if (typ !== 'at+jwt' && isIdToken(claims)) return failure('bad-type');
  return findTimeFailure(claims as JsonObject & TimeClaims, rules, now);
}

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isTextList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

export const isAbsentOr = (isShaped: (value: unknown) => boolean, value: unknown): boolean =>
  value === undefined || isShaped(value);

function wellShaped(claims: JsonObject): boolean {
  const { exp, nbf, iat, auth_time: authenticatedAt, client_id: clientId, jti, sid, acr, amr } = claims;
  return (
    isAbsentOr(isNumericDate, exp) &&
    isAbsentOr(isNumericDate, nbf) &&
    isAbsentOr(isNumericDate, iat) &&
    isAbsentOr(isNumericDate, authenticatedAt) &&
    isAbsentOr(isText, clientId) &&
    isAbsentOr(isText, jti) &&
    isAbsentOr(isText, sid) &&
    isAbsentOr(isText, acr) &&
    isAbsentOr(isTextList, amr)
  );
}

function complete(claims: JsonObject, rules: ClaimRules): boolean {
  if (!isText(claims['sub']) || claims['sub'] === '' || claims['exp'] === undefined) return false;
  if (rules.maxTokenAgeSeconds !== undefined && claims['iat'] === undefined) return false;
  return rules.profile === 'generic' || ['iat', 'jti', 'client_id'].every((name) => claims[name] !== undefined);
}

/** Back-Channel Logout 1.0 §2.4: `events` with its member, whatever `typ` says. */
function isLogoutToken(claims: JsonObject): boolean {
  const events = claims['events'];
  return typeof events === 'object' && events !== null && backChannelLogout in events;
}

/** Decision: a token with what only ID tokens have (OpenID Connect Core §2, §3.3.2.11) is none for an API, unless its `typ` says at+jwt. */
function isIdToken(claims: JsonObject): boolean {
  return claims['nonce'] !== undefined || claims['at_hash'] !== undefined || claims['c_hash'] !== undefined;
}

/** RFC 7519 §4.1.3: exact code points; one match is enough. */
function findAudienceFailure(value: unknown, accepted: readonly string[]): Failure | undefined {
  if (Array.isArray(value) && !value.every(isText)) return failure('malformed-token');
  const named: readonly unknown[] = Array.isArray(value) ? value : [value];
  return named.some((audience) => isText(audience) && accepted.includes(audience))
    ? undefined
    : failure('bad-audience');
}

interface TimeClaims {
  readonly exp: number;
  readonly nbf?: number;
  readonly iat?: number;
}

function findTimeFailure({ exp, nbf, iat }: TimeClaims, rules: ClaimRules, now: number): Failure | undefined {
  const tolerance = rules.clockToleranceSeconds;
  if (now >= exp + tolerance) return failure('expired');
  if (nbf !== undefined && nbf > now + tolerance) return failure('not-yet-valid');
  if (iat !== undefined && iat > now + tolerance) return failure('not-yet-valid');
  // Decision: a lifetime beyond the bound is refused; without `iat` it counts from now.
  const tooLong =
    iat === undefined ? exp - now > rules.maxLifetimeSeconds + tolerance : exp - iat > rules.maxLifetimeSeconds;
  if (tooLong) return failure('lifetime-too-long');
  if (rules.maxTokenAgeSeconds !== undefined && now - iat! > rules.maxTokenAgeSeconds + tolerance)
    return failure('too-old');
  return undefined;
}

type Growing<T> = { -readonly [Member in keyof T]: T[Member] };

/** Makes a principal of claims that were validated, and that their issuer answers for. Its sets are its own: a handler may change them. */
export function toPrincipal<Claims extends object>(
  { issuer, tenant, map }: Pick<ClaimRules, 'map'> & { readonly issuer: string; readonly tenant?: string },
  claims: JsonObject,
  typed: Claims,
): VerifiedPrincipal<Claims> {
  const { sub, exp, iat, jti, client_id: clientId, cnf, sid } = claims;
  const { scopes, roles, permissions, tenant: mapped } = readGrants(claims, map) as Grants;
  const assurance = toAssurance(claims);
  // Member by member: each spread would copy all that is there.
  const principal: Growing<VerifiedPrincipal<Claims>> = {
    issuer,
    subject: sub as string,
    scopes,
    roles,
    claims: typed,
  };
  if (exp !== undefined) principal.expiresAt = exp as number;
  if (permissions !== undefined) principal.permissions = permissions;
  if (isText(clientId)) principal.clientId = clientId;
  if (isText(jti)) principal.credentialId = jti;
  if (iat !== undefined) principal.issuedAt = iat as number;
  if (isText(sid)) principal.session = sid;
  // That of the issuer itself goes before what a claim says.
  const ofTenant = tenant ?? mapped;
  if (ofTenant !== undefined) principal.tenant = ofTenant;
  // Whatever stands there: the guard refuses what it cannot confirm.
  if (cnf !== undefined) principal.confirmation = toConfirmation(cnf);
  if (assurance !== undefined) principal.assurance = assurance;
  return Object.freeze(principal);
}

/** A `cnf` that is no object (RFC 7800 §3.1) becomes a member that nobody can confirm. */
function toConfirmation(cnf: unknown): Readonly<Record<string, unknown>> {
  return typeof cnf === 'object' && cnf !== null && !Array.isArray(cnf) && Object.keys(cnf).length > 0
    ? (cnf as Readonly<Record<string, unknown>>)
    : { cnf };
}

function toAssurance({ acr, amr, auth_time: authenticatedAt }: JsonObject): Assurance | undefined {
  if (acr === undefined && amr === undefined && authenticatedAt === undefined) return undefined;
  return Object.freeze({
    ...(isText(acr) && { acr }),
    ...(isTextList(amr) && { amr }),
    ...(isNumericDate(authenticatedAt) && { authenticatedAt }),
  });
}
