import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { JwtOptions } from '../../src/index.js';
import { metadataUrls } from '../../src/http/issuer-metadata.js';
import { keysOf, serveDocuments, silence, status, text, type DocumentServer } from '../fixtures/documents.js';
import { startOfTests } from '../fixtures/guard.js';
import { keyBench, type KeyBench } from '../fixtures/remote-keys.js';
import { claimsOf, makeSigner, type Signer } from '../fixtures/tokens.js';

const oauth = '/.well-known/oauth-authorization-server';
const openid = '/.well-known/openid-configuration';

let server: DocumentServer;
let first: Signer;
let second: Signer;
beforeAll(async () => {
  [first, second] = await Promise.all([makeSigner('ES256', 'first'), makeSigner('ES256', 'second')]);
});
beforeEach(async () => {
  server = await serveDocuments();
  server.serve(keysOf(first));
});
afterEach(() => server.close());

const benchOfIssuer = (more: Partial<JwtOptions> = {}): KeyBench =>
  keyBench({
    issuer: server.origin,
    audience: 'api',
    allowInsecureHttp: true,
    maxLifetimeSeconds: 1e6,
    keySet: { timeoutSeconds: 60 },
    ...more,
  } as JwtOptions);
const tokenOf = (signer: Signer): Promise<string> =>
  signer.sign(claimsOf({ iss: server.origin, exp: startOfTests + 9e5 }));
const metadata = (change: object = {}): object => ({
  issuer: server.origin,
  jwks_uri: server.url(),
  ...change,
});

describe('metadataUrls', () => {
  it.each([
    ['https://a.example', `https://a.example${oauth}`, `https://a.example${openid}`],
    ['https://a.example/', `https://a.example${oauth}`, `https://a.example${openid}`],
    ['https://a.example:8443/t/1', `https://a.example:8443${oauth}/t/1`, `https://a.example:8443/t/1${openid}`],
    ['https://a.example/t/', `https://a.example${oauth}/t`, `https://a.example/t${openid}`],
  ])(
    'inserts the one before the path of %s and appends the other (RFC 8414 §3.1, OpenID Connect Discovery §4)',
    (...[of, inserted, appended]) => {
      expect(metadataUrls(of).map(String)).toEqual([inserted, appended]);
    },
  );
});

