import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isConfigurationError } from '../../../src/index.js';
import { createRelyingParty, oidc, type RelyingPartyOptions } from '../../../src/oidc.js';
import { silence, status, text, keysOf, type Script } from '../../fixtures/documents.js';
import { codeOf, metadataPath, partyBench, partySecret, redirectUri, type PartyBench } from '../../fixtures/party.js';
import { makeSigner } from '../../fixtures/tokens.js';

let bench: PartyBench;
beforeEach(async () => {
  bench = await partyBench();
});
afterEach(() => bench.server.close());

const verify = async (claims: object = {}, header: object = {}, more: object = {}): Promise<string> =>
  codeOf(bench.party.verifyIdToken({ idToken: await bench.idToken(claims, header), ...more }));

describe('an ID token', () => {
  it.each<[string, object]>([
    ['that ended, beyond the tolerance', { exp: 1767225595 }],
    ['without an end', { exp: undefined }],
    ['whose end is text', { exp: '1767226200' }],
    ['whose end is no time', { exp: -1 }],
    ['without iat (OpenID Connect Core §2)', { iat: undefined }],
    ['from the future', { iat: 1767225606 }],
    ['that is not good yet', { nbf: 1767225606 }],
    ['whose nbf is no time', { nbf: 'now' }],
    ['of nobody', { sub: undefined }],
    ['of an empty subject', { sub: '' }],
    ['of a subject that is a list', { sub: ['ann'] }],
    ['of a subject longer than 255 characters (OpenID Connect Core §2)', { sub: 'a'.repeat(256) }],
    ['with auth_time that is text', { auth_time: '1' }],
    ['with auth_time in the future', { auth_time: 1767225700 }],
  ])('%s is refused', async (_, claims) => {
    expect(await verify(claims)).toBe('invalid-token');
  });

  it.each<[string, object]>([
    ['that ended within the tolerance', { exp: 1767225596 }],
    ['with a subject of 255 characters', { sub: 'a'.repeat(255) }],
    ['from a clock that is a little ahead', { iat: 1767225605 }],
  ])('%s is taken', async (_, claims) => {
    expect(await verify(claims)).toBe('ok');
  });

  it('with an extension that it makes critical is refused (RFC 7515 §4.1.11)', async () => {
    const [, claims, signature] = (await bench.idToken()).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'op', crit: ['exp'], exp: 1 })).toString(
      'base64url',
    );
    expect(await codeOf(bench.party.verifyIdToken({ idToken: `${header}.${claims}.${signature}` }))).toBe(
      'invalid-token',
    );
  });

  it('by another key of this keyid, or by a keyid that nobody knows, is refused', async () => {
    const other = await makeSigner('RS256', 'op');
    const claims = { iss: bench.server.origin, sub: 'ann', aud: 'app', iat: 1767225600, exp: 1767226200 };
    const idToken = await other.sign(claims, { typ: 'JWT' });
    expect(await codeOf(bench.party.verifyIdToken({ idToken }))).toBe('invalid-token');
    expect(await verify({}, { kid: 'unknown' })).toBe('invalid-token');
  });

  it.each(['', 'a', 'a.b.c', '..', 'a.b.c.d.e', undefined, null, 1, {}])('that is %j is refused', async (idToken) => {
    expect(await codeOf(bench.party.verifyIdToken({ idToken: idToken as string }))).toBe('invalid-token');
  });

  it.each([['no number'], [Number.NaN]])('is refused where the age that is asked for is %j', async (maxAgeSeconds) => {
    expect(await verify({ auth_time: 1767225600 }, {}, { maxAgeSeconds })).toBe('authentication-too-old');
  });

  it('is refused where one of no ways of authentication is asked for', async () => {
    expect(await verify({ acr: 'a' }, {}, { acr: [] })).toBe('acr-insufficient');
    expect(await verify({ acr: ['a'] }, {}, { acr: 'a' })).toBe('acr-insufficient');
  });

  it.each<[string, string]>([
    ['ES512', 'sha512'],
    ['ES384', 'sha384'],
    ['PS256', 'sha256'],
    ['EdDSA', 'sha512'],
  ])('by %s has at_hash by the left half of %s (OpenID Connect Core §3.1.3.6)', async (algorithm, digest) => {
    const { createHash } = await import('node:crypto');
    const signer = await makeSigner(algorithm, 'op');
    bench.server.serve(keysOf(signer));
    const whole = createHash(digest).update('at').digest();
    const hash = whole.subarray(0, whole.length / 2).toString('base64url');
    const claims = {
      iss: bench.server.origin,
      sub: 'ann',
      aud: 'app',
      iat: 1767225600,
      exp: 1767226200,
      at_hash: hash,
    };
    const idToken = await signer.sign(claims, { typ: 'JWT' });
    expect(await codeOf(bench.party.verifyIdToken({ idToken, accessToken: 'at' }))).toBe('ok');
    expect(await codeOf(bench.party.verifyIdToken({ idToken, accessToken: 'at2' }))).toBe('id-token-at-hash');
  });
});

