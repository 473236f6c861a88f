import type { JsonObject } from '../base/strict-json.js';
import type { EndpointContext } from '../contracts/endpoint.js';
import { isSymmetric } from '../crypto/algorithms.js';
import { isSignedBy } from '../schemes/jwt/signature.js';
import { parseToken, type ParsedToken } from '../schemes/jwt/token.js';
import type { AuthenticatedClient } from './client-authentication.js';
import { OAuthRefusal } from './refusal.js';
import type { IssuerSettings } from './options.js';

// RFC 7523bis: either type; a client that says nothing of it is an older one.
const types: readonly unknown[] = [undefined, 'jwt', 'client-authentication+jwt'];
// Decision: an assertion is good for five minutes at most, so that its one use is remembered no longer.
const maxLifetimeSeconds = 300;
const toleranceSeconds = 5;
const maxBytes = 8192;

const refuse = (reason: string): OAuthRefusal => new OAuthRefusal('invalid_client', reason);

/**
 * Proves a client by an assertion that it signed (RFC 7523 §3, draft-ietf-oauth-rfc7523bis).
 * Checks: `iss`, `sub` and `client_id` are one registered client; a key of that client; its sole audience is the issuer; `exp` within
 * five minutes, `iat` and `nbf` not ahead; a `jti` that was not used before.
 * @throws OAuthRefusal
 */
export async function proveAssertion(
  settings: IssuerSettings,
  { clientId, assertion }: { readonly clientId: string | undefined; readonly assertion: string },
  context: EndpointContext,
): Promise<AuthenticatedClient> {
  const token = assertion.length > maxBytes ? undefined : parseToken(assertion);
  if (token === undefined) throw refuse('assertion-invalid');
  const { header, claims } = token;
  const client = typeof claims['sub'] === 'string' ? settings.clients.get(claims['sub']) : undefined;
  if (client === undefined || claims['iss'] !== client.clientId) throw refuse('assertion-invalid');
  if (clientId !== undefined && clientId !== client.clientId) throw refuse('assertion-invalid');
  if (client.keys === undefined) throw refuse('client-method-mismatch');
  const wellFormed = types.includes(header.typ) && !header.critical && !isSymmetric(header.alg);
  if (!wellFormed || !(await isSigned(token, client.keys))) throw refuse('assertion-invalid');
  if (!isSoleAudience(claims['aud'], settings.issuer)) throw refuse('assertion-audience');
  const now = context.clock.now();
  const { jti, exp } = claims;
  if (!areTimesGood(claims, now) || typeof jti !== 'string' || jti === '') throw refuse('assertion-invalid');
  const use = { kind: 'client-assertion', owner: client.clientId, id: jti, until: (exp as number) + toleranceSeconds };
  if (!(await context.useOnce(use))) throw refuse('assertion-replayed');
  return { client, ...(header.kid !== undefined && { credentialId: header.kid }) };
}

type Keys = NonNullable<AuthenticatedClient['client']['keys']>;

async function isSigned(token: ParsedToken, keys: Keys): Promise<boolean> {
  const { alg, kid } = token.header;
  const found = await keys.find({ source: '', algorithm: alg, ...(kid !== undefined && { keyid: kid }) });
  return isSignedBy(token, found);
}

/** One audience and no other: another server that the client trusts as well could hand the assertion on (CVE-2025-27371). */
const isSoleAudience = (aud: unknown, issuer: string): boolean =>
  aud === issuer || (Array.isArray(aud) && aud.length === 1 && aud[0] === issuer);

function areTimesGood({ exp, iat, nbf }: JsonObject, now: number): boolean {
  const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
  if (!isTime(exp) || now >= exp + toleranceSeconds || exp > now + maxLifetimeSeconds + toleranceSeconds) return false;
  return [iat, nbf].every((time) => time === undefined || (isTime(time) && time <= now + toleranceSeconds));
}
