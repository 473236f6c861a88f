import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  createAuth,
  isConfigurationError,
  type Answer,
  type AuditEvent,
  type Auth,
  type Handler,
} from '../../../src/index.js';
import {
  createLoginHandlers,
  createMemorySessions,
  session,
  type LoginHandlersOptions,
  type SessionScheme,
} from '../../../src/oidc.js';
import { status } from '../../fixtures/documents.js';
import { metadataPath, partyBench, partySecret, type PartyBench } from '../../fixtures/party.js';
import { requestOf, type Sent } from '../../fixtures/request.js';

let bench: PartyBench;
let sessions: SessionScheme;
let auth: Auth<{ browser: SessionScheme }>;
let events: AuditEvent[];
beforeEach(async () => {
  bench = await partyBench();
  events = [];
  const { clock } = bench;
  sessions = session({ secretBase64: partySecret, clock, store: createMemorySessions({ clock }) });
  auth = createAuth({ schemes: { browser: sessions }, clock, audit: (event) => void events.push(event) });
});
afterEach(() => bench.server.close());

const handlersWith = (options: Partial<LoginHandlersOptions> = {}): Readonly<Record<string, Handler>> =>
  createLoginHandlers({ auth, relyingParty: bench.party, sessions, ...options });

const call = (path: string, sent: Sent = {}, options: Partial<LoginHandlersOptions> = {}): Promise<Answer> =>
  handlersWith(options)[path.replace(/\?.*$/, '')]!(requestOf({ target: path, ...sent }));
const post = (path: string, form: string, headers: Sent['headers'] = {}): Promise<Answer> =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: async () => Buffer.from(form),
  });

const field = ({ headers }: Answer, name: string): string | undefined => headers.find(([key]) => key === name)?.[1];
const cookiesOf = ({ headers }: Answer): readonly string[] =>
  headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
const jsonOf = ({ body }: Answer): unknown => JSON.parse(Buffer.from(body).toString());
const pairOf = (cookie: string): string => cookie.slice(0, cookie.indexOf(';'));

async function logIn(
  { returnTo = '/me', claims = {} }: { returnTo?: string; claims?: object } = {},
  options: Partial<LoginHandlersOptions> = {},
): Promise<Answer> {
  const started = await call(`/auth/login?returnTo=${encodeURIComponent(returnTo)}`, {}, options);
  const { searchParams } = new URL(field(started, 'location')!);
  await bench.answerTokens({ nonce: searchParams.get('nonce'), ...claims });
  const cookie = pairOf(cookiesOf(started)[0]!);
  return call(`/auth/callback?code=c&state=${searchParams.get('state')}`, { headers: { cookie } }, options);
}

const sessionIn = (answer: Answer): string =>
  pairOf(cookiesOf(answer).find((one) => one.startsWith('__Host-session'))!);
const isIn = async (cookie: string): Promise<boolean> =>
  (await auth.check(requestOf({ headers: { cookie } }), { scheme: 'browser' })).kind === 'allow';

