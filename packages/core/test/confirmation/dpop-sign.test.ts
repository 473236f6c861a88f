import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
} from 'jose';
import { describe, expect, it, vi } from 'vitest';

import type * as signing from '../../src/signing.js';
import { asymmetricAlgorithms } from '../../src/crypto/algorithms.js';
import { dpopRequest } from '../fixtures/dpop.js';
import { claimsOf, issuer, makeSigner } from '../fixtures/tokens.js';
import { startOfTests } from '../fixtures/guard.js';
import { createTestClock } from '../../src/testing.js';
import { backends } from '../vectors/backends.js';
import { readVectors } from '../vectors/vector-file.js';

interface Vector {
  readonly id: string;
  readonly header: { readonly jwk: Readonly<Record<string, string>> };
  readonly claims: { readonly jti: string; readonly iat: number; readonly htu: string };
  readonly request: { readonly method: string; readonly url: string };
  readonly proof: string;
  readonly jkt: string;
  readonly accessToken?: string;
  readonly ath?: string;
}

const { proofs } = readVectors('oauth/rfc9449-dpop.json') as { proofs: readonly Vector[] };

async function load(name: 'node' | 'web'): Promise<typeof signing> {
  vi.resetModules();
  vi.doMock('#crypto', () =>
    name === 'node' ? import('../../src/crypto/node.js') : import('../../src/crypto/web.js'),
  );
  const module = await import('../../src/signing.js');
  vi.doUnmock('#crypto');
  return module;
}

const both = [
  { name: 'node', ...(await load('node')) },
  { name: 'web', ...(await load('web')) },
];

describe.each(both)('signDpopProof, by the $name back end', ({ createDpopKey, signDpopProof, jwkThumbprint }) => {
  it.each(proofs)('says what RFC 9449 §$id says, byte by byte', async ({ claims, request, proof, accessToken }) => {
    const key = await createDpopKey();
    const signed = await signDpopProof({ ...request, ...(accessToken !== undefined && { accessToken }) }, key, {
      clock: createTestClock(claims.iat),
      random: () => new Uint8Array(Buffer.from(claims.jti, 'base64url')),
    });
    expect(signed.split('.')[1]).toBe(proof.split('.')[1]);
    expect(decodeProtectedHeader(signed)).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk });
  });

  it.each(proofs)('has the thumbprint of RFC 9449 §$id (RFC 7638 §3)', ({ header, jkt }) => {
    expect(jwkThumbprint(header.jwk)).toBe(jkt);
    expect(jwkThumbprint({ ...header.jwk, kid: 'a', use: 'sig', alg: 'ES256' })).toBe(jkt);
  });

  it.each(asymmetricAlgorithms)('signs with a new key for %s, which another library verifies', async (algorithm) => {
    const key = await createDpopKey({ algorithm });
    const proof = await signDpopProof(
      { method: 'GET', url: 'https://api.example/a?b#c', accessToken: 't', nonce: 'n' },
      key,
    );
    const publicKey = await importJWK({ ...key.publicJwk }, algorithm);
    const { payload, protectedHeader } = await jwtVerify(proof, publicKey, { typ: 'dpop+jwt' });
    expect(payload).toMatchObject({ htm: 'GET', htu: 'https://api.example/a', nonce: 'n', ath: expect.any(String) });
    expect(protectedHeader.jwk).toEqual(key.publicJwk);
    expect(key.thumbprint).toBe(await calculateJwkThumbprint({ ...key.publicJwk }));
    expect(Object.keys(key.publicJwk).filter((name) => !['kty', 'crv', 'x', 'y', 'n', 'e'].includes(name))).toEqual([]);
  });

  it('signs with a key that is there, and shows only its public part', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const privateJwk = await exportJWK(privateKey);
    const key = await createDpopKey({ privateJwk });
    expect(key.thumbprint).toBe(await calculateJwkThumbprint(privateJwk));
    expect(JSON.stringify(key)).not.toContain(privateJwk.d);
    const proof = await signDpopProof({ method: 'GET', url: 'https://api.example/' }, key);
    expect(proof).not.toContain(privateJwk.d);
    expect(decodeJwt(proof)).not.toHaveProperty('ath');
  });

  it('makes each proof new', async () => {
    const key = await createDpopKey();
    const make = async (): Promise<string> => signDpopProof({ method: 'GET', url: 'https://api.example/' }, key);
    const [one, two] = [await make(), await make()].map((proof) => decodeJwt(proof).jti);
    expect(one).toMatch(/^[\w-]{16}$/);
    expect(one).not.toBe(two);
  });

  it.each(['ftp://a.example/', 'file:///etc', 'a'])('signs nothing for %s', async (url) => {
    const key = await createDpopKey();
    expect(() => signDpopProof({ method: 'GET', url }, key)).toThrow(TypeError);
  });

  it.each<[object, string]>([
    [{ algorithm: 'HS256' }, 'unknown-algorithm'],
    [{ algorithm: 'none' }, 'unknown-algorithm'],
    [{ alg: 'ES256' }, 'unknown-option'],
    [{ privateJwk: { kty: 'EC' } }, 'malformed-key'],
    [{ algorithm: 'RS256', privateJwk: { kty: 'oct', k: 'AAAA' } }, 'symmetric-key-published'],
  ])('takes no options %j', async (options, reason) => {
    await expect(createDpopKey(options)).rejects.toMatchObject({ faults: [{ reason }] });
  });

  it.each([
    {},
    { kty: 'oct', k: 'AA' },
    { kty: 'EC', crv: 'P-256', x: 'A' },
    { kty: 'toString' },
    { kty: 'RSA', n: 1, e: 'AQAB' },
  ])('has no thumbprint for %j', (jwk) => {
    expect(() => jwkThumbprint(jwk)).toThrow(TypeError);
  });

  it('makes what the guard of either back end takes', async () => {
    const [signer, key] = [await makeSigner('ES256'), await createDpopKey()];
    const token = await signer.sign(claimsOf({ cnf: { jkt: key.thumbprint } }));
    const clock = createTestClock(startOfTests);
    for (const { core } of backends) {
      const access = core.jwt({ issuer, audience: 'api', jwks: { keys: [signer.jwk] }, dpop: 'require' });
      const auth = core.createAuth({ schemes: { access }, clock });
      const proof = await signDpopProof({ method: 'GET', url: 'https://api.example/', accessToken: token }, key, {
        clock,
      });
      expect((await auth.check(dpopRequest(token, proof), { scheme: 'access' })).kind).toBe('allow');
    }
  });
});
