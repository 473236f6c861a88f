import { createServer } from 'node:http';

import { createAuth, createMemoryReplay, type AuthOptions } from '@auth/core';
import { readConfig } from '@auth/core/testing';
import { calculateThumbprint, generateKeyPair, generateProof, type JWSAlgorithm, type KeyPair } from 'dpop';
import { exportJWK, generateKeyPair as generateSigningPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import * as oauth from 'oauth4webapi';
import { Provider } from 'oidc-provider';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { listenAt, urlOf, type RunningServer } from '../src/hosts/host.js';
import { hosts } from '../src/hosts/index.js';

const issuer = 'https://issuer.example';
const audience = 'https://api.example';
const app = { client_id: 'app', [oauth.clockSkew]: 0 };

let signing: { readonly jwk: JWK; readonly privateKey: CryptoKey };
let client: KeyPair;
let stranger: KeyPair;
let token: string;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateSigningPair('ES256');
  signing = { jwk: { ...(await exportJWK(publicKey)), alg: 'ES256' }, privateKey };
  [client, stranger] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  token = await tokenFor(client);
});

async function tokenFor({ publicKey }: KeyPair): Promise<string> {
  return new SignJWT({ cnf: { jkt: await calculateThumbprint(publicKey) } })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('ann')
    .setIssuedAt()
    .setExpirationTime('5 minutes')
    .sign(signing.privateKey);
}

/** A server of one framework that takes bound tokens alone. */
async function start(host: string, scheme: object = {}, more: Partial<AuthOptions> = {}): Promise<RunningServer> {
  const access = {
    type: 'jwt',
    audience,
    dpop: 'require',
    ...(!('issuer' in scheme) && { issuer, jwks: { keys: [signing.jwk] } }),
    ...scheme,
  };
  const require = { scheme: 'access' };
  const routes = ['GET', 'POST'].map((method) => ({ method, path: '/orders', require }));
  const read = readConfig({ schemes: { access }, routes: [...routes, { method: 'GET', path: '/other', require }] });
  if (read.kind === 'faults') throw new Error(JSON.stringify(read.faults));
  const auth = createAuth({ ...read.config.options, ...more });
  await auth.ready();
  const server = await hosts[host]!(read.config, auth);
  onTestFinished(server.stop);
  return server;
}

interface Call {
  readonly path?: string;
  readonly method?: string;
  readonly authorization?: string;
}

/** What becomes of a call: its status, and the error of the challenge. */
async function call(
  { url }: RunningServer,
  proof: string,
  { path = '/orders', method = 'GET', authorization = `DPoP ${token}` }: Call = {},
): Promise<string> {
  const response = await fetch(`${url}${path}`, { method, headers: { authorization, dpop: proof } });
  await response.arrayBuffer();
  const error = /^DPoP .*error="([^"]+)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1];
  return error === undefined ? String(response.status) : `${response.status} ${error}`;
}

const flipped = (proof: string): string => {
  const at = proof.lastIndexOf('.') + 10;
  return `${proof.slice(0, at)}${proof[at] === 'A' ? 'B' : 'A'}${proof.slice(at + 1)}`;
};
const refused = '401 invalid_dpop_proof';

describe.each(Object.keys(hosts))('%s', (host) => {
  it('lets proofs of the package dpop in once, and none that is for anything else', async () => {
    const server = await start(host);
    const prove = (pair = client, path = '/orders', method = 'GET', bound = token): Promise<string> =>
      generateProof(pair, `${server.url}${path}`, method, undefined, bound);
    const proof = await prove();
    expect(await call(server, proof)).toBe('200');
    expect(await call(server, proof)).toBe(refused);
    expect(await call(server, await prove(client, '/orders', 'POST'), { method: 'POST' })).toBe('200');
    const mutations: readonly [string, Promise<string>, Call, string][] = [
      ['another method', prove(client, '/orders', 'POST'), {}, refused],
      ['another path', prove(client, '/other'), {}, refused],
      ['another token', prove(client, '/orders', 'GET', await tokenFor(client)), {}, refused],
      ['another key', prove(stranger), {}, '401 invalid_token'],
      ['a changed signature', prove().then(flipped), {}, refused],
      ['no signature', prove().then((text) => text.slice(0, text.lastIndexOf('.') + 1)), {}, refused],
      ['the scheme Bearer', prove(), { authorization: `Bearer ${token}` }, '401 invalid_token'],
      ['a proof of the authorization server', generateProof(client, `${server.url}/orders`, 'GET'), {}, refused],
    ];
    for (const [what, made, how, expected] of mutations)
      expect([what, await call(server, await made, how)]).toEqual([what, expected]);
  });

  it('goes through the dance of nonces with oauth4webapi (RFC 9449 §9)', async () => {
    const { url } = await start(host, { dpopNonce: 'require' });
    const handle = oauth.DPoP(app, client);
    const ask = (): Promise<Response> =>
      oauth.protectedResourceRequest(token, 'GET', new URL(`${url}/orders?page=2`), undefined, undefined, {
        DPoP: handle,
        [oauth.allowInsecureRequests]: true,
      });
    const first = await ask().catch((error: unknown) => error);
    expect(first).toSatisfy(oauth.isDPoPNonceError);
    // The handle has kept the nonce, and sends it from here on.
    for (const _ of [1, 2, 3]) expect((await ask()).status).toBe(200);
  });
});