describe('an issuer that is in trouble', () => {
  it.each<[string, Script]>([
    ['down', status(500)],
    ['elsewhere', status(302, { location: '/other' })],
    ['no JSON', text('<!doctype html>')],
    ['two members of one name', text('{"issuer":"a","issuer":"b"}')],
    ['endless', text(`{"a":"${'a'.repeat(600_000)}"}`)],
    ['a list', text('[]')],
  ])('is nobody’s fault: metadata that are %s are an outage', async (_, script) => {
    bench.server.serve(script, metadataPath);
    expect(await verify()).toBe('issuer-unavailable');
    expect(await codeOf(bench.party.startLogin())).toBe('issuer-unavailable');
  });

  it('costs bounded time where it never answers', async () => {
    bench.server.serve(silence, metadataPath);
    const hurried = bench.partyWith({ keySet: { timeoutSeconds: 0.05 } });
    expect(await codeOf(hurried.startLogin())).toBe('issuer-unavailable');
  });

  it('keeps nobody waiting who has gone', async () => {
    bench.server.serve(silence, metadataPath);
    const left = new AbortController();
    const login = bench.party.startLogin({ signal: left.signal });
    left.abort(new Error('gone'));
    await expect(login).rejects.toThrow('gone');
    bench.party.close();
  });

  it('is asked once by all who wait for its metadata, and again once they are old', async () => {
    await Promise.all(Array.from({ length: 20 }, () => bench.party.startLogin()));
    expect(bench.server.fetches(metadataPath)).toBe(1);
    bench.clock.advance(599);
    await bench.party.startLogin();
    expect(bench.server.fetches(metadataPath)).toBe(1);
    bench.clock.advance(1);
    await bench.party.startLogin();
    expect(bench.server.fetches(metadataPath)).toBe(2);
  });

  it('is asked again after a failure', async () => {
    bench.server.serve(status(500), metadataPath);
    expect(await codeOf(bench.party.ready())).toBe('issuer-unavailable');
    bench.server.serve(bench.metadata(), metadataPath);
    expect(await codeOf(bench.party.ready())).toBe('ok');
  });

  it('has a new key: it is found', async () => {
    expect(await verify()).toBe('ok');
    const next = await makeSigner('RS256', 'op-2');
    bench.server.serve(keysOf(bench.signer, next));
    bench.clock.advance(5);
    const claims = { iss: bench.server.origin, sub: 'ann', aud: 'app', iat: 1767225600, exp: 1767226200 };
    const idToken = await next.sign(claims, { typ: 'JWT' });
    expect(await codeOf(bench.party.verifyIdToken({ idToken }))).toBe('ok');
  });
});

