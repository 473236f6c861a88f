import type { EndpointContext } from '../contracts/endpoint.js';
import { findFault, parseAssertion } from './assertion.js';
import type { AuthenticatedClient } from './client-authentication.js';
import { OAuthRefusal } from './refusal.js';
import type { IssuerSettings } from './options.js';

// RFC 7523bis: either type; a client that says nothing of it is an older one.
const types: ReadonlySet<string | undefined> = new Set([undefined, 'jwt', 'client-authentication+jwt']);

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
  const token = parseAssertion(assertion);
  if (token === undefined) throw refuse('assertion-invalid');
  const { header, claims } = token;
  const client = typeof claims['sub'] === 'string' ? settings.clients.get(claims['sub']) : undefined;
  if (client === undefined || claims['iss'] !== client.clientId) throw refuse('assertion-invalid');
  if (clientId !== undefined && clientId !== client.clientId) throw refuse('assertion-invalid');
  if (client.keys === undefined) throw refuse('client-method-mismatch');
  const fault = await findFault(token, { types, keys: client.keys, settings, owner: client.clientId }, context);
  if (fault !== undefined) throw refuse(fault);
  return { client, ...(header.kid !== undefined && { credentialId: header.kid }) };
}