describe('the login handlers', () => {
  it('send the browser to the issuer and back to where it began, with a session and without what the login kept', async () => {
    const answer = await logIn({
      returnTo: '/me?a=b',
      claims: { sid: 's-1', acr: 'a', amr: ['pwd', 1], auth_time: 5 },
    });
    expect([answer.status, field(answer, 'location'), field(answer, 'cache-control')]).toEqual([
      303,
      '/me?a=b',
      'no-store',
    ]);
    expect(cookiesOf(answer)[0]).toMatch(/^__Host-login=; Max-Age=0;/);
    const decision = await auth.check(requestOf({ headers: { cookie: sessionIn(answer) } }), { scheme: 'browser' });
    expect(decision.kind === 'allow' && decision.principal).toMatchObject({
      issuer: bench.server.origin, subject: 'ann', assurance: { acr: 'a', amr: ['pwd'], authenticatedAt: 5 },
    }); // prettier-ignore
  });

  it('answer 400 login-failed, whatever the reason, keep nothing, and tell the operator which it was', async () => {
    const answer = await logIn({ claims: { aud: 'other' } });
    expect(answer.status).toBe(400);
    expect(cookiesOf(answer)).toEqual([]);
    expect(field(answer, 'content-type')).toBe('application/problem+json');
    expect(jsonOf(answer)).toEqual({
      type: 'urn:auth:problem:login-failed', title: 'The login failed', status: 400, code: 'login-failed',
      instance: expect.stringMatching(/^urn:uuid:/),
    }); // prettier-ignore
    expect(events).toMatchObject([
      { outcome: 'refuse', reason: 'id-token-audience', code: 'login-failed', status: 400 },
    ]);
  });

  it.each(['//evil.example', 'https://evil.example', '/\\evil'])('begin no login that ends at %s', async (returnTo) => {
    const answer = await call(`/auth/login?returnTo=${encodeURIComponent(returnTo)}`);
    expect([answer.status, field(answer, 'location')]).toEqual([400, undefined]);
    const twice = await call('/auth/login?returnTo=/a&returnTo=/b');
    expect(twice.status).toBe(400);
  });

  it('show nothing of what the issuer wrote beside an error', async () => {
    const started = await call('/auth/login');
    const state = new URL(field(started, 'location')!).searchParams.get('state');
    const cookie = pairOf(cookiesOf(started)[0]!);
    const target = `/auth/callback?error=access_denied&error_description=%3Cscript%3E&state=${state}`;
    const answer = await call(target, { headers: { cookie } });
    expect([answer.status, Buffer.from(answer.body).toString().includes('script')]).toEqual([400, false]);
    expect(JSON.stringify(events.map(({ reason }) => reason))).toBe('["login-denied"]');
  });

  it('answer 503 while the issuer is down, and blame nobody', async () => {
    bench.server.serve(status(500), metadataPath);
    const answer = await call('/auth/login');
    expect([answer.status, field(answer, 'retry-after')]).toEqual([503, '5']);
    expect(jsonOf(answer)).toMatchObject({ code: 'dependency-unavailable' });
  });

  it('answer 500 where onLogin throws, and 400 where it lets nobody in', async () => {
    const onLogin = (): never => {
      throw new Error('broken');
    };
    const broken = await logIn({}, { onLogin });
    expect([broken.status, cookiesOf(broken)]).toEqual([500, []]);
    const denied = await logIn({}, { onLogin: () => null });
    expect([denied.status, cookiesOf(denied)]).toEqual([400, []]);
  });

  it('end the session that was there before the sign-in, in this browser', async () => {
    const before = sessionIn(await logIn());
    const started = await call('/auth/login');
    const { searchParams } = new URL(field(started, 'location')!);
    await bench.answerTokens({ nonce: searchParams.get('nonce') });
    const cookie = `${before}; ${pairOf(cookiesOf(started)[0]!)}`;
    bench.clock.advance(1);
    const answer = await call(`/auth/callback?code=c&state=${searchParams.get('state')}`, { headers: { cookie } });
    expect([await isIn(before), await isIn(sessionIn(answer))]).toEqual([false, true]);
  });

  it.each([
    ['/auth/login', 'POST', 'GET'],
    ['/auth/callback', 'POST', 'GET'],
    ['/auth/logout', 'GET', 'POST'],
    ['/auth/backchannel-logout', 'GET', 'POST'],
  ])('at %s take no %s', async (path, method, allowed) => {
    const answer = await call(path, { method });
    expect([answer.status, field(answer, 'allow')]).toEqual([405, allowed]);
  });

  it('lie where the options say, and the callback where the issuer sends people', () => {
    expect(Object.keys(handlersWith())).toEqual([
      '/auth/login',
      '/auth/callback',
      '/auth/logout',
      '/auth/backchannel-logout',
    ]);
    for (const options of [{ prefix: '/other' }, { prefix: 'auth' }, { prefix: '/auth/' }])
      expect(() => handlersWith(options)).toThrow(expect.toSatisfy(isConfigurationError));
    const relyingParty = bench.partyWith({ redirectUri: 'https://app.example/callback' });
    expect(Object.keys(handlersWith({ prefix: '', relyingParty }))[0]).toBe('/login');
  });
});

describe('a logout', () => {
  const sameOrigin = { 'sec-fetch-site': 'same-origin' };

  it('ends the session here, and sends the browser to end it at the issuer', async () => {
    bench.server.serve(bench.metadata({ end_session_endpoint: 'https://issuer.example/end' }), metadataPath);
    const cookie = sessionIn(await logIn());
    const headers = { cookie, ...sameOrigin };
    const answer = await call(
      '/auth/logout',
      { method: 'POST', headers },
      { postLogoutRedirectUri: 'https://app.example/' },
    );
    expect(field(answer, 'location')).toBe(
      'https://issuer.example/end?client_id=app&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F',
    );
    expect(cookiesOf(answer)).toEqual([expect.stringMatching(/^__Host-session=; Max-Age=0;/)]);
    expect(await isIn(cookie)).toBe(false);
  });

  it.each([
    ['the issuer has no such place', (): void => undefined],
    ['the issuer is down', (): void => bench.server.serve(status(500), metadataPath)],
  ])('ends the session here also where %s', async (_, change) => {
    const cookie = sessionIn(await logIn());
    bench.clock.advance(700);
    change();
    const answer = await call(
      '/auth/logout',
      { method: 'POST', headers: { cookie, ...sameOrigin } },
      { afterLogout: '/bye' },
    );
    expect([answer.status, field(answer, 'location'), await isIn(cookie)]).toEqual([303, '/bye', false]);
  });

  it('is refused where a page elsewhere asks for it', async () => {
    const cookie = sessionIn(await logIn());
    for (const more of [{}, { 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }])
      expect((await post('/auth/logout', '', { cookie, ...more })).status).toBe(403);
    expect(await isIn(cookie)).toBe(true);
  });
});

