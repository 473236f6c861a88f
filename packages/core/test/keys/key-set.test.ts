import { generateKeyPairSync } from 'node:crypto';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CryptoBackend } from '../../src/crypto/crypto.js';
import type { Jwk, jwt as makeJwt } from '../../src/index.js';
import { keysOf, serveDocuments, type DocumentServer } from '../fixtures/documents.js';
import { keyBench, remoteOptions, tokenOf, type KeyBench } from '../fixtures/remote-keys.js';
import { issuer, makeSigner, type Signer } from '../fixtures/tokens.js';

const backends: readonly (readonly [string, () => Promise<{ crypto: CryptoBackend }>])[] = [
  ['node:crypto', () => import('../../src/crypto/node.js')],
  ['Web Crypto', () => import('../../src/crypto/web.js')],
];

describe.each(backends)('keys published elsewhere, with %s', (_, backend) => {
  let make: typeof makeJwt;
  let server: DocumentServer;
  let good: Signer;
  let rsa: Signer;

  beforeAll(async () => {
    vi.resetModules();
    vi.doMock('#crypto', backend);
    ({ jwt: make } = await import('../../src/index.js'));
    [good, rsa] = await Promise.all([makeSigner('ES256', 'k1'), makeSigner('RS256', 'rsa')]);
  });
  afterAll(() => {
    vi.doUnmock('#crypto');
    vi.resetModules();
  });
  beforeEach(async () => {
    server = await serveDocuments();
  });
  afterEach(() => server.close());

  const serving = (...keys: Jwk[]): KeyBench => {
    server.serve({ keys });
    return keyBench(remoteOptions(server.url()), make);
  };

  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });

  it.each([
    ['an RSA key of 1024 bits (jwt-rsa-1024-jwks)', () => ({ ...weak, kid: 'k1' }), ['weak-key-published']],
    ['a private key (jwks-private-key)', () => ({ ...good.jwk, d: good.jwk['x'] }), ['private-key-published']],
    ['a symmetric key (jwks-oct-key)', () => ({ kty: 'oct', k: 'AAAA', kid: 'k1' }), ['symmetric-key-published']],
    ['a key for encryption (jwks-use-enc)', () => ({ ...good.jwk, use: 'enc' }), []],
    ['a key whose key_ops lack verify', () => ({ ...good.jwk, key_ops: ['sign'] }), []],
    ['a key whose use and key_ops contradict', () => ({ ...good.jwk, use: 'enc', key_ops: ['verify'] }), []],
    ['a key of unknown type (jwks-unknown-kty)', () => ({ kty: 'AKP', kid: 'k1', pub: 'AAAA' }), []],
    ['a key on an unknown curve', () => ({ ...good.jwk, crv: 'secp256k1' }), []],
    ['a key for an unknown algorithm', () => ({ ...good.jwk, alg: 'ML-DSA-44' }), []],
    ['a point off its curve (jwt-ec-off-curve)', () => ({ ...good.jwk, y: good.jwk['x'] }), []],
    ['a kid that is no text', () => ({ ...good.jwk, kid: 1 }), []],
  ])('passes over %s, keeps the keys beside it, and tells whose mistake it is', async (_title, keyOf, reasons) => {
    const { reasonOf, alerts, auth, clock } = serving(keyOf(), rsa.jwk);
    await auth.ready();
    expect(await reasonOf(await tokenOf(rsa))).toBe('ok');
    expect(await reasonOf(await tokenOf(good))).toBe('unknown-key');
    expect(alerts).toMatchObject(reasons.map((reason) => ({ outcome: 'alert', reason, issuer, keyid: 'k1' })));
    // Told once, not with each refresh.
    clock.advance(700);
    expect(await reasonOf(await tokenOf(rsa))).toBe('ok');
    expect(server.fetches()).toBe(3);
    expect(alerts).toHaveLength(reasons.length);
  });

  it('passes over what is no key at all', async () => {
    const { reasonOf } = serving(null as never, [] as never, 'x' as never, good.jwk);
    expect(await reasonOf(await tokenOf(good))).toBe('ok');
  });

  it('refuses a token under HS256 by the published symmetric key for its alg (jwks-oct-key)', async () => {
    const { reasonOf } = serving({ kty: 'oct', k: 'A'.repeat(43), kid: 'k1' });
    const [, claims] = (await tokenOf(good)).split('.') as [string, string];
    const header = Buffer.from('{"alg":"HS256","kid":"k1","typ":"at+jwt"}').toString('base64url');
    expect(await reasonOf(`${header}.${claims}.AAAA`)).toBe('alg-not-allowed');
    expect(server.fetches()).toBe(0);
  });

  it('tells once of a set that became empty, however often it is fetched (jwks-empty-set)', async () => {
    const { reasonOf, alerts, auth, clock } = serving(good.jwk);
    await auth.ready();
    const token = await tokenOf(good);
    server.serve({ keys: [] });
    clock.advance(700);
    expect(await reasonOf(token)).toBe('ok');
    expect(alerts).toMatchObject([{ outcome: 'alert', reason: 'jwks-empty', issuer, keyid: null }]);
    for (const fetches of [3, 4]) {
      clock.advance(60);
      expect(await reasonOf(await tokenOf(rsa))).toBe('jwks-unavailable');
      expect(server.fetches()).toBe(fetches);
    }
    expect(alerts).toHaveLength(1);
    expect(await reasonOf(token)).toBe('ok');
  });

  it('filters keys of one kid by type and algorithm, and tries each that is left (jwks-same-kid)', async () => {
    const twin = await makeSigner('ES256', 'k1');
    const { reasonOf } = serving({ ...rsa.jwk, kid: 'k1' }, twin.jwk, good.jwk);
    expect(await reasonOf(await tokenOf(good))).toBe('ok');
    expect(await reasonOf(await tokenOf(twin))).toBe('ok');
    expect(await reasonOf(await tokenOf(rsa, { kid: 'k1' }))).toBe('ok');
  });

  it('tries four keys for a token without kid, and no fifth (jwt-valid-no-kid-many-keys)', async () => {
    const others = await Promise.all([1, 2, 3, 4].map((n) => makeSigner('ES256', `other${n}`)));
    const token = await tokenOf(good, { kid: undefined });
    const { keys } = keysOf(...others);
    expect(await serving(...keys.slice(1), good.jwk).reasonOf(token)).toBe('ok');
    expect(await serving(...keys, good.jwk).reasonOf(token)).toBe('unknown-key');
  });

  it('never looks at a key that the token brings along (jwt-embedded-jwk, jwt-jku, jwt-x5u)', async () => {
    const mine = await makeSigner('ES256', 'mine');
    const { reasonOf } = serving(good.jwk);
    server.serve(keysOf(mine), '/mine');
    const url = server.url('/mine');
    expect(await reasonOf(await tokenOf(mine, { jwk: mine.jwk, jku: url, x5u: url, x5c: ['AAAA'] }))).toBe(
      'unknown-key',
    );
    expect(server.fetches('/mine')).toBe(0);
  });
});
