import type { JsonObject } from '../base/strict-json.js';
import type { EndpointContext } from '../contracts/endpoint.js';
import { askStore } from '../stores/ask-store.js';
import { findRevocation } from '../stores/revocation.js';
import type { IssuerSettings } from './options.js';

/** Whether an access token of our own was revoked: itself, its session, its subject or its client. */
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
