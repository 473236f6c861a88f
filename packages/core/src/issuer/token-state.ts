import type { EndpointContext } from '../contracts/endpoint.js';
import type { JsonObject } from '../base/strict-json.js';
import { readAccessToken, type Issuing } from './access-token.js';
import type { Binding } from './binding.js';
import type { AuthenticatedClient } from './client-authentication.js';
import { authenticateClient } from './client-authentication.js';
import { done, type Work } from './endpoint.js';
import { malformed, readForm } from './form.js';
import { isRevoked, revoke } from './revocation.js';
import { endFamily, findFamily, targetOf, type Family } from './refresh-token.js';
import { OAuthRefusal } from './refusal.js';

type Found =
  | { readonly kind: 'refresh'; readonly family: Family; readonly isGood: boolean }
  | { readonly kind: 'access'; readonly claims: JsonObject }
  | { readonly kind: 'other-type' }
  | { readonly kind: 'unknown' };

/** By its form: an opaque token is no JWT, so that a hint (RFC 7009 §2.1) has nothing to decide. */
async function find(issuing: Issuing, text: string, context: EndpointContext): Promise<Found> {
  const refresh = await findFamily(issuing.settings, text, context);
  if (refresh !== undefined) return { kind: 'refresh', ...refresh };
  const access = await readAccessToken(issuing, text, context);
  if (access === undefined) return { kind: 'unknown' };
  return access === 'other-type' ? { kind: 'other-type' } : { kind: 'access', claims: access.claims };
}

/**
 * Tells a client whether a token is good (RFC 7662).
 * Checks: that it is a confidential client; that the token is its own, or for a resource that it is. Of any other it is told what it is
 * told of a token that there is not.
 */
export const introspectionEndpoint =
  (issuing: Issuing): Work =>
  async (request, context) => {
    const form = await readForm(request);
    const authenticated = await authenticateClient(issuing.settings, { request, form }, context);
    const { client } = authenticated;
    if (client.method === 'none') throw new OAuthRefusal('invalid_client', 'client-unauthenticated');
    const text = form.get('token');
    if (text === undefined) throw malformed();
    const { clientId } = client;
    const inactive = (reason: string, outcome: 'allow' | 'refuse' = 'allow') =>
      done({ active: false }, { outcome, reason, clientId });
    const found = await find(issuing, text, context);
    switch (found.kind) {
      case 'unknown':
        return inactive('introspected');
      case 'other-type':
        return inactive('bad-type', 'refuse');
      case 'refresh': {
        const { family, isGood } = found;
        if (family.clientId !== clientId) return inactive('not-audience', 'refuse');
        if (!isGood) return inactive('introspected');
        const body = {
          active: true,
          client_id: clientId,
          sub: family.subject,
          scope: family.scopes.join(' '),
          exp: family.endsAt,
          ...(family.bound !== undefined && { cnf: family.bound }),
        };
        return done(body, { reason: 'introspected', clientId, target: targetOf(family) });
      }
      case 'access': {
        const { claims } = found;
        const { iss, sub, aud, exp, iat, jti, client_id: owner, scope, act, cnf } = claims;
        const audience = [aud].flat();
        if (owner !== clientId && !audience.some((each) => client.protects.has(each as string)))
          return inactive('not-audience', 'refuse');
        if (await isRevoked(issuing.settings, claims, context)) return inactive('introspected');
        const body = {
          active: true,
          token_type: (cnf as Binding | undefined)?.jkt === undefined ? 'Bearer' : 'DPoP',
          iss,
          sub,
          aud,
          exp,
          iat,
          jti,
          client_id: owner,
          scope,
          act,
          cnf,
        };
        const target = { type: 'access-token', id: jti as string, subject: sub as string } as const;
        return done(body, { reason: 'introspected', clientId, target });
      }
    }
  };

/** RFC 7009: ends a token of the client; a refresh token with its whole family. What there is not counts as revoked. */
export const revocationEndpoint =
  (issuing: Issuing): Work =>
  async (request, context) => {
    const { settings } = issuing;
    const form = await readForm(request);
    const { client } = await authenticateClient(settings, { request, form }, context);
    const text = form.get('token');
    if (text === undefined) throw malformed();
    const { clientId } = client;
    const found = await find(issuing, text, context);
    if (found.kind === 'refresh') {
      const target = targetOf(found.family);
      if (found.family.clientId !== clientId) throw notOwner(client, target.id);
      await endFamily(settings, text, context);
      return revoked({ clientId, target });
    }
    if (found.kind !== 'access') return revoked({ clientId });
    const { jti, sub, client_id: owner } = found.claims;
    const target = { type: 'access-token', id: jti as string, subject: sub as string } as const;
    if (owner !== clientId) throw notOwner(client, target.id);
    await revoke(settings, { kind: 'token', value: jti as string }, context);
    return revoked({ clientId, target });
  };

/** RFC 7009 §2.2: nothing to tell. */
function revoked(deed: Omit<Parameters<typeof done>[1], 'reason'>): ReturnType<typeof done> {
  const served = done({}, { reason: 'revoked', ...deed });
  return served.kind === 'failure'
    ? served
    : { ...served, answer: { status: 200, headers: [['cache-control', 'no-store']], body: new Uint8Array() } };
}

function notOwner({ clientId }: AuthenticatedClient['client'], id: string | null): OAuthRefusal {
  const alert = { reason: 'not-owner', clientId, target: { type: 'access-token', id } } as const;
  return new OAuthRefusal('invalid_request', 'not-owner', { clientId, alert });
}
