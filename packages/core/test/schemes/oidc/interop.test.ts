import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createAuth, type AttemptEvent } from '../../../src/index.js';
import { createNodeBridge, sendAnswer } from '../../../src/node.js';
import {
  createLoginHandlers,
  createRelyingParty,
  isOidcError,
  oidc,
  session,
  type FinishedLogin,
  type RelyingParty,
} from '../../../src/oidc.js';
import { startOpenidProvider, type OpenidProvider } from '../../fixtures/openid-provider.js';
import { listen, type TestServer } from '../../fixtures/server.js';
import { createUserAgent, type Page, type UserAgent } from '../../fixtures/user-agent.js';

const secretBase64 = 'kQ0m8r7Xo2c1b6vT9yZ4aL5nPq3sWdEfGhJiKlMuOxA=';
const audience = 'https://api.example';

/** An application that people log in to; another on the same host has other names for its cookies. */
interface App {
  readonly origin: string;
  readonly party: RelyingParty;
  readonly logins: FinishedLogin[];
  readonly events: AttemptEvent[];
}

let op: OpenidProvider;
let servers: TestServer[];
let shop: App;
let desk: App;

beforeAll(async () => {
  let apps: readonly ((req: IncomingMessage, res: ServerResponse) => void)[] = [];
  servers = await Promise.all([0, 1].map((index) => listen((req, res) => apps[index]!(req, res))));
  const origins = servers.map(({ port }) => `http://127.0.0.1:${port}`);
  const names = ['shop', 'desk'] as const;
  op = await startOpenidProvider({
    audience,
    clients: names.map((name, index) => ({
      client_id: name,
      client_secret: `${name}: a secret with % + and &`,
      redirect_uris: [`${origins[index]}/auth/callback`],
      post_logout_redirect_uris: [`${origins[index]}/`],
      grant_types: ['authorization_code', 'refresh_token'],
      backchannel_logout_uri: `${origins[index]}/auth/backchannel-logout`,
      backchannel_logout_session_required: true,
      scope: 'openid email offline_access orders:read',
    })),
  });
  const made = names.map((name, index) => makeApp(name, origins[index]!));
  apps = made.map(({ respond }) => respond);
  [shop, desk] = made.map(({ app }) => app) as [App, App];
});
afterAll(async () => {
  await op.close();
  await Promise.all(servers.map((server) => server.close()));
});

function makeApp(
  name: string,
  origin: string,
): { app: App; respond: (req: IncomingMessage, res: ServerResponse) => void } {
  const logins: FinishedLogin[] = [];
  const events: AttemptEvent[] = [];
  const relyingParty = createRelyingParty({
    issuer: op.issuer,
    clientId: name,
    clientSecret: `${name}: a secret with % + and &`,
    redirectUri: `${origin}/auth/callback`,
    scopes: ['email', 'orders:read'],
    secretBase64,
    cookieName: `__Host-${name}-login`,
    allowInsecureHttp: true,
  });
  const sessions = session({ secretBase64, cookieName: `__Host-${name}` });
  const auth = createAuth({
    schemes: { browser: sessions },
    audit: (event) => void (event.kind === 'attempt' && events.push(event)),
  });
  const handlers = createLoginHandlers({
    auth,
    relyingParty,
    sessions,
    postLogoutRedirectUri: `${origin}/`,
    onLogin: (login) => {
      logins.push(login);
      return login.claims.sub === 'mallory' ? null : { roles: ['customer'] };
    },
  });
  const bridge = createNodeBridge(auth);
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const path = (req.url ?? '').replace(/\?.*$/s, '');
    const handler = bridge.handlerFor(handlers, path);
    if (handler !== undefined) return sendAnswer(res, await handler(bridge.request(req)));
    if (path === '/') return void res.end(`${name}: home`);
    const decision = await auth.check(bridge.request(req), { scheme: 'browser' });
    if (decision.kind === 'refuse') return sendAnswer(res, decision);
    res.end(`${name}: ${decision.principal.subject}`);
  };
  return {
    app: { origin, party: relyingParty, logins, events },
    respond: (req, res) => void answer(req, res).catch(() => res.destroy()),
  };
}

/** Logs in; the name is asked for once, since the provider remembers. */
async function logIn(agent: UserAgent, { origin }: App, account: string): Promise<Page> {
  const page = await agent.get(`${origin}/auth/login?returnTo=%2Fme%3Fa%3Db`);
  return page.text.includes('name="account"') ? agent.post(page.url, { account }) : page;
}

