import { constants, createHmac, createPublicKey, type KeyObject } from 'node:crypto';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { JwtScheme } from '../../src/index.js';
import { asymmetricAlgorithms, symmetricAlgorithms } from '../../src/crypto/algorithms.js';
import { ecdsaToDer } from '../../src/crypto/ecdsa-der.js';
import { createTestClock } from '../../src/testing.js';
import { atOnce } from '../fixtures/at-once.js';
import { contextOf } from '../fixtures/context.js';
import { startOfTests } from '../fixtures/guard.js';
import { sends } from '../fixtures/request.js';
import { dataOf, makeKeyPair, type KeyPair } from '../fixtures/signatures.js';
import { claimsOf, issuer } from '../fixtures/tokens.js';
import { backends, type Backend } from '../vectors/backends.js';

const algorithms = [...asymmetricAlgorithms, ...symmetricAlgorithms];
const encode = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url');
const decode = (part: string): Uint8Array => Uint8Array.from(Buffer.from(part, 'base64url'));
const context = contextOf({ clock: createTestClock(startOfTests) });

// Two pairs of each kind, made once: what the issuer has, and what a thief has under the same keyid.
const pairs = new Map(algorithms.map((algorithm) => [algorithm, makeKeyPair(algorithm)]));
const thieves = new Map(algorithms.map((algorithm) => [algorithm, makeKeyPair(algorithm)]));
const pairOf = (algorithm: string): KeyPair => pairs.get(algorithm)!;

/** One scheme for a back end and an algorithm: its key says `alg`, and with it stand the keys of all other algorithms. */
function createScheme({ core }: Backend, algorithm: string): JwtScheme {
  const options = { issuer, audience: 'api' };
  if (symmetricAlgorithms.includes(algorithm)) {
    const secretBase64 = Buffer.from(pairOf(algorithm).secret!).toString('base64');
    return core.jwt({ ...options, secretBase64, algorithms: [algorithm] });
  }
  const keys = asymmetricAlgorithms.map((alg) => Object.assign({}, pairOf(alg).jwk, { alg, kid: alg }));
  return core.jwt({ ...options, jwks: { keys } });
}

const schemes = new Map(
  algorithms.map((algorithm) => [algorithm, backends.map((each) => createScheme(each, algorithm))]),
);

