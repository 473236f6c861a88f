import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { inspect } from 'node:util';

import * as fc from 'fast-check';
import { compactVerify, importJWK, jwtVerify } from 'jose';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { jwt } from '../../../src/index.js';
import { createSigningKey, signToken } from '../../../src/signing.js';
import { signCompact } from '../../../src/crypto/jws.js';
import { allowed, benchOf, startOfTests } from '../../fixtures/guard.js';
import { sends } from '../../fixtures/request.js';

const chosen = vi.hoisted(() => ({ backend: 'node:crypto' }));
vi.mock('#crypto', async (load) => {
  const { crypto: node } = await load<{ crypto: object }>();
  const { crypto: web } = await import('../../../src/crypto/web.js');
  const backend = (): object => (chosen.backend === 'node:crypto' ? node : web);
  return { crypto: new Proxy(node, { get: (_target, name) => Reflect.get(backend(), name) as unknown }) };
});

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

// RFC 7515 §A.1, and RFC 8037 §A.1 and §A.4: private keys that the RFCs publish.
const hmacKey = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';
const rfc7515Payload = '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}';
const ed25519Key = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};

const algorithms = ['RS256', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const;
type Algorithm = (typeof algorithms)[number];

function pairOf(algorithm: Algorithm): ReturnType<typeof generateKeyPairSync> {
  if (algorithm.startsWith('E') && algorithm.includes('d')) return generateKeyPairSync('ed25519');
  if (algorithm.startsWith('ES'))
    return generateKeyPairSync('ec', {
      namedCurve: { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[algorithm as 'ES256'],
    });
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

const pairs = new Map(algorithms.map((algorithm) => [algorithm, pairOf(algorithm)]));
const jwkOf = (algorithm: Algorithm): Record<string, unknown> =>
  pairs.get(algorithm)!.privateKey.export({ format: 'jwk' });
const pemOf = (algorithm: Algorithm): string =>
  pairs.get(algorithm)!.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

describe.each(['node:crypto', 'Web Crypto'])('signing by %s', (backend) => {
  beforeEach(() => void (chosen.backend = backend));

  it('gives the bytes of RFC 7515 §A.1 (HS256)', async () => {
    const secretBase64 = Buffer.from(hmacKey, 'base64url').toString('base64');
    const key = await createSigningKey({ algorithm: 'HS256', secretBase64 });
    expect(await signCompact('{"typ":"JWT",\r\n "alg":"HS256"}', utf8(rfc7515Payload), key)).toBe(
      'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    );
  });

  it('gives the bytes of RFC 8037 §A.4 (EdDSA)', async () => {
    const key = await createSigningKey({ algorithm: 'EdDSA', privateJwk: ed25519Key });
    expect(await signCompact('{"alg":"EdDSA"}', utf8('Example of Ed25519 signing'), key)).toBe(
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    );
  });

  it.each(algorithms)('makes %s tokens that jose and node:crypto take, from a JWK and from PEM', async (algorithm) => {
    const claims = { iss: 'https://issuer.example', sub: 'svc-1', exp: 4_102_444_800 };
    const publicJwk = createPublicKey(pairs.get(algorithm)!.privateKey).export({ format: 'jwk' });
    for (const source of [{ privateJwk: jwkOf(algorithm) }, { privateKeyPem: pemOf(algorithm) }]) {
      const key = await createSigningKey({ ...source, algorithm, keyid: 'k1' });
      const token = await signToken(claims, key);
      const { payload, protectedHeader } = await jwtVerify(token, await importJWK(publicJwk as never, algorithm));
      expect({ payload, protectedHeader }).toEqual({
        payload: claims,
        protectedHeader: { alg: algorithm, typ: 'at+jwt', kid: 'k1' },
      });
    }
  });

  it('writes every ECDSA signature in full length, leading zeros and all (RFC 7518 §3.4)', async () => {
    for (const algorithm of ['ES256', 'ES512'] as const) {
      const key = await createSigningKey({ algorithm, privateJwk: jwkOf(algorithm) });
      const publicKey = createPublicKey(pairs.get(algorithm)!.privateKey);
      // One number in 256 begins with a zero octet.
      for (let i = 0; i < 600; i++) {
        const data = utf8(`message ${i}`);
        const signature = await key.sign(data);
        const good = verify(
          { ES256: 'sha256', ES512: 'sha512' }[algorithm],
          data,
          { key: publicKey, dsaEncoding: 'ieee-p1363' },
          signature,
        );
        expect({ length: signature.length, good }).toEqual({
          length: { ES256: 64, ES512: 132 }[algorithm],
          good: true,
        });
      }
    }
  });

  it('refuses what is no key for the algorithm, and shows nothing of it', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    const secretBase64 = Buffer.alloc(32, 'abcdefghijk').toString('base64');
    const cases = [
      [{ algorithm: 'ES256', privateJwk: jwkOf('ES384') }, 'privateJwk', 'alg-key-mismatch'],
      [{ algorithm: 'ES256', privateJwk: { ...jwkOf('ES256'), alg: 'ES384' } }, 'privateJwk', 'unknown-key-type'],
      [{ algorithm: 'ES256', privateJwk: { ...jwkOf('ES256'), use: 'enc' } }, 'privateJwk', 'not-a-verification-key'],
      [
        { algorithm: 'ES256', privateJwk: { ...jwkOf('ES256'), key_ops: ['verify'] } },
        'privateJwk',
        'not-a-verification-key',
      ],
      [{ algorithm: 'RS256', privateJwk: weak.export({ format: 'jwk' }) }, 'privateJwk', 'weak-key'],
      [
        { algorithm: 'RS256', privateKeyPem: weak.export({ format: 'pem', type: 'pkcs8' }) },
        'privateKeyPem',
        'weak-key',
      ],
      [
        { algorithm: 'ES256', privateKeyPem: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----' },
        'privateKeyPem',
        'malformed-key',
      ],
      [{ algorithm: 'ES256', privateJwk: { ...jwkOf('ES256'), d: undefined } }, 'privateJwk', 'malformed-key'],
      [{ algorithm: 'HS512', secretBase64 }, 'secretBase64', 'weak-secret'],
      [{ algorithm: 'HS256', privateJwk: jwkOf('ES256') }, 'algorithm', 'mixed-algorithm-families'],
      [{ algorithm: 'none', privateJwk: jwkOf('ES256') }, 'algorithm', 'unknown-algorithm'],
      [{ algorithm: 'ES256' }, 'privateJwk', 'keys-required'],
      [{ algorithm: 'ES256', privateJwk: jwkOf('ES256'), kid: 'k' }, 'kid', 'unknown-option'],
    ] as const;
    for (const [options, path, reason] of cases) {
      const error: unknown = await createSigningKey(options as never).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ faults: [expect.objectContaining({ path, reason })] });
      const secrets = ['d', 'p', 'k'].flatMap((name) => (jwkOf('ES256')[name] as string | undefined) ?? []);
      for (const secret of secrets) expect(inspect(error, { depth: null })).not.toContain(secret);
    }
  });

  it('keeps the key to itself', async () => {
    const key = await createSigningKey({ algorithm: 'EdDSA', privateJwk: ed25519Key });
    const text = inspect(key, { depth: null, showHidden: true }) + JSON.stringify(key);
    expect(text).not.toContain(ed25519Key.d);
    expect(JSON.parse(JSON.stringify(key))).toEqual({ algorithm: 'EdDSA' });
  });
});

describe('signToken', () => {
  const key = createSigningKey({ algorithm: 'EdDSA', privateJwk: { ...ed25519Key, kid: 'k1' } });
  const { d: _d, ...publicJwk } = ed25519Key;

  it('makes an access token that jwt() takes, and a token of another type that it does not', async () => {
    const bench = benchOf({
      access: jwt({
        issuer: 'https://issuer.example',
        audience: 'https://api.example',
        jwks: { keys: [{ ...publicJwk, kid: 'k1' }] },
      }),
    });
    const claims = { iss: 'https://issuer.example', aud: 'https://api.example', sub: 'svc-1', exp: startOfTests + 60 };
    const present = async (token: string) =>
      bench.decide({ scheme: 'access' }, sends({ authorization: `Bearer ${token}` }));
    expect(allowed(await present(await signToken(claims, await key))).principal?.subject).toBe('svc-1');
    expect((await present(await signToken(claims, await key, { type: 'logout+jwt' }))).kind).toBe('refuse');
  });

  it.each([
    ['a list', []],
    ['null', null],
    ['text', 'sub'],
    ['a number that JSON cannot hold', { exp: 1n }],
    ['half a character', { sub: '\ud800' }],
    ['half a character in a name', { ['\udc00']: 1 }],
  ])('takes no claims that are %s', async (_, claims) => {
    expect(() => signToken(claims as never, null as never)).toThrow(TypeError);
  });

  it('writes what a reader reads back, whatever the text', async () => {
    const signing = await key;
    const verifying = await importJWK(publicJwk, 'EdDSA');
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })),
        async (claims) => {
          const { payload } = await compactVerify(await signToken(claims, signing), verifying);
          expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(claims);
        },
      ),
      { numRuns: 50 },
    );
  });
});
