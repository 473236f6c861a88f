import type { JsonObject } from '../base/strict-json.js';
import type { EndpointContext } from '../contracts/endpoint.js';
import { askStore } from '../stores/ask-store.js';
import { findRevocation, revokeTokens, type Revocation } from '../stores/revocation.js';
import type { IssuerSettings } from './options.js';

/** Whether a token of our own was revoked: itself, its session, its subject or its client. */
export async function isRevoked(
  { issuer, revocation }: IssuerSettings,
  { jti, sid, sub, client_id: clientId, iat }: JsonObject,
  { clock, signal }: EndpointContext,
): Promise<boolean> {
  const token = { issuer, tokenId: jti, session: sid, subject: sub, clientId, issuedAt: iat };
  return askStore(
    () => findRevocation(revocation, token, { now: clock.now(), signal }),
    signal,
    'revocation-store-unavailable',
  );
}

/**
 * Revokes tokens of this issuer: one of them, or all of a session, a subject or a client, refresh tokens as well. Of a subject and of a client
 * those that were issued until now, since either may come back; to the second, as tokens tell it. Kept as long as any of them may be good.
 */
export async function revoke(
  { issuer, revocation, accessTokenSeconds, refreshAbsoluteSeconds }: IssuerSettings,
  {
    kind,
    value,
    issuedBefore,
    lifetimeSeconds = kind === 'token' ? accessTokenSeconds : Math.max(accessTokenSeconds, refreshAbsoluteSeconds),
  }: Omit<Revocation, 'issuer'>,
  context: Pick<EndpointContext, 'clock' | 'signal'>,
): Promise<void> {
  const returns = kind === 'subject' || kind === 'client';
  const before = issuedBefore ?? (returns ? Math.floor(context.clock.now()) + 1 : undefined);
  const revocations = { kind, value, issuer, lifetimeSeconds, ...(before !== undefined && { issuedBefore: before }) };
  return revokeTokens(revocation, revocations, context);
}