describe('a login', () => {
  it('asks for what the options and the call say, and for nothing else', async () => {
    const party = bench.partyWith({ scopes: ['email', 'openid'] });
    const { url } = await party.startLogin({
      scopes: ['orders:read'], maxAgeSeconds: 60, acr: ['a', 'b'], prompt: 'login', loginHint: 'ann',
    }); // prettier-ignore
    const { state, nonce, code_challenge: challenge, ...rest } = Object.fromEntries(new URL(url).searchParams);
    for (const random of [state, nonce, challenge]) expect(random).toMatch(/^[\w-]{43}$/);
    expect(rest).toEqual({
      kept: '1', response_type: 'code', client_id: 'app', redirect_uri: redirectUri, scope: 'openid email orders:read',
      code_challenge_method: 'S256', max_age: '60', acr_values: 'a b', prompt: 'login', login_hint: 'ann',
    }); // prettier-ignore
  });

  it('has state, nonce and challenge of its own, and shows none of its secrets in the cookie', async () => {
    const logins = await Promise.all(Array.from({ length: 10 }, () => bench.party.startLogin()));
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(new Set(logins.map(({ url }) => new URL(url).searchParams.get(name))).size).toBe(10);
    const { url, cookie } = logins[0]!;
    const sealed = Buffer.from(cookie.slice('__Host-login='.length).split(';')[0]!, 'base64url').toString('latin1');
    expect(sealed).not.toContain(new URL(url).searchParams.get('state'));
  });

  it('proves who the client is with form-encoded id and secret (RFC 6749 §2.3.1)', async () => {
    const party = bench.partyWith({ clientId: 'a:b', clientSecret: 'c%d+e é' });
    const started = await party.startLogin();
    const nonce = new URL(started.url).searchParams.get('nonce');
    await bench.answerTokens({ nonce, aud: 'a:b' });
    expect(await codeOf(bench.finish(started, 'code=c', party))).toBe('ok');
    const { authorization, body } = bench.posted[0]!;
    const decoded = Buffer.from(authorization!.slice('Basic '.length), 'base64').toString();
    expect(decoded.split(':').map((part) => decodeURIComponent(part.replaceAll('+', ' ')))).toEqual(['a:b', 'c%d+e é']);
    expect(body.has('client_secret')).toBe(false);
  });

  it.each<[string, Partial<RelyingPartyOptions>, Record<string, string | null>]>([
    ['in the body', { clientAuthentication: 'client_secret_post' }, { client_id: 'app', client_secret: 'secret of the client' }],
    ['not at all', { clientSecret: undefined as never }, { client_id: 'app', client_secret: null }],
  ])('proves it %s where the options say so', async (_, options, expected) => {
    const party = bench.partyWith(options);
    const started = await party.startLogin();
    await bench.answerTokens({ nonce: new URL(started.url).searchParams.get('nonce') });
    expect(await codeOf(bench.finish(started, 'code=c', party))).toBe('ok');
    const { authorization, body } = bench.posted[0]!;
    expect(authorization).toBeUndefined();
    for (const [name, value] of Object.entries(expected)) expect(body.get(name)).toBe(value);
    expect(Object.fromEntries(body)).toMatchObject({ grant_type: 'authorization_code', code: 'c', redirect_uri: redirectUri });
  }); // prettier-ignore

  it('checks what it asked for', async () => {
    const started = await bench.party.startLogin({ maxAgeSeconds: 60, acr: 'a' });
    const nonce = new URL(started.url).searchParams.get('nonce');
    await bench.answerTokens({ nonce, auth_time: 1767225500, acr: 'a' });
    expect(await codeOf(bench.finish(started))).toBe('authentication-too-old');
    const again = await bench.party.startLogin({ acr: 'a' });
    await bench.answerTokens({ nonce: new URL(again.url).searchParams.get('nonce'), acr: 'b' });
    expect(await codeOf(bench.finish(again))).toBe('acr-insufficient');
  });

  it.each<[string, object, string]>([
    ['the nonce of another login', { nonce: 'other' }, 'id-token-nonce'],
    ['no nonce', {}, 'id-token-nonce'],
  ])('is refused with an ID token with %s (OpenID Connect Core §3.1.3.7)', async (_, claims, code) => {
    const started = await bench.party.startLogin();
    await bench.answerTokens(claims);
    expect(await codeOf(bench.finish(started))).toBe(code);
  });

  it.each<[string, string]>([
    ['names another issuer', `code=c&iss=${encodeURIComponent('https://other.example')}`],
    ['names none, though the issuer says it always does', 'code=c'],
    ['is an error, and names another issuer', `error=access_denied&iss=${encodeURIComponent('https://other.example')}`],
  ])('is refused where the answer %s, and its code goes nowhere (RFC 9207 §2.4)', async (_, parameters) => {
    bench.server.serve(bench.metadata({ authorization_response_iss_parameter_supported: true }), metadataPath);
    expect(await codeOf(bench.finish(await bench.party.startLogin(), parameters))).toBe('issuer-mismatch');
    expect(bench.server.fetches('/token')).toBe(0);
  });

  it('is refused where the answer has neither code nor error, and once the parameters come twice', async () => {
    expect(await codeOf(bench.finish(await bench.party.startLogin(), 'a=b'))).toBe('malformed-request');
    expect(await codeOf(bench.finish(await bench.party.startLogin(), 'code=c&code=c'))).toBe('malformed-request');
  });

  it('goes out once, however many bring its answer at the same instant', async () => {
    const started = await bench.party.startLogin();
    await bench.answerTokens({ nonce: new URL(started.url).searchParams.get('nonce') });
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(bench.finish(started))));
    expect(codes.filter((code) => code === 'ok')).toHaveLength(1);
    expect(codes.filter((code) => code === 'login-state-used')).toHaveLength(19);
    expect(bench.posted).toHaveLength(1);
  });

  it('is refused with 503 where nobody can say whether it was used (fail closed)', async () => {
    const replay = { use: () => Promise.reject(new Error('down')) };
    const party = bench.partyWith({ stores: { replay } });
    expect(await codeOf(bench.finish(await party.startLogin(), 'code=c', party))).toBe('replay-store-unavailable');
    expect(bench.server.fetches('/token')).toBe(0);
  });

  it('goes on while its secret is replaced', async () => {
    const next = 'Zx7cV1bN8mQ4wE2rT6yU0iO9pA3sD5fGhJkLzXcVbNM=';
    const started = await bench.party.startLogin();
    await bench.answerTokens({ nonce: new URL(started.url).searchParams.get('nonce') });
    expect(await codeOf(bench.finish(started, 'code=c', bench.partyWith({ secretBase64: next })))).toBe(
      'login-state-mismatch',
    );
    expect(await codeOf(bench.finish(started, 'code=c', bench.partyWith({ secretBase64: [next, partySecret] })))).toBe(
      'ok',
    );
  });

  it('is begun at no issuer that does not say it checks PKCE, where that is required', async () => {
    const party = bench.partyWith({ requirePkceSupport: true });
    expect(await codeOf(party.startLogin())).toBe('issuer-metadata-invalid');
    bench.server.serve(bench.metadata({ code_challenge_methods_supported: ['plain', 'S256'] }), metadataPath);
    expect(await codeOf(bench.partyWith({ requirePkceSupport: true }).startLogin())).toBe('ok');
  });

  it('is begun by no party whose options are not for logins', async () => {
    const party = bench.partyWith({ redirectUri: undefined as never, secretBase64: undefined as never });
    await expect(party.startLogin()).rejects.toSatisfy(isConfigurationError);
    await expect(party.finishLogin({ url: '/' })).rejects.toSatisfy(isConfigurationError);
  });

  it.each<[string, Script]>([
    ['is down', status(503)],
    ['redirects', status(307, { location: '/other' })],
    ['knows no such client', (_req, res) => void res.writeHead(401).end('{"error":"invalid_client"}')],
    ['says nothing', text('')],
    ['says no JSON', text('<html>', { 'content-type': 'application/json' })],
    ['gives no access token', { token_type: 'Bearer', id_token: 'x' }],
    ['gives tokens of another type', { access_token: 'at', token_type: 'DPoP', id_token: 'x' }],
    ['gives an ID token that is no text', { access_token: 'at', token_type: 'Bearer', id_token: {} }],
    ['says a member twice', text('{"access_token":"a","access_token":"b","token_type":"Bearer"}')],
    ['says more than anybody reads', text(`{"access_token":"${'a'.repeat(600_000)}","token_type":"Bearer"}`)],
  ])('is an outage where the token endpoint %s', async (_, script) => {
    bench.server.serve(script, '/token');
    expect(await codeOf(bench.finish(await bench.party.startLogin()))).toBe('issuer-unavailable');
  });

  it('is refused without an ID token', async () => {
    bench.server.serve({ access_token: 'at', token_type: 'Bearer' }, '/token');
    expect(await codeOf(bench.finish(await bench.party.startLogin()))).toBe('invalid-token');
  });
});

