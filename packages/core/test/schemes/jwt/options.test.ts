import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { isConfigurationError, jwt, type Fault, type JwtOptions } from '../../../src/index.js';
import { allowed, benchOf, startOfTests } from '../../fixtures/guard.js';
import { sends } from '../../fixtures/request.js';
import { makeKeyPair } from '../../fixtures/signatures.js';
import { claimsOf, issuer, makeSigner } from '../../fixtures/tokens.js';

const { jwk } = makeKeyPair('ES256');
const valid: JwtOptions = { issuer, audience: 'api', jwks: { keys: [jwk] } };
const secretOf = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');
const random = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 37 + 11) % 256));
const withSecret = (secretBase64: unknown, more: object = {}) => ({ jwks: undefined, secretBase64, ...more });

function faultsOf(change: object): readonly Fault[] {
  const options = Object.fromEntries(
    Object.entries({ ...valid, ...change }).filter(([, value]) => value !== undefined),
  );
  try {
    jwt(options as unknown as JwtOptions);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    return error.faults;
  }
  return [];
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;

describe('jwt', () => {
  it.each([
    ['public keys', {}],
    ['a shared secret', withSecret(secretOf(random.subarray(0, 32)))],
    ['a long secret for HS512', withSecret(secretOf(random), { algorithms: ['HS512'] })],
    [
      'all options',
      {
        audience: ['a', 'b'],
        algorithms: ['ES256'],
        profile: 'rfc9068',
        clockToleranceSeconds: 300,
        maxLifetimeSeconds: 1,
        maxTokenAgeSeconds: 1,
        realm: 'a',
        accessTokenParameter: 'ignore',
      },
    ],
    [
      'a set with keys for other uses beside',
      { jwks: { keys: [jwk, { kty: 'OKP', crv: 'X25519' }, { ...jwk, use: 'enc' }] } },
    ],
  ])('takes %s', (_, change) => {
    expect(faultsOf(change)).toEqual([]);
  });

  it.each([
    ['no issuer', { issuer: '' }, 'issuer', 'issuer-required'],
    ['no audience', { audience: undefined }, 'audience', 'audience-required'],
    ['an empty list of audiences', { audience: [] }, 'audience', 'audience-required'],
    ['an empty audience among others', { audience: ['api', ''] }, 'audience', 'audience-required'],
    [
      'no keys, of an issuer that is no URL to discover them from',
      { jwks: undefined, issuer: 'the issuer' },
      'jwks',
      'keys-required',
    ],
    ['keys and a secret', { secretBase64: secretOf(random) }, 'jwks', 'keys-required'],
    ['an unknown option', { audiences: 'api' }, 'audiences', 'unknown-option'],
    ['alg none', { algorithms: ['none'] }, 'algorithms', 'unknown-algorithm'],
    ['an algorithm in lower case', { algorithms: ['es256'] }, 'algorithms', 'unknown-algorithm'],
    ['no algorithm', { algorithms: [] }, 'algorithms', 'invalid-option'],
    [
      'HS256 beside public keys (RFC 8725 §3.1)',
      { algorithms: ['ES256', 'HS256'] },
      'algorithms',
      'mixed-algorithm-families',
    ],
    [
      'ES256 beside a secret',
      withSecret(secretOf(random), { algorithms: ['ES256'] }),
      'algorithms',
      'mixed-algorithm-families',
    ],
    ['a set that is null', { jwks: null }, 'jwks', 'malformed-jwks'],
    ['an empty set', { jwks: { keys: [] } }, 'jwks', 'no-usable-key'],
    ['a private key', { jwks: { keys: [jwk, { ...jwk, d: 'x' }] } }, 'jwks.keys[1]', 'private-key-published'],
    [
      'a symmetric key in the set',
      { jwks: { keys: [{ kty: 'oct', k: 'x' }] } },
      'jwks.keys[0]',
      'symmetric-key-published',
    ],
    ['a point off its curve', { jwks: { keys: [{ ...jwk, y: jwk['x'] }] } }, 'jwks', 'malformed-key'],
    [
      'a secret without padding',
      withSecret(secretOf(random.subarray(0, 32)).replace(/=+$/, '')),
      'secretBase64',
      'malformed-secret',
    ],
    ['a secret that is no text', withSecret(5), 'secretBase64', 'malformed-secret'],
    [
      'a secret of 31 bytes (RFC 7518 §3.2)',
      withSecret(secretOf(random.subarray(0, 31))),
      'secretBase64',
      'weak-secret',
    ],
    [
      'a secret of 32 bytes for HS512',
      withSecret(secretOf(random.subarray(0, 32)), { algorithms: ['HS256', 'HS512'] }),
      'secretBase64',
      'weak-secret',
    ],
    ['an empty secret', withSecret(''), 'secretBase64', 'weak-secret'],
    ['zeros for a secret', withSecret(secretOf(new Uint8Array(64))), 'secretBase64', 'weak-secret'],
    [
      'a secret from a manual',
      withSecret(secretOf('a-string-secret-at-least-256-bits-long')),
      'secretBase64',
      'weak-secret',
    ],
    [
      'a PEM key as a secret (CVE-2022-23541)',
      withSecret(secretOf(rsa.export({ format: 'pem', type: 'spki' }))),
      'secretBase64',
      'public-key-as-secret',
    ],
    [
      'a PEM key behind spaces',
      withSecret(secretOf(`  \r\n${rsa.export({ format: 'pem', type: 'pkcs1' }) as string}`)),
      'secretBase64',
      'public-key-as-secret',
    ],
    [
      'a DER key as a secret',
      withSecret(secretOf(rsa.export({ format: 'der', type: 'spki' }))),
      'secretBase64',
      'public-key-as-secret',
    ],
    ['a JWK as a secret', withSecret(secretOf(JSON.stringify(jwk))), 'secretBase64', 'public-key-as-secret'],
    [
      'a JWK Set as a secret',
      withSecret(secretOf(JSON.stringify({ keys: [jwk] }))),
      'secretBase64',
      'public-key-as-secret',
    ],
    [
      'an OpenSSH key as a secret',
      withSecret(secretOf('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ me@example')),
      'secretBase64',
      'public-key-as-secret',
    ],
    ['an unknown profile', { profile: 'strict' }, 'profile', 'invalid-option'],
    ['a tolerance of 301 seconds', { clockToleranceSeconds: 301 }, 'clockToleranceSeconds', 'tolerance-too-large'],
    ['an endless tolerance', { clockToleranceSeconds: Infinity }, 'clockToleranceSeconds', 'tolerance-too-large'],
    ['a negative tolerance', { clockToleranceSeconds: -1 }, 'clockToleranceSeconds', 'invalid-option'],
    ['a tolerance in text', { clockToleranceSeconds: '5' }, 'clockToleranceSeconds', 'invalid-option'],
    ['a tolerance in a list', { clockToleranceSeconds: [5] }, 'clockToleranceSeconds', 'invalid-option'],
    ['a lifetime of zero', { maxLifetimeSeconds: 0 }, 'maxLifetimeSeconds', 'invalid-option'],
    ['a lifetime in text', { maxLifetimeSeconds: '3600' }, 'maxLifetimeSeconds', 'invalid-option'],
    ['an age in text', { maxTokenAgeSeconds: '300' }, 'maxTokenAgeSeconds', 'invalid-option'],
    ['an age of zero', { maxTokenAgeSeconds: 0 }, 'maxTokenAgeSeconds', 'invalid-option'],
    ['a realm with a line break', { realm: 'a\r\nb' }, 'realm', 'invalid-option'],
    [
      'an accessTokenParameter that accepts',
      { accessTokenParameter: 'accept' },
      'accessTokenParameter',
      'invalid-option',
    ],
    ['claims that are no function', { claims: {} }, 'claims', 'invalid-option'],
  ])('refuses %s with its path, and shows no secret', (_, change, path, reason) => {
    const faults = faultsOf(change);
    expect(faults.map((fault) => ({ path: fault.path, reason: fault.reason }))).toEqual([{ path, reason }]);
    expect(JSON.stringify(faults)).not.toContain(secretOf(random).slice(0, 20));
  });

  it('tells every fault at once', () => {
    const paths = faultsOf({ issuer: 5, audience: undefined, profile: 'x', clockToleranceSeconds: -1, colour: 1 }).map(
      ({ path }) => path,
    );
    expect(paths).toEqual(['colour', 'issuer', 'audience', 'profile', 'clockToleranceSeconds']);
  });
});

describe('principals of tokens', () => {
  it('share nothing that a handler could change for others', async () => {
    const signer = await makeSigner('ES256');
    const { decide } = benchOf({ access: jwt({ issuer, audience: 'api', jwks: { keys: [signer.jwk] } }) });
    const request = async () => sends({ authorization: `Bearer ${await signer.sign(claimsOf({ scope: undefined }))}` });
    const [first, second] = [
      allowed(await decide({ scheme: 'access' }, await request())),
      allowed(await decide({ scheme: 'access' }, await request())),
    ];
    (first.principal!.roles as Set<string>).add('admin');
    (first.principal!.scopes as Set<string>).add('everything');
    expect([...second.principal!.roles, ...second.principal!.scopes]).toEqual([]);
  });

  it('give claims the type that the option makes of them', async () => {
    const signer = await makeSigner('ES256');
    const access = jwt({
      issuer,
      audience: 'api',
      jwks: { keys: [signer.jwk] },
      claims: ({ tenant }) => ({ tenant: String(tenant) }),
    });
    const { decide } = benchOf({ access });
    const token = await signer.sign(claimsOf({ tenant: 7, exp: startOfTests + 60 }));
    const { principal } = allowed(await decide({ scheme: 'access' }, sends({ authorization: `Bearer ${token}` })));
    expect(principal).toMatchObject({
      subject: 'ann',
      issuer,
      clientId: 'app',
      credentialId: 't1',
      claims: { tenant: '7' },
    });
  });
});
