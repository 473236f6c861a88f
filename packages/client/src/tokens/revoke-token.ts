import type { CachedToken } from '@auth/core/signing';

import { discard } from '../bounded-read.js';
import { isClientError, type ClientErrorCode } from '../client-error.js';
import type { TokenSettings } from '../strategies/token-options.js';
import { postForm } from '../token-endpoint.js';
import type { IssuerContext } from './request-token.js';

/** Tells the issuer that a token is not used any more. Never fails: what became of it is told in an event. */
export type RevokeToken = (token: CachedToken) => Promise<void>;

/** Revokes tokens at the issuer (RFC 7009 §2.1): the refresh token first, so that nothing follows the access token. */
export function createRevocation(settings: TokenSettings, context: IssuerContext): RevokeToken {
  const { transport, clock, random, emit, discovery, authentication } = context;
  // Not the signal of the source, which has ended. Each request has the time limit of all.
  const { signal } = new AbortController();
  const revoke = async (endpoint: URL, token: string, hint: string): Promise<void> => {
    const form = new URLSearchParams({ token, token_type_hint: hint });
    const { secrets, ...authenticated } = await authentication.apply(form, { clock, random, signal });
    const request = { endpoint, form, ...authenticated, secrets: [token, ...secrets] };
    // RFC 7009 §2.2: 200 says that it is not good any more, whatever the body.
    await postForm(transport, request, { signal, read: discard });
  };
  return async ({ accessToken, refreshToken, expiresAt }) => {
    let endpoint = settings.revocationEndpoint;
    let outcome: 'revoked' | ClientErrorCode = 'revoked';
    try {
      endpoint ??= await discovery!.findEndpoint('revocation_endpoint', signal);
      if (refreshToken !== undefined) await revoke(endpoint, refreshToken.reveal(), 'refresh_token');
      if (clock.now() < expiresAt) await revoke(endpoint, accessToken.reveal(), 'access_token');
    } catch (error) {
      outcome = isClientError(error) ? error.code : 'token-source';
    }
    const at = endpoint === undefined ? '' : endpoint.origin + endpoint.pathname;
    emit({ kind: 'token-revocation', endpoint: at, clientId: settings.clientId ?? '', outcome });
  };
}
