import { createHmac, createPublicKey } from 'node:crypto';

import { createAuth, type AttemptEvent } from '@auth/core';
import { createLoginHandlers, createRelyingParty, type FinishedLogin, type SessionScheme } from '@auth/core/oidc';
import { readConfig } from '@auth/core/testing';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startOpenidProvider, type OpenidProvider } from '../../../packages/core/test/fixtures/openid-provider.js';
import { createUserAgent, type UserAgent } from '../../../packages/core/test/fixtures/user-agent.js';
import type { RunningServer } from '../src/hosts/host.js';
import { hosts } from '../src/hosts/index.js';

const audience = 'https://api.example';
const opaqueAudience = 'https://reports.example';
const secretBase64 = 'kQ0m8r7Xo2c1b6vT9yZ4aL5nPq3sWdEfGhJiKlMuOxA=';
const secretOf = (name: string): string => `${name}: a secret with % + and &`;
const paths = ['login', 'callback', 'logout', 'backchannel-logout'].map((name) => `/auth/${name}`);

/** An API of one framework that people log in to as well. */
interface App extends RunningServer {
  readonly name: string;
  readonly events: AttemptEvent[];
  readonly logins: FinishedLogin[];
}

let op: OpenidProvider;
let apps: readonly App[];
let agent: UserAgent;
let stranger: { readonly jwk: JWK; readonly privateKey: CryptoKey };

beforeAll(async () => {
  op = await startOpenidProvider({
    audience,
    opaqueAudience,
    clients: async (issuer) => {
      apps = await Promise.all(Object.keys(hosts).map((name) => start(name, issuer)));
      return [...apps.map(clientOf), job, ...['rs', 'rs-signed'].map(apiClientOf)];
    },
  });
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  stranger = { jwk: await exportJWK(publicKey), privateKey };
  agent = createUserAgent();
  for (const { url } of apps) {
    const page = await agent.get(`${url}/auth/login?returnTo=/me`);
    if (page.text.includes('name="account"')) await agent.post(page.url, { account: 'ann' });
  }
}, 60_000);
afterAll(async () => {
  await Promise.all(apps.map(({ stop }) => stop()));
  await op.close();
});

const clientOf = ({ name, url }: App) => ({
  client_id: name,
  client_secret: secretOf(name),
  redirect_uris: [`${url}/auth/callback`],
  post_logout_redirect_uris: [`${url}/`],
  backchannel_logout_uri: `${url}/auth/backchannel-logout`,
  backchannel_logout_session_required: true,
  scope: 'openid orders:read',
});
const machine = { redirect_uris: [], response_types: [] };
const job = {
  ...machine,
  client_id: 'job',
  client_secret: secretOf('job'),
  grant_types: ['client_credentials'],
  scope: 'orders:read',
};
const apiClientOf = (name: string) => ({
  ...machine,
  client_id: name,
  client_secret: secretOf(name),
  grant_types: [],
  ...(name === 'rs-signed' && { introspection_signed_response_alg: 'RS256' as const }),
});

async function start(name: string, issuer: string): Promise<App> {
  const introspection = {
    type: 'introspection',
    issuer,
    audience: opaqueAudience,
    cacheSeconds: 0,
    timeoutSeconds: 20,
  };
  const asClient = (clientId: string) => ({ clientId, clientSecret: secretOf(clientId), allowInsecureHttp: true });
  const schemes = {
    access: { type: 'oidc', issuer, audience, allowInsecureHttp: true, keySet: { timeoutSeconds: 20 } },
    opaque: { ...introspection, ...asClient('rs') },
    signed: { ...introspection, ...asClient('rs-signed'), signedResponse: 'require' },
    browser: { type: 'session', secretBase64, cookieName: `__Host-${name}` },
  };
  const scopes = ['orders:read'];
  const routes = [
    { path: '/jwt', require: { scheme: 'access', scopes } },
    { path: '/opaque', require: { scheme: 'opaque', scopes } },
    { path: '/signed', require: { scheme: 'signed', scopes } },
    { path: '/either', require: { anyOf: [{ scheme: 'access' }, { scheme: 'opaque' }] } },
    { path: '/me', require: { scheme: 'browser' } },
    { path: '/', require: { public: true } },
  ].map(({ path, require }) => ({ method: 'GET', path, require }));
  const read = readConfig({ schemes, routes });
  if (read.kind === 'faults') throw new Error(JSON.stringify(read.faults));
  const { config } = read;
  const events: AttemptEvent[] = [];
  const logins: FinishedLogin[] = [];
  const audit = (event: { readonly kind: string }): void =>
    void (event.kind === 'attempt' && events.push(event as AttemptEvent));
  const auth = createAuth({ ...config.options, audit });
  let url = '';
  let made: ReturnType<typeof createLoginHandlers> | undefined;
  // Made when the first is asked: where the server listens is part of them.
  const handlers = () =>
    (made ??= createLoginHandlers({
      auth: auth,
      sessions: config.options.schemes['browser'] as SessionScheme,
      relyingParty: createRelyingParty({
        issuer,
        clientId: name,
        clientSecret: secretOf(name),
        redirectUri: `${url}/auth/callback`,
        scopes: ['orders:read'],
        secretBase64,
        cookieName: `__Host-${name}-login`,
        allowInsecureHttp: true,
      }),
      postLogoutRedirectUri: `${url}/`,
      onLogin: (login) => {
        logins.push(login);
        return {};
      },
    }));
  const lazy = Object.fromEntries(paths.map((path) => [path, (request: never) => handlers()[path]!(request)]));
  const server = await hosts[name]!({ ...config, handlers: () => lazy as never }, auth);
  url = server.url;
  return { ...server, name, events, logins };
}

