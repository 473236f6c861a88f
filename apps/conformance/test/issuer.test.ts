import { createAuth } from '@auth/core';
import { readConfig } from '@auth/core/testing';
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, exportSPKI, importJWK, jwtVerify, type JWK } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { ClientCredentials } from 'simple-oauth2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { hosts } from '../src/hosts/index.js';

const secret = 'svc-secret-5cW0mQ2xv8rYzL1nTgHu';
const redirectUri = 'https://app.example/back';
const api = 'https://api.example';
const insecure = { [oauth.allowInsecureRequests]: true };

function configuration(framework: string): object {
  return {
    bodyParser: framework === 'fetch' ? 'none' : 'after',
    control: false,
    schemes: { keys: { type: 'apiKey', prefix: 'acme', keys: [] } },
    routes: [{ method: 'GET', path: '/key', require: { scheme: 'keys' } }],
    issuer: {
      mount: '/oauth',
      login: { subject: 'alice' },
      clients: [
        { clientId: 'svc', clientSecret: secret, scopes: ['orders:read'], resources: [api] },
        { clientId: 'rs', clientSecret: secret, scopes: [], grants: [], protects: [api] },
        {
          clientId: 'app',
          scopes: ['orders:read'],
          grants: ['authorization_code', 'refresh_token'],
          redirectUris: [redirectUri],
          resources: [api],
        },
      ],
    },
  };
}

async function start(framework: string) {
  const result = readConfig(configuration(framework));
  if (result.kind !== 'config') throw new Error(JSON.stringify(result.faults));
  const auth = createAuth(result.config.options);
  return { ...(await hosts[framework]!(result.config, auth)), config: result.config };
}

describe.each(Object.keys(hosts))('the issuer in %s', (framework) => {
  let server: Awaited<ReturnType<typeof start>>;
  let issuer: string;
  beforeAll(async () => {
    server = await start(framework);
    issuer = `${server.url}/oauth`;
  });
  afterAll(() => server.stop());

  const discover = async (): Promise<oauth.AuthorizationServer> => {
    const url = new URL(issuer);
    const found = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure });
    return oauth.processDiscoveryResponse(url, found);
  };

  test('serves oauth4webapi: sign-in with PKCE and PAR, refresh, reuse caught, introspection, revocation', async () => {
    const as = await discover();
    const client: oauth.Client = { client_id: 'app' };
    const verifier = oauth.generateRandomCodeVerifier();
    const pushed = await oauth.pushedAuthorizationRequest(
      as,
      client,
      oauth.None(),
      {
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: 'orders:read',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state: 's1',
      },
      insecure,
    );
    const { request_uri: requestUri } = await oauth.processPushedAuthorizationResponse(as, client, pushed);
    const query = new URLSearchParams({ client_id: 'app', request_uri: requestUri });
    const back = await fetch(`${as.authorization_endpoint}?${query.toString()}`, { redirect: 'manual' });
    const answer = oauth.validateAuthResponse(as, client, new URL(back.headers.get('location')!), 's1');
    const granted = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.None(),
      answer,
      redirectUri,
      verifier,
      insecure,
    );
    const first = await oauth.processAuthorizationCodeResponse(as, client, granted);
    const refresh = async (token: string) =>
      oauth.processRefreshTokenResponse(
        as,
        client,
        await oauth.refreshTokenGrantRequest(as, client, oauth.None(), token, insecure),
      );
    const second = await refresh(first.refresh_token!);
    expect(second.refresh_token).not.toBe(first.refresh_token);

    const rs: oauth.Client = { client_id: 'rs' };
    const authentication = oauth.ClientSecretBasic(secret);
    const stateOf = async (token: string) =>
      oauth.processIntrospectionResponse(
        as,
        rs,
        await oauth.introspectionRequest(as, rs, authentication, token, insecure),
      );
    expect(await stateOf(second.access_token)).toMatchObject({
      active: true,
      sub: 'alice',
      aud: api,
      client_id: 'app',
    });

    await expect(refresh(first.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await stateOf(second.access_token)).toEqual({ active: false });
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, oauth.None(), second.refresh_token!, insecure),
    );
  });

  test('serves openid-client with DPoP: a bound token, refreshed with its key alone, and revoked', async () => {
    const configured = await openid.discovery(new URL(issuer), 'app', undefined, openid.None(), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    });
    const DPoP = openid.getDPoPHandle(configured, await openid.randomDPoPKeyPair());
    const verifier = openid.randomPKCECodeVerifier();
    const url = openid.buildAuthorizationUrl(configured, {
      redirect_uri: redirectUri,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      dpop_jkt: await DPoP.calculateThumbprint(),
    });
    const back = await fetch(url, { redirect: 'manual' });
    const answer = new URL(back.headers.get('location')!);
    const first = await openid.authorizationCodeGrant(configured, answer, { pkceCodeVerifier: verifier }, {}, { DPoP });
    expect(first.token_type).toBe('dpop');
    const other = openid.getDPoPHandle(configured, await openid.randomDPoPKeyPair());
    for (const options of [undefined, { DPoP: other }])
      await expect(openid.refreshTokenGrant(configured, first.refresh_token!, {}, options)).rejects.toMatchObject({
        error: 'invalid_dpop_proof',
      });
    const second = await openid.refreshTokenGrant(configured, first.refresh_token!, {}, { DPoP });
    expect(decodeJwt(second.access_token)['cnf']).toEqual({ jkt: await DPoP.calculateThumbprint() });
    await openid.tokenRevocation(configured, second.refresh_token!);
    await expect(openid.refreshTokenGrant(configured, second.refresh_token!, {}, { DPoP })).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  test('serves openid-client and simple-oauth2; jose and jsonwebtoken verify its tokens', async () => {
    const configured = await openid.discovery(new URL(issuer), 'svc', undefined, openid.ClientSecretBasic(secret), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    });
    const { access_token: first } = await openid.clientCredentialsGrant(configured, { scope: 'orders:read' });
    const simple = new ClientCredentials({
      client: { id: 'svc', secret },
      auth: { tokenHost: server.url, tokenPath: '/oauth/token' },
    });
    const { token } = await simple.getToken({ scope: 'orders:read' });
    const jwksUri = configured.serverMetadata().jwks_uri!;
    const keys = createRemoteJWKSet(new URL(jwksUri));
    const expected = { issuer, audience: api, typ: 'at+jwt' };
    for (const each of [first, token['access_token'] as string]) {
      expect((await jwtVerify(each, keys, expected)).payload).toMatchObject({ sub: 'svc', scope: 'orders:read' });
      const { keys: list } = (await (await fetch(jwksUri)).json()) as { keys: JWK[] };
      const pem = await exportSPKI((await importJWK(list[0]!, 'ES256', { extractable: true })) as never);
      expect(jsonwebtoken.verify(each, pem, { algorithms: ['ES256'], issuer, audience: api })).toMatchObject({
        sub: 'svc',
      });
    }
  });
});

