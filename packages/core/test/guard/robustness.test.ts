import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { apiKey, failureRows, generateApiKey, jwt, type Decision, type Requirement } from '../../src/index.js';
import { benchOf, type Bench } from '../fixtures/guard.js';
import { requestOf } from '../fixtures/request.js';
import { claimsOf, issuer, makeSigner, type Signer } from '../fixtures/tokens.js';

const key = generateApiKey('acme');
const requirements: readonly Requirement[] = [
  { scheme: 'access', scopes: ['orders:read'] },
  { scheme: 'keys' },
  { anyOf: [{ scheme: 'access' }, { scheme: 'keys' }] },
  { allOf: { user: { scheme: 'access' }, workload: { scheme: 'keys' } } },
  { optional: { anyOf: [{ scheme: 'keys' }, { scheme: 'access' }] } },
  { public: true },
];

let bench: Bench;
let signer: Signer;
let good: string;

beforeAll(async () => {
  signer = await makeSigner('ES256');
  good = await signer.sign(claimsOf());
  bench = benchOf({
    access: jwt({ issuer, audience: 'api', jwks: { keys: [signer.jwk] } }),
    keys: apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'ann' }] }),
  });
});

const char = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
const noise = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(char).map((list) => list.join('')),
);

/** A text with some of its characters replaced, cut out or doubled. */
const mutated = (text: () => string) =>
  fc
    .array(fc.tuple(fc.nat(), fc.constantFrom('replace', 'drop', 'double'), char), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      let changed = text();
      for (const [at, how, by] of changes) {
        const i = at % (changed.length + 1);
        const rest = changed.slice(i + (how === 'double' ? 0 : 1));
        changed = changed.slice(0, i) + (how === 'drop' ? '' : how === 'replace' ? by : (changed[i] ?? '')) + rest;
      }
      return changed;
    });

const authorization = fc.oneof(
  noise,
  noise.map((text) => `Bearer ${text}`),
  noise.map((text) => `ApiKey ${text}`),
  mutated(() => `Bearer ${good}`),
  mutated(() => `ApiKey ${key}`),
  fc.constant(null).map(() => `Bearer ${good}`),
);
const headers = fc.record(
  {
    authorization: fc.oneof(authorization, fc.array(authorization, { maxLength: 3 })),
    'x-api-key': fc.oneof(
      noise,
      mutated(() => key),
      fc.constant(key),
      fc.array(noise, { maxLength: 3 }),
    ),
    'user-agent': noise,
    host: noise,
    'x-forwarded-for': noise,
    forwarded: noise,
  },
  { requiredKeys: [] },
);
const target = fc.oneof(
  fc.constant('/'),
  noise.map((text) => `/${text}`),
  noise,
  noise.map((text) => `/?access_token=${text}`),
);

const isSound = (decision: Decision): boolean =>
  decision.kind === 'allow' ||
  (decision.kind === 'refuse' &&
    Object.hasOwn(failureRows, decision.code) &&
    decision.status === failureRows[decision.code].status &&
    decision.headers.every(([, value]) => !/[\r\n\0]/.test(value)));

describe('the guard', () => {
  it('answers any request with a decision, never with an exception or as our own fault', async () => {
    await fc.assert(
      fc.asyncProperty(headers, target, fc.constantFrom(...requirements), async (fields, path, requirement) => {
        bench.events.length = 0;
        const decision = await bench.decide(requirement, requestOf({ headers: fields, target: path }));
        expect(isSound(decision)).toBe(true);
        expect(decision.kind === 'refuse' ? decision.status : 200).toBeLessThan(500);
        expect(bench.events).toHaveLength(1);
      }),
      { numRuns: 1500 },
    );
    expect(bench.errors).toEqual([]);
  });

  it('reads forwarded fields of a trusted proxy without an exception', async () => {
    const { decide, errors } = benchOf(bench.auth.schemes, {
      trustProxy: ['203.0.113.0/24'],
      forwardedFields: ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'],
    });
    const forwarded = fc.oneof(
      noise,
      fc.constantFrom('for=192.0.2.1;proto=https', 'for="[::1]:80", for=_x', '1.1.1.1, ::1'),
    );
    const fields = fc.record(
      { forwarded, 'x-forwarded-for': forwarded, 'x-forwarded-proto': noise, 'x-forwarded-host': noise },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fields, async (sent) => {
        expect(isSound(await decide({ scheme: 'keys' }, requestOf({ headers: { ...sent, 'x-api-key': key } })))).toBe(
          true,
        );
      }),
      { numRuns: 500 },
    );
    expect(errors).toEqual([]);
  });

  it('lets in nothing but the token itself among its mutations', async () => {
    await fc.assert(
      fc.asyncProperty(
        mutated(() => good),
        async (token) => {
          const decision = await bench.decide(
            { scheme: 'access' },
            requestOf({ headers: { authorization: `Bearer ${token}` } }),
          );
          expect(decision.kind === 'allow').toBe(token === good || token === ` ${good}`);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
