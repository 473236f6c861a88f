import { grantResources, grantScopes } from '../scopes.js';
import type { Granted } from '../token-endpoint.js';
import type { GrantRequest } from './grant-request.js';

/** A token for the client itself (RFC 6749 §4.4): no refresh token, since it can always ask again. */
export async function grantByClient({ form, client }: GrantRequest): Promise<Granted> {
  const { clientId } = client;
  const scopes = grantScopes(form, client.scopes, { clientId });
  const audience = grantResources(form, client.resources, client);
  return { clientId, subject: clientId, scopes, audience, tellScopes: form.get('scope') === undefined };
}
