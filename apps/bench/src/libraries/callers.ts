import { clientCredentials, createClient } from '@auth/client';
import { createInterceptor } from '@auth/client/undici';
import { create as createAxios } from 'axios';
import { OAuth2Client } from 'google-auth-library';
import { allowInsecureRequests, Configuration, fetchProtectedResource } from 'openid-client';
import { ClientCredentials } from 'simple-oauth2';
import { Agent, request } from 'undici';

import type { Case } from '../measure/race.js';

export const bareUndici = 'undici.request, a header by hand';
export const bareFetch = 'fetch, a header by hand';
export const clientByUndici = '@auth/client, undici';
export const clientByFetch = '@auth/client, fetch';

const inFlight = 64;
const token = 'token-1';
const authorization = `Bearer ${token}`;

/** A client with its token at hand. */
export function createBenchClient(origin: string): ReturnType<typeof createClient> {
  const auth = clientCredentials({
    tokenEndpoint: `${origin}/token`,
    clientId: 'bench',
    clientSecret: 'secret-of-the-bench',
  });
  return createClient({ origin, auth });
}

/** Those who send a request with a token that is at hand. */
export async function callers(origin: string, client: ReturnType<typeof createClient>): Promise<readonly Case[]> {
  const url = `${origin}/orders`;
  const agent = new Agent();
  const dispatcher = agent.compose(createInterceptor(client));
  const dump = async ({ statusCode, body }: Awaited<ReturnType<typeof request>>): Promise<boolean> => {
    await body.dump();
    return statusCode === 200;
  };
  const read = async (response: Response): Promise<boolean> => (await response.text()) === 'ok';
  const byAxios = createAxios();
  byAxios.interceptors.request.use((config) => {
    config.headers.set('authorization', authorization);
    return config;
  });
  const configuration = new Configuration(
    { issuer: origin, token_endpoint: `${origin}/token` },
    'bench',
    'secret-of-the-bench',
  );
  allowInsecureRequests(configuration);
  const google = new OAuth2Client();
  google.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
  const simple = new ClientCredentials({
    client: { id: 'bench', secret: 'secret-of-the-bench' },
    auth: { tokenHost: origin, tokenPath: '/token' },
  });
  let kept = await simple.getToken({});
  const bySimple = async (): Promise<Response> => {
    if (kept.expired()) kept = await simple.getToken({});
    return fetch(url, { headers: { authorization: `Bearer ${String(kept.token['access_token'])}` } });
  };
  return [
    {
      name: bareUndici,
      inFlight,
      judge: async () => dump(await request(url, { headers: { authorization }, dispatcher: agent })),
    },
    { name: clientByUndici, inFlight, judge: async () => dump(await request(url, { dispatcher })) },
    { name: bareFetch, inFlight, judge: async () => read(await fetch(url, { headers: { authorization } })) },
    { name: clientByFetch, inFlight, judge: async () => read(await client.fetch('/orders')) },
    { name: 'axios, an interceptor by hand', inFlight, judge: async () => (await byAxios.get(url)).status === 200 },
    {
      name: 'openid-client, fetchProtectedResource',
      inFlight,
      judge: async () => read(await fetchProtectedResource(configuration, token, new URL(url), 'GET')),
    },
    { name: 'simple-oauth2, as documented', inFlight, judge: async () => read(await bySimple()) },
    {
      name: 'google-auth-library, request',
      inFlight,
      judge: async () => (await google.request({ url })).status === 200,
    },
  ];
}