describe('a refreshed login', () => {
  const claims = { iss: '', sub: 'ann', aud: 'app', auth_time: 5, nonce: 'n' };
  it.each<[string, object, string]>([
    ['the same login', { auth_time: 5 }, 'ok'],
    ['the same audience as a list', { aud: ['app'] }, 'ok'],
    ['the nonce of the login', { nonce: 'n' }, 'ok'],
    ['another nonce', { nonce: 'other' }, 'id-token-subject-changed'],
    ['another time of authentication', { auth_time: 6 }, 'id-token-subject-changed'],
    ['another party', { azp: 'app' }, 'id-token-subject-changed'],
    ['an end that is past', { exp: 1 }, 'invalid-token'],
  ])('with %s: %s (OpenID Connect Core §12.2)', async (_, change, code) => {
    await bench.answerTokens(change);
    const refreshed = bench.party.refresh({ refreshToken: 'r', claims: { ...claims, iss: bench.server.origin } });
    expect(await codeOf(refreshed)).toBe(code);
    expect(Object.fromEntries(bench.posted[0]!.body)).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'r',
    });
  });

  it('needs no ID token', async () => {
    bench.server.serve({ access_token: 'at', token_type: 'Bearer', refresh_token: 'r2', scope: 'a b' }, '/token');
    const refreshed = await bench.party.refresh({ refreshToken: 'r', claims });
    expect(refreshed).toMatchObject({ claims: undefined, idToken: undefined, scopes: ['a', 'b'] });
    expect(refreshed.refreshToken!.reveal()).toBe('r2');
  });

  it('is over where the issuer does not take the refresh token', async () => {
    bench.server.serve((_req, res) => void res.writeHead(400).end('{"error":"invalid_grant"}'), '/token');
    expect(await codeOf(bench.party.refresh({ refreshToken: 'r', claims }))).toBe('login-denied');
  });
});

