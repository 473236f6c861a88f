import type { Served } from '../contracts/endpoint.js';
import type { EventTarget } from '../contracts/audit-event.js';
import { issueAccessToken, type Grant, type IssuedToken, type Issuing } from './access-token.js';
import { proveKeys, type ProvedKeys } from './binding.js';
import { authenticateClient } from './client-authentication.js';
import { assertionGrant, exchangeGrant, grantTypes } from './clients.js';
import { done, type Work } from './endpoint.js';
import { malformed, readForm } from './form.js';
import { grantByClient } from './grants/client-credentials.js';
import { grantByCode } from './grants/authorization-code.js';
import { grantByExchange } from './grants/token-exchange.js';
import { grantByAssertion } from './grants/jwt-bearer.js';
import { grantByRefresh } from './grants/refresh-token.js';
import type { GrantRequest } from './grants/grant-request.js';
import { OAuthRefusal } from './refusal.js';

/** What a grant comes to. */
export interface Granted extends Grant {
  readonly refreshToken?: string;
  /** RFC 8693 §2.2.1 */
  readonly issuedTokenType?: string;
  readonly target?: EventTarget;
  /** Whether the scopes are not those that were asked for (RFC 6749 §5.1). */
  readonly tellScopes: boolean;
}

const grants: Readonly<Record<string, (request: GrantRequest) => Promise<Granted>>> = {
  client_credentials: grantByClient,
  authorization_code: grantByCode,
  refresh_token: grantByRefresh,
  [exchangeGrant]: grantByExchange,
  [assertionGrant]: grantByAssertion,
};

/** The token endpoint (RFC 6749 §3.2): client first, then whether it may use the grant, then the keys that it proves, then the grant. */
export const tokenEndpoint =
  (issuing: Issuing): Work =>
  async (request, context) => {
    const form = await readForm(request);
    const grantType = form.get('grant_type');
    if (grantType === undefined) throw malformed();
    if (!grantTypes.includes(grantType)) throw new OAuthRefusal('unsupported_grant_type', 'grant-not-supported');
    const { client, credentialId } = await authenticateClient(issuing.settings, { request, form }, context);
    if (!client.grants.has(grantType))
      throw new OAuthRefusal('unauthorized_client', 'grant-not-allowed', { clientId: client.clientId });
    const proved = await proveKeys(issuing, client, { request, context });
    const { binding } = proved;
    const granted = await grants[grantType]!({ issuing, form, client, binding, context });
    const issued = await issueAccessToken(issuing, { ...granted, binding }, context);
    return answer(granted, issued, { credentialId, ...proved });
  };

/** RFC 6749 §5.1. */
function answer(
  granted: Granted,
  { token, tokenId, expiresIn }: IssuedToken,
  { credentialId, binding, headers }: ProvedKeys & { readonly credentialId: string | undefined },
): Served {
  const { clientId, subject, scopes, refreshToken, issuedTokenType, tellScopes, target } = granted;
  const body = {
    access_token: token,
    // RFC 8705 §3: bound to a certificate alone, it is a bearer token to look at.
    token_type: binding?.jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: expiresIn,
    ...(tellScopes && { scope: scopes.join(' ') }),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    ...(issuedTokenType !== undefined && { issued_token_type: issuedTokenType }),
  };
  return done(
    body,
    {
      reason: 'token-issued',
      clientId,
      subject,
      ...(credentialId !== undefined && { credentialId }),
      target: target ?? { type: 'access-token', id: tokenId, subject },
    },
    headers,
  );
}