function sign(pair: KeyPair, header: object, claims: object = claimsOf()): string {
  const input = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}`;
  return `${input}.${encode(pair.sign(dataOf(input)))}`;
}

const goodOf = (algorithm: string): string =>
  sign(pairOf(algorithm), { alg: algorithm, kid: algorithm, typ: 'at+jwt' });
const good = new Map(algorithms.map((algorithm) => [algorithm, goodOf(algorithm)]));

/** What a scheme says to a token: the reason, or whose it is. */
async function judge(scheme: JwtScheme, text: string): Promise<string> {
  const request = sends({ authorization: `Bearer ${text}` });
  const found = atOnce(scheme.extract(request, { maxCredentialBytes: 65_536 }));
  if (found.kind === 'failure') return found.reason;
  if (found.kind !== 'credentials') return found.kind === 'foreign' ? found.failure.reason : found.kind;
  const verified = await scheme.verify(found.credentials, request, context);
  return verified.kind === 'failure' ? verified.reason : `verified ${verified.principal.subject}`;
}

async function verdictOf(algorithm: string, text: string): Promise<string> {
  const [onNode, onWeb] = await Promise.all(schemes.get(algorithm)!.map((scheme) => judge(scheme, text)));
  expect(onWeb).toBe(onNode);
  return onNode!;
}

type Parts = readonly [header: string, claims: string, signature: string];
type Mutation = (parts: Parts, algorithm: string) => string;

const flip = (bytes: Uint8Array, at: number): Uint8Array => {
  const flipped = Uint8Array.from(bytes);
  if (flipped.length > 0) flipped[(at >> 3) % flipped.length]! ^= 1 << (at & 7);
  return flipped;
};
const halvesOf = (bytes: Uint8Array): Uint8Array[] => [
  bytes.subarray(0, bytes.length / 2),
  bytes.subarray(bytes.length / 2),
];
const replace = (parts: Parts, index: number, by: string): string => parts.with(index, by).join('.');
const headerOf = (parts: Parts): object => JSON.parse(Buffer.from(parts[0], 'base64url').toString()) as object;
const withHeader = (parts: Parts, change: object): string =>
  replace(parts, 0, encode(JSON.stringify({ ...headerOf(parts), ...change })));

/** Texts of a public key that have been taken for shared secrets (CVE-2015-9235). */
function secretsOf(pair: KeyPair): readonly (string | Buffer)[] {
  if (pair.secret !== undefined) return ['', 'secret'];
  const key: KeyObject = createPublicKey({ key: pair.jwk, format: 'jwk' });
  const [spki, der] = [key.export({ format: 'pem', type: 'spki' }), key.export({ format: 'der', type: 'spki' })];
  return [spki, String(spki).trim(), der, JSON.stringify(pair.jwk), String(pair.jwk['n'] ?? pair.jwk['x']), ''];
}

function macOf(parts: Parts, secret: string | Buffer, hash: string): string {
  const input = `${encode(JSON.stringify({ ...headerOf(parts), alg: `HS${hash}` }))}.${parts[1]}`;
  return `${input}.${createHmac(`sha${hash}`, secret).update(input).digest('base64url')}`;
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const index = fc.constantFrom(0, 1, 2);
const other = fc.constantFrom(...algorithms);
const mutations: Readonly<Record<string, fc.Arbitrary<Mutation>>> = {
  'a bit flipped in what is encoded': fc.tuple(index, fc.nat()).map(
    ([i, at]) =>
      (parts) =>
        replace(parts, i, encode(flip(decode(parts[i]), at))),
  ),
  'a bit flipped in the text': fc
    .nat()
    .map((at) => (parts) => Buffer.from(flip(Buffer.from(parts.join('.'), 'latin1'), at)).toString('latin1')),
  'the end cut off': fc.nat().map((at) => (parts) => parts.join('.').slice(0, at % parts.join('.').length)),
  'the signature of another length': fc
    .tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 70 }), fc.boolean())
    .map(([at, more, shorter]) => (parts) => {
      const bytes = decode(parts[2]);
      return replace(parts, 2, encode(shorter ? bytes.subarray(0, at % bytes.length) : Buffer.concat([bytes, more])));
    }),
  'the parts in another order': fc
    .constantFrom([0, 2, 1], [1, 0, 2], [2, 1, 0], [0, 1, 1], [0, 0, 2], [1, 1, 2])
    .map((order) => (parts) => order.map((i) => parts[i]).join('.')),
  'a part of another token': fc.tuple(index, other).map(
    ([i, alg]) =>
      (parts) =>
        replace(parts, i, good.get(alg)!.split('.')[i]!),
  ),
  'another algorithm in the header': fc
    .constantFrom(...algorithms, 'none', 'None', 'nOnE', '', 'es256', 'RS1', 'ES256K', 'Ed448', 'A128KW', '__proto__')
    .map((alg) => (parts) => withHeader(parts, { alg })),
  'no algorithm and no signature': fc
    .constantFrom('none', 'NONE', 'ES256', 'HS256')
    .map((alg) => (parts) => withHeader(parts, { alg }).replace(/[^.]*$/, '')),
  'a key of a thief under the same keyid': other.map(
    (alg) => (_, kid) => sign(thieves.get(alg)!, { alg, kid, typ: 'at+jwt' }),
  ),
  'the key of the thief in the header': other.map(
    (alg) => (_, kid) => sign(thieves.get(alg)!, { alg, kid, typ: 'at+jwt', jwk: thieves.get(alg)!.jwk }),
  ),
  'the same key under another algorithm': fc
    .constantFrom('256', '384', '512')
    .chain((bits) => fc.constantFrom(`RS${bits}`, `PS${bits}`, `HS${bits}`))
    .map((alg) => (parts, own) => {
      if (alg === own) return parts.join('.');
      const renamed = withHeader(parts, { alg });
      const input = renamed.slice(0, renamed.lastIndexOf('.'));
      // For RSA a good signature of the other algorithm, where the digest is the same.
      const padding = alg.startsWith('PS') ? pss : { padding: constants.RSA_PKCS1_PADDING };
      return `${input}.${encode(pairOf(own).sign(dataOf(input), own.endsWith(alg.slice(1)) ? padding : {}))}`;
    }),
  'a MAC by what is public': fc
    .tuple(fc.nat(), fc.constantFrom('256', '384', '512'))
    .map(([at, hash]) => (parts, own) => {
      const secrets = secretsOf(pairOf(own));
      return macOf(parts, secrets[at % secrets.length]!, hash);
    }),
  'a claim more': fc
    .constantFrom({ sub: 'eve' }, { exp: startOfTests + 900 }, { scope: 'admin' }, { aud: ['api', 'x'] })
    .map((claims) => (parts) => replace(parts, 1, encode(JSON.stringify(claimsOf(claims))))),
  'a character put in': fc
    .tuple(fc.nat(), fc.constantFrom('.', '=', ' ', '\n', '\t', 'A', '-', '+', '/', ',', '\0', '%', 'é'))
    .map(([at, char]) => (parts) => {
      const text = parts.join('.');
      // Not at either end, where white space is no part of the field.
      const i = 1 + (at % (text.length - 1));
      return text.slice(0, i) + char + text.slice(i);
    }),
  'another spelling of the last character': fc
    .tuple(index, fc.integer({ min: 1, max: 15 }))
    .map(([i, more]) => (parts) => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const last = alphabet.indexOf(parts[i].at(-1)!);
      return replace(parts, i, parts[i].slice(0, -1) + alphabet[last ^ more]!);
    }),
  'a signature in another form': fc
    .constantFrom<(bytes: Uint8Array) => Uint8Array>(
      (bytes) => ecdsaToDer(bytes),
      (bytes) => new Uint8Array(bytes.length),
      (bytes) => new Uint8Array(bytes.length).fill(255),
      (bytes) => bytes.toReversed(),
      (bytes) => Buffer.concat(halvesOf(bytes).toReversed()),
      (bytes) => Buffer.concat([new Uint8Array(1), bytes]),
      (bytes) => Buffer.concat(halvesOf(bytes).flatMap((half) => [new Uint8Array(1), half])),
    )
    .map((form) => (parts) => replace(parts, 2, encode(form(decode(parts[2]))))),
};

describe.each(algorithms)('tokens of %s', (algorithm) => {
  const text = good.get(algorithm)!;

  it('are verified by both back ends', async () => {
    expect(await verdictOf(algorithm, text)).toBe('verified ann');
  });

  it('get the same verdict of both once they are changed, and none is taken', async () => {
    const mutation = fc.oneof(
      ...Object.entries(mutations).map(([name, made]) => made.map((mutate) => [name, mutate] as const)),
    );
    const tried = new Map<string, Set<string>>();
    await fc.assert(
      fc.asyncProperty(mutation, async ([name, mutate]) => {
        const changed = mutate(text.split('.') as unknown as Parts, algorithm);
        fc.pre(changed !== text);
        const verdict = await verdictOf(algorithm, changed);
        expect(`${name}: ${verdict}`).not.toContain('verified');
        tried.set(name, (tried.get(name) ?? new Set()).add(verdict));
      }),
      { numRuns: 300 },
    );
    expect([...tried.keys()].toSorted()).toEqual(Object.keys(mutations).toSorted());
    // Far enough to be about signatures.
    expect(new Set([...tried.values()].flatMap((verdicts) => Array.from(verdicts)))).toContain('signature-mismatch');
  });
});
