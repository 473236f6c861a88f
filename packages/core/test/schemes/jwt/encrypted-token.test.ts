import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';

import { CompactEncrypt, importJWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';

import { isConfigurationError, jwt, type JwtOptions } from '../../../src/index.js';
import { createSigningKey, signToken } from '../../../src/signing.js';
import { benchOf, startOfTests } from '../../fixtures/guard.js';
import { sends } from '../../fixtures/request.js';

const jwkOf = (key: ReturnType<typeof generateKeyPairSync>['privateKey']) => key.export({ format: 'jwk' });
const signing = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const decryptionKeys = [
  { ...jwkOf(rsa.privateKey), kid: 'rsa', alg: 'RSA-OAEP-256' },
  { ...jwkOf(ec.privateKey), kid: 'ec', alg: 'ECDH-ES' },
];
const options = {
  issuer: 'https://issuer.example',
  audience: 'https://api.example',
  jwks: { keys: [{ ...signing.publicKey.export({ format: 'jwk' }) }] },
} satisfies JwtOptions;
const claims = { iss: options.issuer, aud: options.audience, sub: 'ann', exp: startOfTests + 60 };

let signed: string;
beforeAll(async () => {
  signed = await signToken(
    claims,
    await createSigningKey({ algorithm: 'EdDSA', privateJwk: jwkOf(signing.privateKey) }),
  );
});

interface Header {
  readonly alg: string;
  readonly enc: string;
  readonly kid?: string;
}
const rsaHeader: Header = { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'rsa' };

async function encrypt(text: string, header: Header, key = rsa): Promise<string> {
  const publicKey = await importJWK(key.publicKey.export({ format: 'jwk' }), header.alg);
  return new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader({ ...header }).encrypt(publicKey);
}

async function reasonFor(token: string, more: Partial<JwtOptions> = { decryptionKeys }): Promise<string | undefined> {
  const bench = benchOf({ access: jwt({ ...options, ...more } as JwtOptions) });
  const decision = await bench.decide({ scheme: 'access' }, sends({ authorization: `Bearer ${token}` }));
  const told = decision.kind === 'refuse' ? decision.code : decision.principal?.subject;
  expect(told).toBe(decision.kind === 'refuse' ? 'invalid-token' : 'ann');
  return bench.events[0]?.reason;
}

describe('an encrypted token', () => {
  it('is taken where it holds a good signed one, with and without a kid (RFC 7519 §5.2)', async () => {
    expect(await reasonFor(await encrypt(signed, rsaHeader))).toBe('ok');
    expect(await reasonFor(await encrypt(signed, { alg: 'ECDH-ES', enc: 'A128CBC-HS256', kid: 'ec' }, ec))).toBe('ok');
    expect(await reasonFor(await encrypt(signed, { alg: 'RSA-OAEP-256', enc: 'A256GCM' }))).toBe('ok');
  });

  it('is none of ours without decryptionKeys', async () => {
    expect(await reasonFor(await encrypt(signed, rsaHeader), {})).toBe('malformed-token');
  });

  it('proves nothing by itself: its claims must be signed', async () => {
    expect(await reasonFor(await encrypt(JSON.stringify(claims), rsaHeader))).toBe('not-signed');
    expect(await reasonFor(await encrypt('no token', rsaHeader))).toBe('malformed-token');
  });

  it('is held to all that a token outside is held to', async () => {
    const key = await createSigningKey({ algorithm: 'EdDSA', privateJwk: jwkOf(signing.privateKey) });
    const of = async (more: object, type = 'at+jwt') =>
      reasonFor(await encrypt(await signToken({ ...claims, ...more }, key, { type }), rsaHeader));
    expect(await of({ exp: startOfTests - 60 })).toBe('expired');
    expect(await of({ aud: 'https://else.example' })).toBe('bad-audience');
    expect(await of({ iss: 'https://else.example' })).toBe('bad-issuer');
    expect(await of({}, 'logout+jwt')).toBe('bad-type');
    const [header, payload] = signed.split('.');
    const forged = `${header}.${payload}.${Buffer.alloc(64, 1).toString('base64url')}`;
    expect(await reasonFor(await encrypt(forged, rsaHeader))).toBe('signature-mismatch');
  });

  it('is refused with another key, another algorithm of our key, and where a byte was changed', async () => {
    expect(await reasonFor(await encrypt(signed, { ...rsaHeader, kid: 'else' }))).toBe('unknown-key');
    expect(await reasonFor(await encrypt(signed, { ...rsaHeader, kid: 'ec' }))).toBe('alg-key-mismatch');
    expect(await reasonFor(await encrypt(signed, { ...rsaHeader, alg: 'RSA-OAEP-512' }))).toBe('alg-not-allowed');
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await reasonFor(await encrypt(signed, rsaHeader, other))).toBe('decryption-failed');
    const parts = (await encrypt(signed, rsaHeader)).split('.');
    const changed = Buffer.from(parts[3]!, 'base64url');
    changed[0]! ^= 1;
    expect(await reasonFor(parts.with(3, changed.toString('base64url')).join('.'))).toBe('decryption-failed');
  });

  it('of six parts, or with an empty one, is malformed', async () => {
    const token = await encrypt(signed, rsaHeader);
    expect(await reasonFor(`${token}.x`)).toBe('malformed-token');
    expect(await reasonFor(token.split('.').with(3, '').join('.'))).toBe('malformed-token');
  });
});

describe('decryptionKeys', () => {
  const [rsaKey, ecKey] = decryptionKeys as readonly object[] as [{ readonly d: string }, object];
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;

  it.each([
    ['no list', rsaKey, 'decryptionKeys'],
    ['an empty list', [], 'decryptionKeys'],
    ['a public key', [{ ...rsaKey, d: undefined }], 'decryptionKeys[0]'],
    ['no alg', [{ ...ecKey, alg: undefined }], 'decryptionKeys[0]'],
    ['RSA1_5', [{ ...rsaKey, alg: 'RSA1_5' }], 'decryptionKeys[0]'],
    ['a password algorithm', [{ ...rsaKey, alg: 'PBES2-HS256+A128KW' }], 'decryptionKeys[0]'],
    ['a key of another type', [rsaKey, { ...ecKey, alg: 'RSA-OAEP-256' }], 'decryptionKeys[1]'],
    ['a key for signatures', [{ ...ecKey, use: 'sig' }], 'decryptionKeys[0]'],
    ['RSA of 1024 bits', [{ ...jwkOf(weak), alg: 'RSA-OAEP-256' }], 'decryptionKeys[0]'],
  ])('refuses %s, and shows nothing of it', (_, keys, path) => {
    let thrown: unknown;
    try {
      jwt({ ...options, decryptionKeys: keys as never });
    } catch (error) {
      thrown = error;
    }
    expect(isConfigurationError(thrown) && thrown.faults.map((fault) => fault.path)).toEqual([path]);
    expect(inspect(thrown, { depth: null })).not.toContain(rsaKey.d);
  });
});
