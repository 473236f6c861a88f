import type { Client } from '../authorization-server.js';

/** Asks an authorization server for an access token (RFC 6749 §4.4). */
export async function fetchToken(issuer: string, { clientId, clientSecret }: Client, scope: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  });
  const answer = (await response.json()) as { readonly access_token?: string; readonly error?: string };
  if (answer.access_token === undefined) throw new Error(`the authorization server gave no token: ${answer.error}`);
  return answer.access_token;
}