test('keys rotate under load with no verification that fails', { timeout: 60_000 }, async () => {
  const json = { ...configuration('fastify'), clock: { at: '2026-01-01T00:00:00Z' } };
  const result = readConfig(json);
  if (result.kind !== 'config') throw new Error('refused');
  const { config } = result;
  const server = await hosts['fastify']!(config, createAuth(config.options));
  const issuer = `${server.url}/oauth`;
  const { clock } = config.options;
  const jwks = async (): Promise<ReturnType<typeof createLocalJWKSet>> =>
    createLocalJWKSet((await (await fetch(`${issuer}/jwks`)).json()) as { keys: JWK[] });
  const request = (): Promise<Response> =>
    fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`svc:${secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
  const live: { readonly token: string; readonly until: number }[] = [];
  const seen = new Set<string>();
  let verified = 0;
  // A verifier that keeps keys for ten minutes, as ours does, over three rotations by hand, a minute a step.
  let keys = await jwks();
  for (let minute = 0; minute < 90; minute++) {
    if (minute % 10 === 0) keys = await jwks();
    if (minute % 30 === 5) await config.issuer.current()!.rotateSigningKey();
    const answers = await Promise.all(Array.from({ length: 5 }, async () => (await request()).json()));
    for (const { access_token: token } of answers as { access_token: string }[])
      live.push({ token, until: clock.now() + 900 });
    while (live.length > 0 && live[0]!.until <= clock.now()) live.shift();
    for (const { token } of live) {
      const { protectedHeader } = await jwtVerify(token, keys, {
        issuer,
        audience: api,
        currentDate: new Date(clock.now() * 1000),
      });
      seen.add(protectedHeader.kid!);
      verified++;
    }
    clock.advance(60);
  }
  await server.stop();
  expect(seen.size).toBe(4);
  expect(verified).toBeGreaterThan(5000);
});
