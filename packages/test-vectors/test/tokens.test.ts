import {
  compactDecrypt,
  compactVerify,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  importJWK,
  jwtVerify,
  type JSONWebKeySet,
  type JWK,
} from 'jose';
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import type { Case, Expectation, JsonObject } from '../src/case.js';
import { loadCases, loadConfigurations, loadTexts } from '../src/data.js';
import { replaceIn } from '../src/placeholders.js';

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../vectors/keys/${name}`, import.meta.url), 'utf8'));
const publicKeys = read('public.json') as Record<string, JWK>;
const { keys: privateKeys, secrets } = read('private.json') as {
  keys: Record<string, JWK>;
  secrets: Record<string, string>;
};
const { token: tokens } = loadTexts();
const configurations = loadConfigurations();

interface Use {
  readonly name: string;
  readonly configuration: string;
  readonly expected: Expectation;
}

/** Every step with a bearer token, and what is expected of it. */
const steps: readonly Use[] = loadCases().flatMap((one: Case) =>
  (one.steps ?? []).flatMap((step) => {
    if (!('request' in step)) return [];
    const { request, expect: written } = step;
    const expected = replaceIn(written, loadTexts(), [
      'issuer',
      'control',
      'answer',
      'secret',
      'proof',
      'kept',
      'file',
    ]);
    const bearer = (request.headers ?? []).filter(([name]) => name.toLowerCase() === 'authorization');
    const name = /^Bearer \{\{token:([a-z0-9-]+)\}\}$/.exec(bearer[0]?.[1] ?? '')?.[1];
    const audited = !Array.isArray(expected) && (expected as Expectation).audit?.reason !== 'public';
    return name !== undefined && bearer.length === 1 && audited
      ? [{ name, configuration: one.configuration, expected: expected as Expectation }]
      : [];
  }),
);
/** The same token, used in the same way by several steps, once. */
const uses = [...new Map(steps.map((use) => [JSON.stringify(use), use])).values()]
  // What an opaque token is worth, its issuer alone says.
  .filter((use) => schemeOf(use)['type'] !== 'introspection');
const refusedFor = (...reasons: readonly string[]): [string, Use][] =>
  uses
    .filter(({ expected }) => reasons.includes(expected.audit?.reason ?? '') && expected.audit?.outcome === 'refuse')
    .map((use) => [use.name, use]);

function schemeOf({ configuration, expected }: Use): JsonObject {
  const { schemes } = configurations[configuration]!;
  const named = schemes[expected.audit?.scheme ?? ''];
  // Where a certificate is asked for too, the event may name its scheme.
  if (named !== undefined && named['type'] !== 'mtls') return named;
  return Object.values(schemes).find(({ type }) => type !== 'mtls')!;
}

/** Whether the signature is right, whatever the header says and however the parts are spelt. */
function isSigned(token: string, jwk: JWK): boolean {
  const input = token.slice(0, token.lastIndexOf('.'));
  const signature = Buffer.from(token.slice(input.length + 1), 'base64url');
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  if (jwk.kty === 'OKP') return verify(null, Buffer.from(input), key, signature);
  return verify('sha256', Buffer.from(input), jwk.kty === 'EC' ? { key, dsaEncoding: 'ieee-p1363' } : key, signature);
}

describe('tokens that pass', () => {
  const allowed = uses.filter(
    ({ expected, name }) => (expected.status === 200 || expected.status === 403) && !name.startsWith('jwe-'),
  );

  it.each(allowed.map((use) => [use.name, use] as const))('%s verifies', async (_, use) => {
    const scheme = schemeOf(use);
    const issuers = (scheme['issuers'] as JsonObject[] | undefined) ?? [scheme];
    const { iss } = decodeJwt(tokens[use.name]!);
    const issuer = issuers.find((one) => issuersOf(one).includes(iss!))!;
    const options = {
      issuer: issuersOf(issuer),
      audience: issuer['audience'] as string,
      algorithms: [...(scheme['algorithms'] as string[]), 'Ed25519', 'EdDSA'],
      currentDate: new Date(configurations[use.configuration]!.clock.at),
      clockTolerance: Number(scheme['clockToleranceSeconds']),
    };
    const keys =
      scheme['secretBase64'] === undefined
        ? await fitting(keysOf(issuer), tokens[use.name]!)
        : [Buffer.from(scheme['secretBase64'] as string, 'base64')];
    const results = await Promise.allSettled(
      keys.map((key) => jwtVerify(tokens[use.name]!, key as Uint8Array, options)),
    );
    const verified = results.find((result) => result.status === 'fulfilled');
    // The principal may be that of a certificate, which has none.
    const told = use.expected.principal?.claims ?? {};
    const claims = Object.keys(told).length > 0 ? told : decodeJwt(tokens[use.name]!);
    expect(verified?.value.payload).toEqual(claims);
  });
});

/** An issuer, or those that a template stands for. */
function issuersOf({ issuer, tenants }: JsonObject): string[] {
  const named = issuer as string;
  return tenants === undefined ? [named] : (tenants as string[]).map((tenant) => named.replace('{tenant}', tenant));
}

/** The keys of an issuer; of one that serves them, those that it may serve. */
function keysOf({ jwks, jwksUri }: JsonObject): JSONWebKeySet {
  return jwksUri === undefined ? (jwks as unknown as JSONWebKeySet) : { keys: Object.values(publicKeys) };
}

/** The keys of a set that a token could be signed with. */
async function fitting({ keys }: JSONWebKeySet, token: string): Promise<readonly unknown[]> {
  const { kid, alg } = decodeProtectedHeader(token);
  const kty = /^(?:RS|PS)/.test(alg!) ? 'RSA' : alg!.startsWith('ES') ? 'EC' : 'OKP';
  return Promise.all(
    keys
      .filter((key) => (kid === undefined || key.kid === kid) && key.kty === kty)
      .map((key) => importJWK({ ...key, alg: alg! }, alg)),
  );
}

describe('tokens with a fault in the claims', () => {
  const reasons = [
    'expired',
    'not-yet-valid',
    'too-old',
    'lifetime-too-long',
    'bad-issuer',
    'bad-audience',
    'missing-claim',
    'bound-token-as-bearer',
    'confirmation-unsupported',
    'insufficient-scope',
    'bad-type',
  ];

  it.each(refusedFor(...reasons).filter(([name]) => name !== 'dpop-proof'))(
    '%s is signed by its issuer',
    async (_, { name }) => {
      const { payload } = await compactVerify(
        tokens[name]!,
        createLocalJWKSet({ keys: [publicKeys['rs']!, publicKeys['es']!] as JWK[] }),
      );
      expect(JSON.parse(Buffer.from(payload).toString())).toBeTypeOf('object');
    },
  );

  it('dpop-proof is signed by the key in its header', async () => {
    await expect(
      compactVerify(tokens['dpop-proof']!, await importJWK(publicKeys['attacker-es']!, 'ES256')),
    ).resolves.toBeDefined();
  });
});

describe('tokens with a fault in the form', () => {
  const unsigned = /^(?:segments-|dots|padded|base64-alphabet|deep-header|sig-empty|jwe-|respelt-signature)/;
  const all = refusedFor('malformed-token', 'crit-not-understood').filter(([name]) => !unsigned.test(name));

  it.each(all)('%s is signed all the same', (_, { name }) => {
    expect(isSigned(tokens[name]!, publicKeys['rs']!)).toBe(true);
  });

  it.each(['padded', 'base64-alphabet', 'respelt-signature'])('%s would pass a lenient decoder', (name) => {
    expect(isSigned(tokens[name]!, publicKeys['rs']!)).toBe(true);
    expect(tokens[name]!.split('.').some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part)).toBe(
      true,
    );
  });

  it.each(['header', 'payload', 'signature'])('respelt-%s has a second spelling there alone', (part) => {
    const spelt = tokens[`respelt-${part}`]!.split('.').map(
      (text) => Buffer.from(text, 'base64url').toString('base64url') !== text,
    );
    expect(spelt).toEqual(['header', 'payload', 'signature'].map((other) => other === part));
  });
});

describe('tokens with a fault in the signature', () => {
  it.each(refusedFor('signature-mismatch'))('%s does not verify', async (_, use) => {
    const scheme = schemeOf(use);
    const [first] = (scheme['issuers'] as JsonObject[] | undefined) ?? [scheme];
    const keys = await fitting(first!['jwks'] as unknown as JSONWebKeySet, tokens[use.name]!);
    expect(keys).toHaveLength(1);
    await expect(
      compactVerify(tokens[use.name]!, keys[0] as Uint8Array, { algorithms: [...(scheme['algorithms'] as string[])] }),
    ).rejects.toThrow('signature verification failed');
  });

  it('have the lengths that their names say', () => {
    const length = (name: string) => Buffer.from(tokens[name]!.split('.')[2]!, 'base64url').length;
    expect(
      ['sig-es-cut', 'sig-es-long', 'rsa-short', 'ecdsa-zero', 'ecdsa-high-s', 'eddsa-s-plus-l'].map(length),
    ).toEqual([63, 65, 255, 64, 64, 64]);
    expect(Buffer.from(tokens['ecdsa-der']!.split('.')[2]!, 'base64url')[0]).toBe(0x30);
  });

  it('pkcs1-as-ps256 is signed with PKCS #1 v1.5, and rsa-short is good with its zero', () => {
    expect(isSigned(tokens['pkcs1-as-ps256']!, publicKeys['rs-any']!)).toBe(true);
    const [header, payload, signature] = tokens['rsa-short']!.split('.');
    const whole = Buffer.concat([Buffer.of(0), Buffer.from(signature!, 'base64url')]).toString('base64url');
    expect(isSigned(`${header}.${payload}.${whole}`, publicKeys['rs-any']!)).toBe(true);
  });
});

describe('tokens with a fault in the algorithm', () => {
  it.each([
    [
      'hs-rs-pem',
      (jwk: JWK) => String(createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })),
    ],
    ['hs-rs-jwk', (jwk: JWK) => JSON.stringify(jwk)],
    ['hs-rs-jwks', (jwk: JWK) => JSON.stringify({ keys: [jwk] })],
  ] as const)('%s verifies with the public key as the secret', async (name, secret) => {
    await expect(compactVerify(tokens[name]!, Buffer.from(secret(publicKeys['rs']!)))).resolves.toBeDefined();
  });

  it.each(Object.keys(tokens).filter((name) => name.startsWith('hs-')))('%s says HS256', (name) => {
    expect(decodeProtectedHeader(tokens[name]!).alg).toBe('HS256');
  });

  const signers: Readonly<Record<string, string>> = {
    'kid-no-verify': 'rs-2',
    'kid-contradiction': 'rs-3',
    es256: 'es',
    'rs-1024': 'rs-1024',
  };
  const unknown = new Set(refusedFor('unknown-key').map(([name]) => name));

  it.each([...unknown].filter((name) => !name.startsWith('kid-flood-')))('%s is signed by somebody', (name) => {
    const signer = name.startsWith('header-') ? 'attacker-rs' : (signers[name] ?? 'rs');
    expect(isSigned(tokens[name]!, publicKeys[signer]!)).toBe(true);
  });

  it('kid-flood-1 and the others name keys that are nowhere, each another', () => {
    const names = [...unknown].filter((name) => name.startsWith('kid-flood-'));
    const kids = names.map((name) => decodeProtectedHeader(tokens[name]!).kid!);
    expect(new Set(kids).size).toBe(20);
    expect(kids.filter((kid) => Object.hasOwn(publicKeys, kid))).toEqual([]);
  });

  it.each(Object.keys(tokens).filter((name) => name.startsWith('alg-none') && name !== 'alg-none-with-signature'))(
    '%s has an empty signature',
    (name) => {
      expect(tokens[name]).toMatch(/\.$/);
    },
  );

  it('hs256 is signed with the shared secret', async () => {
    await expect(compactVerify(tokens['hs256']!, Buffer.from(secrets['shared']!, 'base64'))).resolves.toBeDefined();
  });
});

describe('encrypted tokens', () => {
  const open = async (name: string) => {
    const key = name.endsWith('-ec') ? 'encryption-ec' : 'encryption';
    const { plaintext } = await compactDecrypt(
      tokens[name]!,
      await importJWK(privateKeys[key]!, key === 'encryption' ? 'RSA-OAEP-256' : 'ECDH-ES'),
    );
    return Buffer.from(plaintext).toString();
  };

  it.each([
    ['jwe-rsa', 'es256'],
    ['jwe-ec', 'es256'],
    ['jwe-inner-none', 'alg-none'],
    ['jwe-twice', 'jwe-rsa'],
    ['jwe-thrice', 'jwe-twice'],
  ])('%s holds %s', async (outer, inner) => {
    expect(await open(outer)).toBe(tokens[inner]);
  });

  it.each(['jwe-only', 'jwe-only-ec'])('%s holds claims that nobody signed', async (name) => {
    expect(JSON.parse(await open(name))).toMatchObject({ iss: 'https://issuer.example', jti: name });
  });
});

describe('sizes', () => {
  it.each([
    ['at-limit', 8192],
    ['over-limit', 8193],
    ['over-limit-15k', 15360],
    ['dots', 8000],
  ])('%s has %i bytes', (name, size) => {
    expect(tokens[name]).toHaveLength(size);
  });

  it('over-limit would pass but for its size', async () => {
    await expect(
      compactVerify(tokens['over-limit']!, await importJWK(publicKeys['es']!, 'ES256')),
    ).resolves.toBeDefined();
  });

  it('no token but these goes beyond the limit of its configuration', () => {
    const over = uses.filter(
      ({ name, configuration }) => tokens[name]!.length > (configurations[configuration]!.maxCredentialBytes ?? 8192),
    );
    expect(over.map(({ expected }) => expected.status)).toEqual([431, 431]);
  });
});