describe('userinfo', () => {
  const ask = (accessToken = 'at'): Promise<string> => codeOf(bench.party.userinfo({ accessToken, subject: 'ann' }));
  it.each<[string, Script, string]>([
    ['is down', status(500), 'issuer-unavailable'],
    ['redirects', status(302, { location: '/other' }), 'issuer-unavailable'],
    ['does not take the token', status(401), 'invalid-token'],
    ['says no JSON', text('<html>'), 'userinfo-invalid'],
    ['says a list', text('[]'), 'userinfo-invalid'],
    ['says the subject twice', text('{"sub":"eve","sub":"ann"}'), 'userinfo-invalid'],
    ['says more than anybody reads', text(`{"sub":"ann","a":"${'a'.repeat(600_000)}"}`), 'issuer-unavailable'],
    ['says a subject in a list', { sub: ['ann'] }, 'userinfo-subject-mismatch'],
    ['says no token', text('x', { 'content-type': 'application/jwt' }), 'userinfo-invalid'],
  ])('that %s: %s', async (_, script, code) => {
    bench.server.serve(script, '/userinfo');
    expect(await ask()).toBe(code);
  });

  it.each(['', 'a b', 'a\r\nx: y', 'ü'])('sends no token that would be another field: %j', async (token) => {
    expect(await ask(token)).toBe('invalid-token');
    expect(bench.server.fetches('/userinfo')).toBe(0);
  });

  it('is refused where nobody says about whom', async () => {
    bench.server.serve({ email: 'a' }, '/userinfo');
    const asked = bench.party.userinfo({ accessToken: 'at', subject: undefined as never });
    expect(await codeOf(asked)).toBe('userinfo-subject-mismatch');
  });

  it('is not there: the metadata say no endpoint', async () => {
    bench.server.serve(bench.metadata({ userinfo_endpoint: undefined }), metadataPath);
    expect(await ask()).toBe('issuer-metadata-invalid');
  });
});