describe('keys by discovery', () => {
  it.each([
    ['RFC 8414 metadata', oauth, [1, 0]],
    ['OpenID metadata', openid, [1, 1]],
  ])('are found by %s', async (_, path, [fetchesOfOauth, fetchesOfOpenid]) => {
    server.serve(metadata(), path);
    const { auth, reasonOf } = benchOfIssuer();
    await auth.ready();
    expect(await reasonOf(await tokenOf(first))).toBe('ok');
    expect([server.fetches(oauth), server.fetches(openid), server.fetches('/jwks')]).toEqual([
      fetchesOfOauth,
      fetchesOfOpenid,
      1,
    ]);
  });

  it.each([
    ['a page for every path', text('<!doctype html>')],
    ['an error', status(500)],
    ['the metadata of another issuer', { issuer: 'https://other.example' }],
  ])('are found by OpenID metadata where the other place has %s', async (_, script) => {
    server.serve(script, oauth);
    server.serve(metadata(), openid);
    expect(await benchOfIssuer().reasonOf(await tokenOf(first))).toBe('ok');
  });

  it.each([
    ['another issuer', { issuer: 'https://other.example' }],
    ['the issuer with a slash behind', () => ({ issuer: `${server.origin}/` })],
    ['a list with the issuer', () => ({ issuer: [server.origin] })],
    ['no issuer', { issuer: undefined }],
  ])('are refused of metadata that name %s, before their jwks_uri is looked at (RFC 8414 §3.3)', async (_, change) => {
    server.serve(metadata(typeof change === 'function' ? change() : change), oauth);
    const { reasonOf, errors, events } = benchOfIssuer();
    expect(await reasonOf(await tokenOf(first))).toBe('issuer-metadata-mismatch');
    expect(events).toMatchObject([{ outcome: 'error', code: 'dependency-unavailable', status: 503 }]);
    expect(errors).toMatchObject([{ message: expect.stringContaining('which is not exactly') as string }]);
    expect(server.fetches('/jwks')).toBe(0);
  });

  it.each([
    ['none', undefined],
    ['one with user info', 'https://user:secret@elsewhere.example/jwks'],
    ['a file', 'file:///etc/passwd'],
    ['a number', 1],
    ['a relative one', '/jwks'],
  ])('are refused of metadata with a jwks_uri that is not usable: %s', async (_, jwksUri) => {
    server.serve(metadata({ jwks_uri: jwksUri }), oauth);
    const { reasonOf, errors } = benchOfIssuer();
    expect(await reasonOf(await tokenOf(first))).toBe('jwks-unavailable');
    expect(errors).toMatchObject([{ message: expect.stringContaining('jwks_uri') as string }]);
    expect(JSON.stringify(errors) + String(errors[0])).not.toContain('secret');
  });

  it('are refused of a jwks_uri over http, unless http is allowed', async () => {
    const asked: string[] = [];
    const { reasonOf } = keyBench({
      issuer: 'https://issuer.example',
      audience: 'api',
      fetch: async (url) => {
        asked.push(url);
        return new Response(JSON.stringify({ issuer: 'https://issuer.example', jwks_uri: server.url() }));
      },
    });
    expect(await reasonOf(await first.sign(claimsOf()))).toBe('jwks-unavailable');
    expect(asked).toEqual([`https://issuer.example${oauth}`, `https://issuer.example${openid}`]);
    expect(server.fetches()).toBe(0);
  });

  it('follow a set that moves: with the next refresh, and at once after the old place has failed', async () => {
    server.serve(metadata(), oauth);
    const { auth, clock, reasonOf } = benchOfIssuer();
    await auth.ready();
    server.serve(metadata({ jwks_uri: server.url('/moved') }), oauth);
    server.serve(keysOf(second), '/moved');
    // An unknown key alone does not ask for the metadata again.
    expect(await reasonOf(await tokenOf(second))).toBe('unknown-key');
    expect([server.fetches(oauth), server.fetches('/jwks'), server.fetches('/moved')]).toEqual([1, 2, 0]);
    clock.advance(600);
    expect(await reasonOf(await tokenOf(second))).toBe('ok');
    expect(await reasonOf(await tokenOf(first))).toBe('unknown-key');
    server.serve(metadata({ jwks_uri: server.url('/again') }), oauth);
    server.serve(status(410), '/moved');
    server.serve(keysOf(first), '/again');
    clock.advance(4);
    expect(await reasonOf(await tokenOf(first))).toBe('jwks-unavailable');
    clock.advance(4);
    expect(await reasonOf(await tokenOf(first))).toBe('ok');
  });

  it('outlast an outage of the metadata, as of the set', async () => {
    server.serve(metadata(), oauth);
    const { auth, clock, reasonOf } = benchOfIssuer();
    await auth.ready();
    server.serve(status(502), oauth);
    clock.advance(3600);
    expect(await reasonOf(await tokenOf(first))).toBe('ok');
    clock.advance(4 * 3600);
    expect(await reasonOf(await tokenOf(first))).toBe('jwks-unavailable');
  });

  it('keep one time limit over all that they fetch', async () => {
    server.serve(silence, oauth);
    server.serve(metadata(), openid);
    const { reasonOf, errors } = benchOfIssuer({ keySet: { timeoutSeconds: 0.05 } });
    expect(await reasonOf(await tokenOf(first))).toBe('jwks-unavailable');
    expect(errors).toMatchObject([{ message: /no answer within 0\.05 seconds/ }]);
    expect(server.fetches(openid)).toBe(0);
  });
});