it.each<JWSAlgorithm>(['ES256', 'PS256', 'RS256', 'Ed25519'])(
  'takes a proof of the package dpop by %s',
  async (algorithm) => {
    const server = await start('fastify');
    const pair = await generateKeyPair(algorithm);
    const bound = await tokenFor(pair);
    const proof = await generateProof(pair, `${server.url}/orders`, 'GET', undefined, bound);
    expect(await call(server, proof, { authorization: `DPoP ${bound}` })).toBe('200');
  },
);

it('accepts a proof once between two servers that share a replay store', async () => {
  const stores = { replay: createMemoryReplay() };
  // Behind one name, as behind a balancer: the proof is for the URL that the client knows.
  const shared = { trustProxy: ['127.0.0.1'], forwardedFields: ['x-forwarded-host'] as const };
  const servers = [await start('express', {}, { stores, ...shared }), await start('koa', {}, { stores, ...shared })];
  const proof = await generateProof(client, 'http://api.example/orders', 'GET', undefined, token);
  const statuses = servers.map(async ({ url }) => {
    const headers = { authorization: `DPoP ${token}`, dpop: proof, 'x-forwarded-host': 'api.example' };
    return (await fetch(`${url}/orders`, { headers })).status;
  });
  expect((await Promise.all(statuses)).toSorted((a, b) => a - b)).toEqual([200, 401]);
});

it('takes tokens that oidc-provider binds to the key of a client', async () => {
  const server = createServer();
  await listenAt(server, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close().closeAllConnections());
  const { privateKey } = await generateSigningPair('ES256', { extractable: true });
  const provider = new Provider(urlOf(server), {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'k' }] },
    clients: [
      {
        client_id: 'app',
        client_secret: 'a secret of the app',
        id_token_signed_response_alg: 'ES256',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ['orders:read'],
    ttl: { ClientCredentials: 300 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: () => ({
          audience,
          scope: 'orders:read',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
  const respond = provider.callback();
  server.on('request', (req, res) => void respond(req, res));

  const as = { issuer: urlOf(server), token_endpoint: `${urlOf(server)}/token` };
  const handle = oauth.DPoP(app, client);
  const options = { DPoP: handle, [oauth.allowInsecureRequests]: true };
  const answer = await oauth.clientCredentialsGrantRequest(
    as,
    app,
    oauth.ClientSecretBasic('a secret of the app'),
    { resource: audience },
    options,
  );
  const { access_token: bound, token_type: type } = await oauth.processClientCredentialsResponse(as, app, answer);
  expect(type).toBe('dpop');

  const api = await start('fastify', { issuer: as.issuer, allowInsecureHttp: true, profile: 'rfc9068' });
  const response = await oauth.protectedResourceRequest(
    bound,
    'GET',
    new URL(`${api.url}/orders`),
    undefined,
    undefined,
    options,
  );
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    principal: {
      issuer: as.issuer,
      clientId: 'app',
      confirmation: { jkt: await calculateThumbprint(client.publicKey) },
    },
  });
  expect(
    await call(api, await generateProof(stranger, `${api.url}/orders`, 'GET', undefined, bound), {
      authorization: `DPoP ${bound}`,
    }),
  ).toBe('401 invalid_token');
  expect(await call(api, '', { authorization: `Bearer ${bound}` })).toBe('401 invalid_token');
});