describe('a login at oidc-provider', () => {
  it('comes back to where it began, with a session of whoever logged in', async () => {
    const agent = createUserAgent();
    const page = await logIn(agent, shop, 'ann');
    expect(page).toEqual({ url: `${shop.origin}/me?a=b`, status: 200, text: 'shop: ann' });
    expect([...agent.cookies.keys()]).toContain('__Host-shop');
    expect([...agent.cookies.keys()]).not.toContain('__Host-shop-login');
    const { claims, accessToken } = shop.logins.at(-1)!;
    expect(claims).toMatchObject({ iss: op.issuer, aud: 'shop', sub: 'ann' });
    expect(JSON.stringify(shop.logins)).not.toContain(accessToken.reveal());
  });

  it('is single sign-on: the second application asks nobody anything', async () => {
    const agent = createUserAgent();
    await logIn(agent, shop, 'bob');
    const page = await agent.get(`${desk.origin}/auth/login?returnTo=/me`);
    expect(page).toEqual({ url: `${desk.origin}/me`, status: 200, text: 'desk: bob' });
    const [there, here] = [shop, desk].map(({ logins }) => logins.at(-1)!.claims);
    expect([there!.iss, there!.sub]).toEqual([here!.iss, here!.sub]);
  });

  it('lets nobody in whom the application does not want, and begins no session', async () => {
    const agent = createUserAgent();
    const page = await logIn(agent, shop, 'mallory');
    expect(page.status).toBe(400);
    expect(JSON.parse(page.text)).toMatchObject({ status: 400, code: 'login-failed' });
    expect(agent.cookies.has('__Host-shop')).toBe(false);
  });

  it('is refused where another browser brings the answer', async () => {
    const agent = createUserAgent();
    await agent.get(`${shop.origin}/auth/login`);
    const page = await createUserAgent().get(`${shop.origin}/auth/callback?code=c&state=s`);
    expect(page.status).toBe(400);
    expect(shop.events.at(-1)).toMatchObject({ reason: 'login-state-mismatch', code: 'login-failed' });
  });

  it('ends in both applications by back-channel logout when one logs out (OpenID Connect Back-Channel Logout 1.0)', async () => {
    const agent = createUserAgent();
    await logIn(agent, shop, 'carol');
    await agent.get(`${desk.origin}/auth/login`);
    const stolen = agent.cookies.get('__Host-desk')!;
    const other = createUserAgent();
    await logIn(other, desk, 'dave');
    const asked = await agent.post(`${shop.origin}/auth/logout`, {}, { 'sec-fetch-site': 'same-origin' });
    expect(asked.text).toContain('Sign out');
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)![1]!;
    const action = /action="([^"]+)"/.exec(asked.text)![1]!;
    const page = await agent.post(action, { xsrf, logout: 'yes' });
    expect(page.text).toBe('shop: home');
    agent.cookies.set('__Host-desk', stolen);
    const after = await agent.get(`${desk.origin}/me`);
    expect(after.status).toBe(401);
    expect(desk.events.at(-1)!.reason).toBe('session-ended');
    expect(agent.cookies.has('__Host-desk')).toBe(false);
    expect((await other.get(`${desk.origin}/me`)).text).toBe('desk: dave');
  });

  it('is over at the application alone where a page elsewhere asks: it is refused', async () => {
    const agent = createUserAgent();
    await logIn(agent, shop, 'erin');
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, {}] as const) {
      expect((await agent.post(`${shop.origin}/auth/logout`, {}, headers)).status).toBe(403);
    }
    expect((await agent.get(`${shop.origin}/me`)).text).toBe('shop: erin');
  });
});

describe('what oidc-provider issued', () => {
  let login: FinishedLogin;
  beforeAll(async () => {
    await logIn(createUserAgent(), shop, 'ann');
    login = shop.logins.at(-1)!;
  });

  it('is taken as it is', async () => {
    const idToken = login.idToken.reveal();
    expect(await shop.party.verifyIdToken({ idToken, accessToken: login.accessToken.reveal() })).toEqual(login.claims);
  });

  it.each<[string, (parts: string[]) => readonly string[]]>([
    ['another subject', ([header, , signature]) => [header!, encode({ ...decode(login), sub: 'eve' }), signature!]],
    ['another audience', ([header, , signature]) => [header!, encode({ ...decode(login), aud: 'desk' }), signature!]],
    ['no signature', ([header, claims]) => [header!, claims!, '']],
    ['alg none', ([, claims]) => [encode({ alg: 'none' }), claims!, '']],
    ['HS256', ([, claims, signature]) => [encode({ alg: 'HS256', kid: 'op-1' }), claims!, signature!]],
    ['a key in the header', ([, claims, signature]) => [encode({ alg: 'RS256', jwk: {} }), claims!, flip(signature!)]],
    ['another signature', ([header, claims, signature]) => [header!, claims!, flip(signature!)]],
    ['a part more', (parts) => [...parts, 'x']],
  ])('is refused with %s', async (_, change) => {
    const idToken = change(login.idToken.reveal().split('.')).join('.');
    const failed = await shop.party.verifyIdToken({ idToken }).catch((error: unknown) => error);
    expect(isOidcError(failed)).toBe(true);
    expect((failed as Error).message).not.toContain(idToken);
  });

  it('is refused as the other application', async () => {
    const idToken = login.idToken.reveal();
    await expect(desk.party.verifyIdToken({ idToken })).rejects.toMatchObject({ code: 'id-token-audience' });
  });

  it('gets in at an API as an access token, the ID token does not', async () => {
    const events: AttemptEvent[] = [];
    const auth = createAuth({
      schemes: { sso: oidc({ issuer: op.issuer, audience, allowInsecureHttp: true }) },
      audit: (event) => void (event.kind === 'attempt' && events.push(event)),
    });
    const guard = auth.forAdapters.guard({ scheme: 'sso', scopes: ['orders:read'] });
    const server = await listen((req, res) => {
      void Promise.resolve(guard.check(createNodeBridge(auth).request(req))).then((decision) =>
        decision.kind === 'refuse' ? sendAnswer(res, decision) : res.end(decision.principal!.subject),
      );
    });
    const ask = async (token: string): Promise<string> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`http://127.0.0.1:${server.port}/`, { headers })).text();
    };
    expect(await ask(login.accessToken.reveal())).toBe('ann');
    await ask(login.idToken.reveal());
    await ask(login.accessToken.reveal().replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')));
    expect(events.map(({ reason }) => reason)).toEqual(['ok', expect.stringMatching(/^bad-/), 'signature-mismatch']);
    await server.close();
    await auth.close();
  });
});

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = ({ claims }: FinishedLogin): object => claims;
const flip = (signature: string): string => (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
