import { generateKeyPairSync } from 'node:crypto';
import type { Server } from 'node:http';

import { createDpopKey, createSigningKey, type CachedToken, type TokenCache } from '@auth/core/signing';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { clientCredentials, createClient, refreshToken, type Strategy } from '../../src/index.js';
import { audience, guard, listen, stop } from '../fixtures/guarded-api.js';

const clientSecret = 'a secret with % + and & that is long enough';
const scopes = ['orders:read'];
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const servers: Server[] = [];
let provider: Provider;
let issuer = '';
let origin = '';

beforeAll(async () => {
  const op = await listen();
  const api = await listen();
  servers.push(op.server, api.server);
  [issuer, origin] = [op.origin, api.origin];
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const itself = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
  provider = new Provider(issuer, {
    jwks: { keys: [{ ...jwk, kid: 'op-1', alg: 'ES256', use: 'sig' }] },
    clients: [
      { ...itself, client_id: 'basic', client_secret: clientSecret },
      { ...itself, client_id: 'post', client_secret: clientSecret, token_endpoint_auth_method: 'client_secret_post' },
      {
        ...itself,
        client_id: 'key',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'job-1', alg: 'ES256', use: 'sig' }] },
      },
      {
        client_id: 'desk',
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: ['http://127.0.0.1/back'],
      },
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: ['openid', 'offline_access', ...scopes],
    cookies: { keys: ['published, for tests'] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    ttl: { Grant: 3600, AccessToken: 600, ClientCredentials: 600, RefreshToken: 3600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          audience,
          scope: scopes.join(' '),
          accessTokenFormat: 'jwt' as const,
          jwt: { sign: { alg: 'ES256' as const } },
        }),
      },
    },
  });
  const respond = provider.callback();
  op.server.on('request', (req, res) => void respond(req, res));
  guard(api.server, issuer);
});
afterAll(() => Promise.all(servers.map(stop)));

/** Who called, as the API says. */
async function callBy(auth: Strategy, tokenCache?: TokenCache): Promise<unknown> {
  const client = createClient({ origin, auth, ...(tokenCache && { tokenCache }) });
  try {
    const response = await client.fetch('/orders');
    return response.status === 200 ? await response.json() : response.status;
  } finally {
    await client.close();
  }
}

describe('oidc-provider', () => {
  it.each([
    ['a secret in the Basic field', () => ({ clientId: 'basic', clientSecret })],
    [
      'a secret in the form',
      () => ({ clientId: 'post', clientSecret, clientAuthentication: 'client_secret_post' as const }),
    ],
    [
      'private_key_jwt',
      () => ({
        clientId: 'key',
        signingKey: createSigningKey({ privateKeyPem, keyid: 'job-1', algorithm: 'ES256' }),
      }),
    ],
  ])('gives tokens for client credentials with %s (RFC 6749 §4.4, RFC 7523 §2.2)', async (_title, options) => {
    const found = await callBy(clientCredentials({ issuer, scopes, ...options() }));
    expect(found).toMatchObject({ clientId: options().clientId, bound: false });
  });

  it('gives tokens that are bound to a key, with a nonce that it asks for (RFC 9449 §5, §8)', async () => {
    const auth = clientCredentials({ issuer, scopes, clientId: 'basic', clientSecret, dpop: createDpopKey() });
    expect(await callBy(auth)).toMatchObject({ clientId: 'basic', bound: true });
  });

  it('refuses a wrong secret, which is told', async () => {
    const auth = clientCredentials({ issuer, scopes, clientId: 'basic', clientSecret: 'another secret, just as long' });
    await expect(callBy(auth)).rejects.toMatchObject({ code: 'token-endpoint', oauthError: 'invalid_client' });
  });

  it('rotates a refresh token, and revokes the last one when the client is closed (RFC 6749 §6, RFC 7009)', async () => {
    const granted = new provider.Grant({ accountId: 'alice', clientId: 'desk' });
    granted.addOIDCScope('openid offline_access');
    granted.addResourceScope(audience, scopes.join(' '));
    const first = new provider.RefreshToken({
      client: await provider.Client.find('desk'),
      accountId: 'alice',
      grantId: await granted.save(),
      gty: 'authorization_code',
      scope: `openid offline_access ${scopes.join(' ')}`,
      resource: audience,
      claims: {},
    } as never);
    const saved: CachedToken[] = [];
    const cache: TokenCache = {
      find: () => saved.at(-1),
      save: (_key, token) => void saved.push(token),
      remove: () => undefined,
    };
    const auth = refreshToken({
      issuer,
      scopes,
      clientId: 'desk',
      refreshToken: await first.save(),
      revokeOnClose: true,
    });
    expect(await callBy(auth, cache)).toMatchObject({ subject: 'alice' });
    const last = saved.at(-1)?.refreshToken?.reveal();
    expect(last).toBeTypeOf('string');
    expect(last).not.toBe(first.jti);
    expect(await provider.RefreshToken.find(last!)).toBeUndefined();
  });
});
