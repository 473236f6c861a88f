import type { PartySettings } from './options.js';

/** What the issuer is told of a logout that began here (OpenID Connect RP-Initiated Logout 1.0 §2). */
export interface EndSessionRequest {
  /** The ID token of the login: whose session ends. It stands in a URL, so leave it out where that is too much. */
  readonly idToken?: string;
  /** Where the issuer sends the browser afterwards: a URL that it knows of this client. */
  readonly postLogoutRedirectUri?: string;
}

/** @throws OidcError for wrong metadata; DependencyError */
export async function endSessionUrl(
  { provider, clientId }: PartySettings,
  { idToken, postLogoutRedirectUri }: EndSessionRequest,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { endSessionEndpoint } = await provider.metadata(signal);
  if (endSessionEndpoint === undefined) return undefined;
  const url = new URL(endSessionEndpoint);
  url.searchParams.set('client_id', clientId);
  if (idToken !== undefined) url.searchParams.set('id_token_hint', idToken);
  if (postLogoutRedirectUri !== undefined) url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri);
  return url.href;
}
