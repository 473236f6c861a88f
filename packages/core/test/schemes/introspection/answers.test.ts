import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { serveDocuments, text, type DocumentServer } from '../../fixtures/documents.js';
import { allowed, startOfTests } from '../../fixtures/guard.js';
import { answersFor, goodAnswer, introspectionBench, optionsFor } from '../../fixtures/introspection.js';

let server: DocumentServer;
beforeEach(async () => {
  server = await serveDocuments();
});
afterEach(() => server.close());

const reasonFor = (answer: object, options: object = {}): Promise<string> => {
  server.serve(answer, '/introspect');
  return introspectionBench(optionsFor(server.url('/introspect'), options)).reasonOf('token');
};

describe('what introspection() makes of an answer', () => {
  it('is a principal with all that the answer says (intro-active, RFC 7662 §2.2)', async () => {
    const answer = goodAnswer({
      token_type: 'bEARER',
      jti: 'id',
      acr: 'strong',
      auth_time: startOfTests - 9,
      extra: [1],
    });
    server.serve(answer, '/introspect');
    const { decideToken } = introspectionBench(optionsFor(server.url('/introspect')));
    expect(allowed(await decideToken('token')).principal).toEqual({
      scheme: 'opaque',
      type: 'introspection',
      issuer: 'https://issuer.example',
      subject: 'ann',
      clientId: 'app',
      credentialId: 'id',
      scopes: new Set(['orders:read']),
      roles: new Set(),
      expiresAt: startOfTests + 600,
      assurance: { acr: 'strong', authenticatedAt: startOfTests - 9 },
      claims: answer,
    });
  });

  it.each([
    ['inactive (RFC 7662 §2.2)', { active: false }, 'inactive'],
    ['inactive, whatever else it says', { active: false, sub: 1 }, 'inactive'],
    ['expired', goodAnswer({ exp: startOfTests - 5 }), 'expired'],
    ['within the tolerance', goodAnswer({ exp: startOfTests - 4 }), 'ok'],
    ['not valid yet', goodAnswer({ nbf: startOfTests + 6 }), 'not-yet-valid'],
    ['issued in the future', goodAnswer({ iat: startOfTests + 6 }), 'not-yet-valid'],
    ['for another API (RFC 9700 §2.3)', goodAnswer({ aud: 'other' }), 'bad-audience'],
    ['for a list without this API', goodAnswer({ aud: ['other', 'API'] }), 'bad-audience'],
    ['for a list with this API', goodAnswer({ aud: ['other', 'api'] }), 'ok'],
    ['for nobody', goodAnswer({ aud: undefined }), 'bad-audience'],
    ['of another issuer', goodAnswer({ iss: 'https://issuer.example/' }), 'bad-issuer'],
    ['of no issuer', goodAnswer({ iss: undefined }), 'ok'],
    ['without an end', goodAnswer({ exp: undefined }), 'ok'],
    ['a refresh token by its type', goodAnswer({ token_type: 'refresh_token' }), 'bad-type'],
    ['of no type that is known', goodAnswer({ token_type: 'N_A' }), 'bad-type'],
    ['a refresh token by its use', goodAnswer({ token_type: 'Bearer', token_use: 'refresh_token' }), 'bad-type'],
    ['an ID token', goodAnswer({ typ: 'ID' }), 'bad-type'],
    ['bound to a DPoP key', goodAnswer({ cnf: { jkt: 'k' } }), 'bound-token-as-bearer'],
    ['of the type DPoP without its key', goodAnswer({ token_type: 'DPoP' }), 'bound-token-as-bearer'],
    ['bound to a certificate', goodAnswer({ cnf: { 'x5t#S256': 'k' } }), 'bound-token-without-certificate'],
    ['bound in a way that nobody knows', goodAnswer({ cnf: { other: 'k' } }), 'confirmation-unsupported'],
  ])('decides over a token that is %s', async (_, answer, reason) => {
    expect(await reasonFor(answer)).toBe(reason);
  });

  it.each([
    ['active as text (intro-active-not-boolean)', { ...goodAnswer(), active: 'true' }],
    ['active as a number', { ...goodAnswer(), active: 1 }],
    ['no active', { ...goodAnswer(), active: undefined }],
    ['a list', [goodAnswer()]],
    ['exp as text', goodAnswer({ exp: String(startOfTests + 600) })],
    ['exp beyond every calendar', goodAnswer({ exp: 1e300 })],
    ['sub as a number', goodAnswer({ sub: 7 })],
    ['an empty sub', goodAnswer({ sub: '' })],
    ['neither sub nor client_id', goodAnswer({ sub: undefined, client_id: undefined })],
    ['scope as a list', goodAnswer({ scope: ['orders:read'] })],
    ['aud as a number', goodAnswer({ aud: 7 })],
    ['aud as a list with a number', goodAnswer({ aud: ['api', 7] })],
    ['token_type as a list', goodAnswer({ token_type: ['Bearer'] })],
    ['active twice', text('{"active":false,"active":true}')],
  ])('takes an answer with %s for an outage, never for a pass', async (_, answer) => {
    const unread = Array.isArray(answer) || typeof answer === 'function';
    expect(await reasonFor(answer)).toBe(unread ? 'introspection-unavailable' : 'introspection-invalid');
  });

  it('takes a token for no audience only by an option with that name', async () => {
    const nobody = goodAnswer({ aud: undefined });
    expect(await reasonFor(nobody, { allowMissingAudience: true })).toBe('ok');
    expect(await reasonFor(goodAnswer({ aud: 'other' }), { allowMissingAudience: true })).toBe('bad-audience');
  });

  it('leaves the audience to the server where the API has none (RFC 7662 §4)', async () => {
    expect(await reasonFor(goodAnswer({ aud: 'whatever' }), { audience: undefined })).toBe('ok');
  });

  it('names the client as the subject where the answer has no other, and the server as the issuer', async () => {
    const answer = goodAnswer({ sub: undefined, iss: undefined });
    server.serve(answer, '/introspect');
    const own = introspectionBench(optionsFor(server.url('/introspect'), { issuer: undefined }));
    expect(allowed(await own.decideToken('token')).principal).toMatchObject({ subject: 'app', issuer: server.origin });
    server.serve({ ...answer, iss: 'https://other.example' }, '/introspect');
    const named = introspectionBench(optionsFor(server.url('/introspect'), { issuer: undefined }));
    expect(allowed(await named.decideToken('token')).principal).toMatchObject({ issuer: 'https://other.example' });
  });

  it('maps members as the options say', async () => {
    server.serve(goodAnswer({ realm_access: { roles: ['admin'] } }), '/introspect');
    const options = optionsFor(server.url('/introspect'), { map: { roles: '/realm_access/roles' } });
    expect(allowed(await introspectionBench(options).decideToken('token')).principal).toMatchObject({
      roles: new Set(['admin']),
    });
  });

  it('sends the token as one parameter of a form, encoded, by POST and never in a URL (RFC 7662 §2.1)', async () => {
    const { answer, asked } = answersFor(() => goodAnswer());
    server.serve(answer, '/introspect');
    const bench = introspectionBench(optionsFor(server.url('/introspect')));
    expect(await bench.reasonOf('a+b/c~d.e==')).toBe('ok');
    const [{ method, url, headers, form }] = asked as [(typeof asked)[0]];
    expect([method, url]).toEqual(['POST', '/introspect']);
    expect(headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from('rs:a+secret+of+the+API').toString('base64')}`,
      accept: 'application/json',
    });
    expect([...form]).toEqual([
      ['token', 'a+b/c~d.e=='],
      ['token_type_hint', 'access_token'],
    ]);
  });
});
