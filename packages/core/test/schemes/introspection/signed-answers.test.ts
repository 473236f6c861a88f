import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { keysOf, serveDocuments, status, text, type DocumentServer } from '../../fixtures/documents.js';
import { startOfTests } from '../../fixtures/guard.js';
import { answersFor, goodAnswer, introspectionBench, optionsFor } from '../../fixtures/introspection.js';
import { issuer, makeSigner, type Signer } from '../../fixtures/tokens.js';

let server: DocumentServer;
let ours: Signer;
let theirs: Signer;
beforeAll(async () => {
  [ours, theirs] = await Promise.all([makeSigner('ES256', 'k1'), makeSigner('ES256', 'k1')]);
});
beforeEach(async () => {
  server = await serveDocuments();
});
afterEach(() => server.close());

const typ = 'token-introspection+jwt';
const claimsOf = (change: object = {}, said: object = goodAnswer()): Record<string, unknown> => ({
  iss: issuer,
  aud: 'rs',
  iat: startOfTests,
  token_introspection: said,
  ...change,
});
const reasonFor = async (answer: string, change: object = {}): Promise<string> => {
  server.serve(text(answer, { 'content-type': `application/${typ}` }), '/introspect');
  const signed = { signedResponse: 'require', jwks: keysOf(ours), ...change };
  return introspectionBench(optionsFor(server.url('/introspect'), signed)).reasonOf('token');
};

describe('signed answers (RFC 9701)', () => {
  it('are read from token_introspection (intro-jwt-response)', async () => {
    expect(await reasonFor(await ours.sign(claimsOf(), { typ }))).toBe('ok');
    expect(await reasonFor(await ours.sign(claimsOf({ aud: ['x', 'api'] }), { typ }))).toBe('ok');
    expect(await reasonFor(await ours.sign(claimsOf({}, { active: false }), { typ }))).toBe('inactive');
  });

  it.each([
    ['of the type of an access token', {}, { typ: 'at+jwt' }],
    ['without a type', {}, { typ: undefined }],
    ['for another server', { aud: 'other-rs' }, {}],
    ['for nobody', { aud: undefined }, {}],
    ['of another issuer', { iss: `${issuer}/` }, {}],
    ['of a minute and more ago', { iat: startOfTests - 66 }, {}],
    ['from the future', { iat: startOfTests + 6 }, {}],
    ['without a time', { iat: undefined }, {}],
    ['of a key that nobody knows', {}, { kid: 'k2' }],
    ['that says nothing of a token', { token_introspection: undefined }, {}],
    ['that says active beside token_introspection alone', { token_introspection: {}, active: true }, {}],
    ['with a critical extension', {}, { crit: ['b64'], b64: true }],
  ])('%s are no answers (intro-jwt-response-bad)', async (_, claims, header) => {
    expect(await reasonFor(await ours.sign(claimsOf(claims), { typ, ...header }))).toBe('introspection-invalid');
  });

  it('of the right kid and another key are none', async () => {
    expect(await reasonFor(await theirs.sign(claimsOf(), { typ }))).toBe('introspection-invalid');
  });

  it('that are not signed at all are none', async () => {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect(await reasonFor(`${encode({ alg: 'none', typ })}.${encode(claimsOf())}.`)).toBe('introspection-invalid');
  });

  it('are required where the options say so: plain JSON is no answer then', async () => {
    const plain = JSON.stringify(goodAnswer());
    expect(await reasonFor(plain)).toBe('introspection-invalid');
    expect(await reasonFor(plain, { signedResponse: 'allow' })).toBe('ok');
  });

  it('are not taken where nobody asked for them', async () => {
    const answer = await ours.sign(claimsOf(), { typ });
    expect(await reasonFor(answer, { signedResponse: 'off', jwks: undefined })).toBe('introspection-unavailable');
  });

  it('are asked for by their media type (RFC 9701 §4)', async () => {
    const { answer, asked } = answersFor(() => goodAnswer());
    server.serve(answer, '/introspect');
    for (const signedResponse of ['allow', 'require'])
      await introspectionBench(
        optionsFor(server.url('/introspect'), { signedResponse, jwks: keysOf(ours), cacheSeconds: 0 }),
      ).reasonOf('token');
    expect(asked.map(({ headers }) => headers['accept'])).toEqual([
      'application/token-introspection+jwt, application/json;q=0.5',
      'application/token-introspection+jwt',
    ]);
  });

  it('whose keys cannot be had are an outage', async () => {
    server.serve(status(500), '/jwks');
    const answer = await ours.sign(claimsOf(), { typ });
    expect(await reasonFor(answer, { jwks: undefined, jwksUri: server.url('/jwks') })).toBe('jwks-unavailable');
  });
});

describe('discovery', () => {
  const metadataPath = '/.well-known/oauth-authorization-server';
  it('finds the endpoint and the keys from the issuer (RFC 8414 §3)', async () => {
    server.serve(
      { issuer: server.origin, introspection_endpoint: server.url('/i'), jwks_uri: server.url('/jwks') },
      metadataPath,
    );
    server.serve(keysOf(ours), '/jwks');
    const said = goodAnswer({ iss: server.origin });
    server.serve(text(await ours.sign(claimsOf({ iss: server.origin }, said), { typ })), '/i');
    const options = optionsFor('', { endpoint: undefined, issuer: server.origin, signedResponse: 'require' });
    const { reasonOf, auth } = introspectionBench(options);
    await auth.ready();
    expect([server.fetches('/i'), server.fetches('/jwks')]).toEqual([0, 1]);
    expect(await reasonOf('token')).toBe('ok');
    expect(await reasonOf('other')).toBe('ok');
    expect(server.fetches('/i')).toBe(2);
  });

  it('refuses the metadata of another issuer (meta-issuer-mismatch, RFC 8414 §3.3)', async () => {
    server.serve({ issuer: 'https://other.example', introspection_endpoint: server.url('/i') }, metadataPath);
    const { reasonOf, auth, errors } = introspectionBench(
      optionsFor('', { endpoint: undefined, issuer: server.origin }),
    );
    await auth.ready();
    expect(errors).toHaveLength(1);
    expect(await reasonOf('token')).toBe('issuer-metadata-mismatch');
    expect(server.fetches('/i')).toBe(0);
  });

  it('refuses metadata without an endpoint', async () => {
    server.serve({ issuer: server.origin }, metadataPath);
    const { reasonOf } = introspectionBench(optionsFor('', { endpoint: undefined, issuer: server.origin }));
    expect(await reasonOf('token')).toBe('introspection-unavailable');
  });
});
