import type { Client } from '../authorization-server.js';

/** Asks an authorization server for an access token (RFC 6749 §4.4). */
export async function fetchToken(issuer: string, client: Client, scope: string): Promise<string> {
  const response = await post(`${issuer}/token`, client, { grant_type: 'client_credentials', scope });
  const answer = (await response.json()) as { readonly access_token?: string; readonly error?: string };
  if (answer.access_token === undefined) throw new Error(`the authorization server gave no token: ${answer.error}`);
  return answer.access_token;
}

/** Tells an authorization server that a token shall be good no more (RFC 7009). */
export async function revokeToken(issuer: string, client: Client, token: string): Promise<void> {
  const { status } = await post(`${issuer}/revoke`, client, { token });
  if (status !== 200) throw new Error(`the authorization server did not revoke: ${status}`);
}

const post = (url: string, { clientId, clientSecret }: Client, form: Record<string, string>): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams(form),
  });
