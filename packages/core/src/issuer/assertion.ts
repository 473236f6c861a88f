import type { JsonObject } from '../base/strict-json.js';
import { isNumericDate } from '../base/time.js';
import type { EndpointContext } from '../contracts/endpoint.js';
import { isSymmetric } from '../crypto/algorithms.js';
import type { StaticKeys } from '../keys/static-keys.js';
import { isSignedBy } from '../schemes/jwt/signature.js';
import { parseToken, type ParsedToken } from '../schemes/jwt/token.js';
import type { IssuerSettings } from './options.js';

/** What an assertion is held against. */
export interface AssertionRules {
  /** Of its `typ`; undefined for none. */
  readonly types: ReadonlySet<string | undefined>;
  readonly keys: StaticKeys;
  readonly settings: Pick<IssuerSettings, 'issuer'>;
  /** Whose `jti` it is. */
  readonly owner: string;
}

// Decision: an assertion is good for five minutes at most, so that its one use is remembered no longer.
const maxLifetimeSeconds = 300;
const toleranceSeconds = 5;
const maxBytes = 8192;

/** Nothing in it is proved. */
export const parseAssertion = (text: string): ParsedToken | undefined =>
  text.length > maxBytes ? undefined : parseToken(text);

/**
 * Finds what is wrong with an assertion (RFC 7523 §3, draft-ietf-oauth-rfc7523bis).
 * Checks: type and signature; its sole audience is this issuer; `exp` within five minutes, `iat` and `nbf` not ahead; a `jti` that was not
 * used before.
 */
export async function findFault(
  token: ParsedToken,
  { types, keys, settings, owner }: AssertionRules,
  context: EndpointContext,
): Promise<'assertion-invalid' | 'assertion-audience' | 'assertion-replayed' | undefined> {
  const { header, claims } = token;
  const wellFormed = types.has(header.typ) && !header.critical && !isSymmetric(header.alg);
  if (!wellFormed || !(await isSigned(token, keys))) return 'assertion-invalid';
  if (!isSoleAudience(claims['aud'], settings.issuer)) return 'assertion-audience';
  const { jti, exp } = claims;
  if (!areTimesGood(claims, context.clock.now()) || typeof jti !== 'string' || jti === '') return 'assertion-invalid';
  const use = { kind: 'client-assertion', owner, id: jti, until: (exp as number) + toleranceSeconds };
  return (await context.useOnce(use)) ? undefined : 'assertion-replayed';
}

async function isSigned(token: ParsedToken, keys: StaticKeys): Promise<boolean> {
  const { alg, kid } = token.header;
  const found = await keys.find({ source: '', algorithm: alg, ...(kid !== undefined && { keyid: kid }) });
  return isSignedBy(token, found);
}

/** One audience and no other: another server that the client trusts as well could hand the assertion on (CVE-2025-27371). */
const isSoleAudience = (aud: unknown, issuer: string): boolean =>
  aud === issuer || (Array.isArray(aud) && aud.length === 1 && aud[0] === issuer);

function areTimesGood({ exp, iat, nbf }: JsonObject, now: number): boolean {
  if (!isNumericDate(exp) || now >= exp + toleranceSeconds || exp > now + maxLifetimeSeconds + toleranceSeconds)
    return false;
  return [iat, nbf].every((time) => time === undefined || (isNumericDate(time) && time <= now + toleranceSeconds));
}