describe('options of createRelyingParty()', () => {
  const good = {
    issuer: 'https://issuer.example', clientId: 'app', clientSecret: 'a secret', redirectUri, secretBase64: partySecret,
  }; // prettier-ignore
  it.each<[Record<string, unknown>, string, string]>([
    [{ issuer: undefined }, 'issuer', 'issuer-required'],
    [{ issuer: 'https://issuer.example?a' }, 'issuer', 'issuer-required'],
    [{ issuer: 'http://issuer.example' }, 'issuer', 'insecure-url'],
    [{ issuer: 'https://a:b@issuer.example' }, 'issuer', 'insecure-url'],
    [{ clientId: '' }, 'clientId', 'client-required'],
    [{ clientSecret: '' }, 'clientSecret', 'invalid-option'],
    [{ clientAuthentication: 'none' }, 'clientAuthentication', 'contradicting-options'],
    [{ clientSecret: undefined, clientAuthentication: 'client_secret_post' }, 'clientAuthentication', 'contradicting-options'],
    [{ clientAuthentication: 'private_key_jwt' }, 'clientAuthentication', 'invalid-option'],
    [{ redirectUri: 'http://app.example/callback' }, 'redirectUri', 'insecure-url'],
    [{ redirectUri: 'http://localhost.evil.example/callback' }, 'redirectUri', 'insecure-url'],
    [{ redirectUri: 'https://app.example/callback#a' }, 'redirectUri', 'insecure-url'],
    [{ redirectUri: undefined }, 'redirectUri', 'insecure-url'],
    [{ secretBase64: undefined }, 'secretBase64', 'malformed-secret'],
    [{ scopes: 'openid' }, 'scopes', 'invalid-option'],
    [{ scopes: ['a b'] }, 'scopes', 'invalid-option'],
    [{ cookieName: 'login' }, 'cookieName', 'invalid-option'],
    [{ requirePkceSupport: 1 }, 'requirePkceSupport', 'invalid-option'],
    [{ algorithms: ['HS256'] }, 'algorithms', 'invalid-option'],
    [{ algorithms: ['none'] }, 'algorithms', 'invalid-option'],
    [{ algorithms: [] }, 'algorithms', 'invalid-option'],
    [{ clockToleranceSeconds: 301 }, 'clockToleranceSeconds', 'invalid-option'],
    [{ clockToleranceSeconds: -1 }, 'clockToleranceSeconds', 'invalid-option'],
    [{ keySet: { timeoutSeconds: 61 } }, 'keySet.timeoutSeconds', 'invalid-option'],
    [{ keySet: null }, 'keySet', 'invalid-option'],
    [{ keySet: { publicAddressesOnly: true } }, 'keySet.publicAddressesOnly', 'not-supported'],
    [{ fetch: 'fetch' }, 'fetch', 'invalid-option'],
    [{ onError: 1 }, 'onError', 'invalid-option'],
    [{ allowInsecureHttp: 'yes' }, 'allowInsecureHttp', 'invalid-option'],
    [{ clientID: 'app' }, 'clientID', 'unknown-option'],
  ])('%j are refused at %s: %s, without a secret', (change, path, reason) => {
    const failed = attempt(() => createRelyingParty({ ...good, ...change }));
    expect(isConfigurationError(failed) && failed.faults.map((fault) => [fault.path, fault.reason])).toEqual([[path, reason]]);
    expect((failed as Error).message).not.toMatch(/a secret|kQ0m8r7/);
  }); // prettier-ignore

  it('take http to this machine for redirects (RFC 8252 §7.3)', () => {
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:8080'])
      expect(createRelyingParty({ ...good, redirectUri: `${origin}/callback` }).redirectUri).toBe(`${origin}/callback`);
  });

  it('stay secret: no inspection of a party or of what it answers shows one', async () => {
    const started = await bench.party.startLogin();
    await bench.answerTokens(
      { nonce: new URL(started.url).searchParams.get('nonce') },
      { refresh_token: 'the refresh token' },
    );
    const login = await bench.finish(started);
    const shown = inspect([bench.party, login], { depth: 9, showHidden: true }) + JSON.stringify([bench.party, login]);
    for (const secret of ['secret of the client', partySecret, 'the refresh token', login.idToken.reveal()])
      expect(shown).not.toContain(secret);
  });
});

describe('oidc()', () => {
  it.each(['jwks', 'jwksUri', 'secretBase64', 'issuers'])('finds keys by discovery alone: %s is refused', (name) => {
    const options = { issuer: 'https://issuer.example', audience: 'api', [name]: {} };
    const failed = attempt(() => oidc(options as never));
    expect(isConfigurationError(failed) && failed.faults[0]).toMatchObject({
      path: name,
      reason: 'contradicting-options',
    });
  });

  it('makes a relying party of its own issuer, with what it says itself', async () => {
    const sso = oidc({ issuer: bench.server.origin, audience: 'api', allowInsecureHttp: true, algorithms: ['ES256'] });
    const party = sso.relyingParty({ clientId: 'app', clock: bench.clock });
    expect([sso.type, sso.issuer, party.issuer]).toEqual(['oidc', bench.server.origin, bench.server.origin]);
    expect(await codeOf(party.verifyIdToken({ idToken: await bench.idToken() }))).toBe('alg-not-allowed');
  });
});

function attempt(step: () => unknown): unknown {
  try {
    return step();
  } catch (error) {
    return error;
  }
}