async function ask({ url }: App, path: string, token: string): Promise<Response> {
  return fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
}

/** Status, and the reason of the event. */
async function outcome(app: App, path: string, token: string): Promise<string> {
  const { status } = await ask(app, path, token);
  return `${status} ${app.events.at(-1)!.reason}`;
}

async function opaqueToken(resource = opaqueAudience): Promise<string> {
  const response = await fetch(`${op.issuer}/token`, {
    method: 'POST',
    headers: { authorization: basic('job') },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope: 'orders:read' }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

const basic = (name: string): string =>
  `Basic ${Buffer.from(`${name}:${encodeURIComponent(secretOf(name)).replaceAll('%20', '+')}`).toString('base64')}`;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
/** Another character at a place of a text. */
const changeAt = (text: string, index: number): string =>
  text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1);
/** So many places of a text, from its first to its last. */
const placesOf = (text: string, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => Math.floor((index * (text.length - 1)) / (count - 1)));

/** Everything that somebody may make of a token of another, by name. */
async function mutationsOf(token: string): Promise<readonly (readonly [string, string])[]> {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const [head, said] = [decode(header), decode(claims)];
  const { keys } = (await (await fetch(`${op.issuer}/jwks`)).json()) as { keys: (JWK & { kty: string })[] };
  const pem = createPublicKey({ key: keys[0]!, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const mac = (secret: string | Buffer, alg: string): string => {
    const input = `${encode({ ...head, alg })}.${claims}`;
    return `${input}.${createHmac(`sha${alg.slice(2)}`, secret)
      .update(input)
      .digest('base64url')}`;
  };
  const withHeader = (change: object): string => `${encode({ ...head, ...change })}.${claims}.${signature}`;
  const forge = (change: object): Promise<string> =>
    new SignJWT(said).setProtectedHeader({ ...head, alg: 'RS256', ...change }).sign(stranger.privateKey);
  const changes: Readonly<Record<string, unknown>> = {
    sub: 'eve',
    aud: opaqueAudience,
    iss: 'https://evil.example',
    exp: Number(said['exp']) + 3600,
    iat: Number(said['iat']) - 60,
    client_id: 'admin',
    scope: 'orders:read orders:write',
    jti: 'another',
    cnf: { jkt: 'x' },
    roles: ['admin'],
  };
  return [
    ...Object.entries(changes).map(
      ([name, value]) => [`another ${name}`, `${header}.${encode({ ...said, [name]: value })}.${signature}`] as const,
    ),
    ...['exp', 'sub', 'aud', 'iss'].map((name) => {
      const { [name]: _, ...rest } = said;
      return [`no ${name}`, `${header}.${encode(rest)}.${signature}`] as const;
    }),
    ...['none', 'None', 'nOnE', 'RS512', 'PS256', 'ES256'].map((alg) => [`alg ${alg}`, withHeader({ alg })] as const),
    ['alg none, no signature', `${encode({ ...head, alg: 'none' })}.${claims}.`],
    ...['HS256', 'HS384', 'HS512'].flatMap((alg) =>
      ([pem, JSON.stringify(keys[0]), ''] as (string | Buffer)[]).map(
        (secret, index) => [`${alg} by public secret ${index}`, mac(secret, alg)] as const,
      ),
    ),
    ['another typ', withHeader({ typ: 'JWT' })],
    ['typ of a logout token', withHeader({ typ: 'logout+jwt' })],
    ['an extension that must be understood', withHeader({ crit: ['exp'] })],
    ['an unencoded payload', withHeader({ b64: false, crit: ['b64'] })],
    ['another kid', withHeader({ kid: '../../dev/null' })],
    ['signed by a stranger', await forge({})],
    ['signed by a stranger, with the key in the header', await forge({ jwk: stranger.jwk })],
    ['signed by a stranger, with a place of keys', await forge({ jku: 'https://evil.example/jwks' })],
    ['signed by a stranger, without kid', await forge({ kid: undefined })],
    ['no signature', `${header}.${claims}.`],
    ['no last part', `${header}.${claims}`],
    ['a part more', `${token}.x`],
    ['five parts', `${token}.x.y`],
    ['half a signature', token.slice(0, -signature.length / 2)],
    ['a longer signature', `${token}AAAA`],
    ['padding', `${token}==`],
    ['twice', `${token}.${token}`],
    ...placesOf(token, 40).map((place) => [`another character at ${place}`, changeAt(token, place)] as const),
  ];
}

describe('tokens of oidc-provider, in every framework', () => {
  it('get in as JWT, found by discovery, from a login with code and PKCE', async () => {
    for (const app of apps) {
      const { accessToken } = app.logins.at(-1)!;
      const response = await ask(app, '/jwt', accessToken.reveal());
      expect([app.name, response.status]).toEqual([app.name, 200]);
      const { principal } = (await response.json()) as { principal: object };
      expect(principal).toMatchObject({
        issuer: op.issuer,
        subject: 'ann',
        clientId: app.name,
        scopes: ['orders:read'],
      });
    }
  });

  it('do not get in with anything changed', async () => {
    const token = apps[0]!.logins.at(-1)!.accessToken.reveal();
    const mutations = await mutationsOf(token);
    for (const app of apps) {
      const passed: string[] = [];
      for (const [name, mutated] of mutations) {
        expect(mutated).not.toBe(token);
        const { status } = await ask(app, '/jwt', mutated);
        if (status !== 401 && status !== 400) passed.push(`${app.name}, ${name}: ${status}`);
      }
      expect(passed).toEqual([]);
      expect((await ask(app, '/jwt', token)).status).toBe(200);
    }
    expect(mutations.length).toBeGreaterThan(80);
  }, 60_000);

  it('that are no access tokens, or are for another API, do not get in', async () => {
    const opaque = await opaqueToken();
    const forJwt = await opaqueToken(audience);
    for (const app of apps) {
      expect(await outcome(app, '/jwt', app.logins.at(-1)!.idToken.reveal())).toBe('401 bad-audience');
      expect(await outcome(app, '/jwt', opaque)).toBe('401 malformed-token');
      expect(await outcome(app, '/opaque', forJwt)).toBe('401 inactive');
    }
  });

  it('get in as opaque ones, asked about in plain and in signed answers (RFC 7662, RFC 9701)', async () => {
    const token = await opaqueToken();
    for (const app of apps)
      for (const path of ['/opaque', '/signed', '/either']) {
        const response = await ask(app, path, token);
        expect([app.name, path, response.status]).toEqual([app.name, path, 200]);
        const { principal } = (await response.json()) as { principal: object };
        expect(principal).toMatchObject({ issuer: op.issuer, subject: 'job', clientId: 'job' });
      }
  });

  it('do not get in as opaque ones with anything changed, or once they are revoked', async () => {
    const token = await opaqueToken();
    const mutated = [...placesOf(token, 12).map((place) => changeAt(token, place)), token.slice(1), `${token}A`];
    for (const app of apps)
      for (const each of mutated) expect([each, await outcome(app, '/opaque', each)]).toEqual([each, '401 inactive']);
    const response = await fetch(`${op.issuer}/token/revocation`, {
      method: 'POST',
      headers: { authorization: basic('job') },
      body: new URLSearchParams({ token }),
    });
    expect(response.status).toBe(200);
    for (const app of apps) expect(await outcome(app, '/opaque', token)).toBe('401 inactive');
  }, 60_000);
});

describe('a login at oidc-provider', () => {
  it('is one for six applications of six frameworks, and over in all of them when one logs out (Back-Channel Logout 1.0)', async () => {
    for (const { url, name, logins } of apps) {
      const page = await agent.get(`${url}/me`);
      expect([name, page.status]).toEqual([name, 200]);
      expect(JSON.parse(page.text)).toMatchObject({ principal: { subject: 'ann' } });
      expect(logins).toHaveLength(1);
    }
    const kept = new Map(agent.cookies);
    const { url } = apps[0]!;
    const asked = await agent.post(`${url}/auth/logout`, {}, { 'sec-fetch-site': 'same-origin' });
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)![1]!;
    const action = /action="([^"]+)"/.exec(asked.text)![1]!;
    const page = await agent.post(action, { xsrf, logout: 'yes' });
    expect(page.status).toBe(200);
    // Somebody kept the cookies.
    for (const [name, value] of kept) agent.cookies.set(name, value);
    for (const app of apps) {
      expect((await agent.get(`${app.url}/me`)).status).toBe(401);
      expect([app.name, app.events.at(-1)!.reason]).toEqual([app.name, 'session-ended']);
    }
  });
});
