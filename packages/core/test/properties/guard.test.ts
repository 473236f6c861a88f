import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { apiKey, basic, failureRows, generateApiKey, jwt, type Requirement } from '../../src/index.js';
import { encodeBase64url } from '../../src/base/base64.js';
import { formatPasswordHash } from '../../src/crypto/password-hash.js';
import { benchOf, refused, type Bench } from '../fixtures/guard.js';
import { requestOf } from '../fixtures/request.js';
import { claimsOf, issuer, makeSigner } from '../fixtures/tokens.js';
import { madeOf, mutated, noise } from './arbitrary.js';

const key = generateApiKey('acme');
const strange = generateApiKey('acme');
// The cheapest hash that is read; of no password.
const passwordHash = formatPasswordHash({
  parameters: { algorithm: 'scrypt', costLog2: 1, blockSize: 1, parallelism: 1 },
  salt: new Uint8Array(16),
  hash: new Uint8Array(32),
});

let bench: Bench;
let good: string;
let forged: readonly string[];
beforeAll(async () => {
  const signer = await makeSigner('ES256');
  good = await signer.sign(claimsOf());
  const thief = await makeSigner('ES256');
  forged = [
    await thief.sign(claimsOf()),
    await signer.sign(claimsOf({ aud: 'other' })),
    await signer.sign(claimsOf({ exp: 1 })),
    await signer.sign(claimsOf({ cnf: { jkt: 'x' } })),
    await signer.sign(claimsOf(), { typ: 'JWT-x' }),
    `${encodeBase64url(Buffer.from('{"alg":"none","typ":"at+jwt"}'))}.${good.split('.')[1]}.`,
  ];
  bench = benchOf(
    {
      access: jwt({ issuer, audience: 'api', jwks: { keys: [signer.jwk] } }),
      users: basic({ users: [{ username: 'ann', passwordHash }] }),
      keys: apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'ann' }] }),
    },
    {
      trustProxy: ['203.0.113.9'],
      forwardedFields: ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'],
    },
  );
});

const requirements: readonly Requirement[] = [
  { scheme: 'access' },
  { scheme: 'users' },
  { anyOf: [{ scheme: 'access' }, { scheme: 'users' }, { scheme: 'keys' }] },
  { allOf: { user: { scheme: 'access' }, workload: { scheme: 'keys' } } },
];

const lazily = (text: () => string): fc.Arbitrary<string> => fc.constant(0).map(text);
const userPass = fc.oneof(noise, fc.constantFrom('ann:', 'ann:x', ':', 'ann', 'ann:\0'));
/** Everything that is near to credentials, and no credentials. */
const authorization = fc.oneof(
  noise,
  madeOf('Bearer', 'Basic', 'ApiKey', ' ', ',', 'realm="x"', '"', 'e30', '.', '=', 'a', '\t'),
  noise.map((text) => `Bearer ${text}`),
  fc.nat().map((at) => `Bearer ${forged[at % forged.length]}`),
  mutated(
    lazily(() => `Bearer ${good}`),
    fc.constantFrom('', '.', '=', 'A', ' ', ',', '\0', 'é'),
  ),
  userPass.map((text) => `Basic ${Buffer.from(text).toString('base64')}`),
  mutated(
    lazily(() => `ApiKey ${key}`),
    fc.constantFrom('', 'A', ' ', ',', '_'),
  ),
  fc.constant(`ApiKey ${strange}`),
);
// Mostly absent: a field that is malformed refuses the request before its credentials are looked at.
const seldom = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: value });
const forwarded = fc.oneof(
  noise,
  madeOf('for=', 'proto=https', 'host=', '192.0.2.1', ';', ',', '"', '[::1]', ':80', ' '),
);
const lines = (line: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 4, arbitrary: line }, fc.array(line, { maxLength: 3 }));
const headers = fc.record(
  {
    authorization: lines(authorization),
    'x-api-key': lines(
      fc.oneof(
        noise,
        fc.constant(strange),
        mutated(
          lazily(() => key),
          fc.constantFrom('', 'A', '_', ','),
        ),
      ),
    ),
    host: seldom(lines(noise)),
    forwarded: seldom(lines(forwarded)),
    'x-forwarded-for': seldom(lines(forwarded)),
    'x-forwarded-proto': seldom(lines(fc.oneof(fc.constantFrom('https', 'http', 'https, http'), noise))),
    'x-forwarded-host': seldom(noise),
    'user-agent': noise,
  },
  { requiredKeys: [] },
);
const target = fc.oneof(
  { weight: 4, arbitrary: fc.constant('/') },
  noise.map((text) => `/${text}`),
  madeOf('/', '?', 'access_token=', 'api_key=', '&', '%61', 'https://', 'a', '//', '#', '*'),
);

/** Changes that leave the credentials themselves as they are: spaces before or behind them. */
const isGoodAfterAll = (field: string | readonly string[] | undefined): boolean =>
  [field ?? []].flat().some((line) => {
    const trimmed = line.replaceAll(/^[ \t]+|[ \t]+$/g, '');
    return /^(?:bearer|apikey) +[^ ]+$/i.test(trimmed) && [good, key].includes(trimmed.split(/ +/)[1]!);
  });

describe('the guard', () => {
  it('lets nothing in without credentials, throws at nothing, and never answers that it is our fault', async () => {
    const reasons = new Set<string>();
    await fc.assert(
      fc.asyncProperty(headers, target, fc.constantFrom(...requirements), async (sent, path, requirement) => {
        fc.pre(!isGoodAfterAll(sent.authorization) && !isGoodAfterAll([`ApiKey ${[sent['x-api-key']].flat().join()}`]));
        bench.events.length = 0;
        const decision = await bench.decide(requirement, requestOf({ headers: sent, target: path }));
        const { code, status } = refused(decision);
        expect([status, status < 500]).toEqual([failureRows[code].status, true]);
        expect(decision.headers.every(([, value]) => /^[\t\x20-\x7e]*$/.test(value))).toBe(true);
        expect(bench.events).toHaveLength(1);
        reasons.add(bench.events[0]!.reason ?? '');
      }),
      { numRuns: 1500 },
    );
    expect(bench.errors).toEqual([]);
    // All of it was tried, format and proof: not one and the same refusal each time.
    for (const reason of [
      'malformed-token',
      'signature-mismatch',
      'wrong-password',
      'unknown-key',
      'forwarded-malformed',
    ])
      expect([...reasons]).toContain(reason);
  });

  it('holds to that for requests that have good credentials and something wrong besides', async () => {
    const wrong = fc.constantFrom<Readonly<Record<string, string | readonly string[]>>>(
      { authorization: ['Bearer x', 'Bearer y'] },
      { 'x-api-key': 'acme_x' },
      { 'x-api-key': strange },
      { host: ['a', 'b'] },
      { 'x-forwarded-proto': 'http' },
      { forwarded: 'for=' },
    );
    await fc.assert(
      fc.asyncProperty(wrong, noise, async (sent, agent) => {
        const request = requestOf({ headers: { authorization: `Bearer ${good}`, 'user-agent': agent, ...sent } });
        expect((await bench.decide(requirements[2]!, request)).kind).toBe('refuse');
      }),
      { numRuns: 200 },
    );
    const request = requestOf({ headers: { authorization: `Bearer ${good}` } });
    expect((await bench.decide(requirements[2]!, request)).kind).toBe('allow');
  });
});