describe('a back-channel logout', () => {
  const event = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  const logoutToken = (change: object = {}): Promise<string> =>
    bench.idToken({ jti: 'l-1', events: event, sid: 's-1', ...change }, { typ: 'logout+jwt' });

  it('ends the session that it names, and no other of this subject (Back-Channel Logout 1.0 §2.7)', async () => {
    const [here, there] = [await logIn({ claims: { sid: 's-1' } }), await logIn({ claims: { sid: 's-2' } })].map(
      sessionIn,
    );
    const answer = await post('/auth/backchannel-logout', `logout_token=${await logoutToken()}`);
    expect([answer.status, field(answer, 'cache-control'), answer.body.length]).toEqual([200, 'no-store', 0]);
    expect([await isIn(here!), await isIn(there!)]).toEqual([false, true]);
  });

  it('ends every session of a subject where it names no session', async () => {
    const cookies = [await logIn({ claims: { sid: 's-1' } }), await logIn()].map(sessionIn);
    const other = sessionIn(await logIn({ claims: { sub: 'bob' } }));
    await post('/auth/backchannel-logout', `logout_token=${await logoutToken({ sid: undefined })}`);
    expect(await Promise.all([...cookies, other].map(isIn))).toEqual([false, false, true]);
  });

  it.each<[string, (token: string) => string]>([
    ['that comes twice', (token) => `logout_token=${token}&logout_token=${token}`],
    ['that is not there', () => 'a=b'],
    ['in a body that is no text', () => '\u00ff\u0000'],
  ])('is refused with a token %s (§2.8)', async (_, form) => {
    const answer = await post('/auth/backchannel-logout', form(await logoutToken()));
    expect([answer.status, jsonOf(answer)]).toEqual([400, { error: 'invalid_request' }]);
  });

  it('is refused a second time, and with an ID token', async () => {
    const form = `logout_token=${await logoutToken()}`;
    const statuses = [form, form, `logout_token=${await bench.idToken({ sid: 's-1' })}`];
    const answers: number[] = [];
    for (const each of statuses) answers.push((await post('/auth/backchannel-logout', each)).status);
    expect(answers).toEqual([200, 400, 400]);
  });

  it('is 503 where the issuer or the store cannot be asked, so that it comes again', async () => {
    bench.server.serve(status(500), metadataPath);
    expect((await post('/auth/backchannel-logout', `logout_token=${await logoutToken()}`)).status).toBe(503);
    bench.server.serve(bench.metadata(), metadataPath);
    sessions = session({
      secretBase64: partySecret,
      store: { end: () => Promise.reject(new Error()), endedAt: () => undefined },
    });
    expect((await post('/auth/backchannel-logout', `logout_token=${await logoutToken()}`)).status).toBe(503);
  });
});

describe('a front-channel logout', () => {
  const frontChannelLogout = true;
  const target = (query: string): string => `/auth/frontchannel-logout?${query}`;

  it('is there only where it is asked for, and ends the session that issuer and sid name', async () => {
    expect(Object.keys(handlersWith())).not.toContain('/auth/frontchannel-logout');
    const cookie = sessionIn(await logIn({ claims: { sid: 's-1' } }));
    const named = `iss=${encodeURIComponent(bench.server.origin)}&sid=s-1`;
    const answer = await call(target(named), {}, { frontChannelLogout });
    expect([answer.status, field(answer, 'content-type'), await isIn(cookie)]).toEqual([
      200,
      'text/html; charset=utf-8',
      false,
    ]);
  });

  it.each(['', 'sid=s-1', 'iss=ISSUER', 'iss=ISSUER&sid=', 'iss=https://other.example&sid=s-1', 'iss=ISSUER&sid=s-1&sid=s-1'])(
    'ends nothing with %j',
    async (query) => {
      const cookie = sessionIn(await logIn({ claims: { sid: 's-1' } }));
      const named = query.replace('ISSUER', encodeURIComponent(bench.server.origin));
      expect((await call(target(named), {}, { frontChannelLogout })).status).toBe(400);
      expect(await isIn(cookie)).toBe(true);
    },
  ); // prettier-ignore
});
