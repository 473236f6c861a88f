import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createTestClock } from '../../src/testing.js';
import { sends } from '../fixtures/request.js';
import { makeSigner, type Signer } from '../fixtures/tokens.js';
import { backends, type Backend } from './backends.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';

type Members = Readonly<Record<string, unknown>>;

interface Example {
  readonly header: Members & { readonly alg: string };
  readonly claims: Members & { readonly iss: string; readonly aud: string; readonly iat: number };
}

interface Mutation {
  readonly id: string;
  readonly expected: 'valid' | 'reject';
  readonly header?: Members;
  readonly claims?: Members;
  readonly removeHeader?: readonly string[];
  readonly removeClaims?: readonly string[];
}

const { examples, mutations } = readVectors('oauth/rfc9068-access-token.json') as {
  examples: readonly Example[];
  mutations: { readonly cases: readonly Mutation[] };
};
const file = 'oauth/rfc9068-access-token';

// What each refusal is for: so that none is refused for another reason than the one it is about.
const reasons: Readonly<Record<string, string>> = {
  'typ-JWT': 'bad-type',
  'typ-absent': 'bad-type',
  'typ-id-token': 'bad-type',
  'alg-none': 'alg-not-allowed',
  'iss-no-slash': 'bad-issuer',
  'aud-other': 'bad-audience',
  'aud-client-id': 'bad-audience',
  expired: 'expired',
  'missing-iss': 'bad-issuer',
  'missing-exp': 'missing-claim',
  'missing-aud': 'bad-audience',
  'missing-sub': 'missing-claim',
  'missing-client_id': 'missing-claim',
  'missing-iat': 'missing-claim',
  'missing-jti': 'missing-claim',
  'exp-string': 'malformed-token',
  'aud-number': 'bad-audience',
};

let signers: ReadonlyMap<string, Signer>;
beforeAll(async () => {
  const made = examples.map(async ({ header }) => [header.alg, await makeSigner(header.alg)] as const);
  signers = new Map(await Promise.all(made));
});
afterAll(printCounts);

const without = (members: Members, names: readonly string[] = []): Members =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));

/** Signs what a case says, as it says it; `none` is signed as RS256, so that `alg` alone is what is wrong. */
async function sign({ header, claims }: Example, change: Partial<Mutation> = {}): Promise<string> {
  const changed = without({ ...header, ...change.header }, change.removeHeader);
  const payload = without({ ...claims, ...change.claims }, change.removeClaims);
  const { alg = header.alg, ...others } = changed;
  // The signer names a type of its own unless it is told not to.
  const token = await signers.get(header.alg)!.sign(payload, { typ: undefined, ...others, kid: 'k1' });
  if (alg === header.alg) return token;
  return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...token.split('.').slice(1)].join('.');
}

/** `allow`, or the reasons that the audit event gives. */
async function decide({ core }: Backend, { header, claims }: Example, token: string, now: number): Promise<string> {
  const reasonsTold: (string | null)[] = [];
  const auth = core.createAuth({
    schemes: {
      access: core.jwt({
        issuer: claims.iss,
        audience: claims.aud,
        profile: 'rfc9068',
        jwks: { keys: [signers.get(header.alg)!.jwk] },
        // The example of RFC 9068 is valid for 245 days.
        maxLifetimeSeconds: 365 * 86_400,
      }),
    },
    clock: createTestClock(now),
    audit: (event) => void reasonsTold.push(event.reason),
  });
  const { kind } = await auth.forAdapters
    .guard({ scheme: 'access' })
    .check(sends({ authorization: `Bearer ${token}` }));
  return kind === 'allow' ? kind : reasonsTold.join();
}

describe.each(backends.map((backend) => [backend.name, backend] as const))('the back end %s', (name, backend) => {
  it('takes the tokens that the RFCs print, once signed (RFC 9068 §3, RFC 9470 §6.1)', async () => {
    checkMembers(file, examples, ['section', 'header', 'claims']);
    for (const example of examples)
      expect(await decide(backend, example, await sign(example), example.claims.iat + 10)).toBe('allow');
    if (name === 'web') count(file, examples.length, '2 back ends, examples');
  });

  it('takes and refuses its mutations for what they are (RFC 9068 §4)', async () => {
    const { cases } = mutations;
    checkMembers(file, cases, ['id', 'expected', 'why', 'header', 'claims', 'removeHeader', 'removeClaims']);
    const verdicts = await Promise.all(
      cases.map(async (each) => [
        each.id,
        await decide(backend, examples[0]!, await sign(examples[0]!, each), 1_618_354_110),
      ]),
    );
    expect(verdicts).toEqual(cases.map(({ id, expected }) => [id, expected === 'valid' ? 'allow' : reasons[id]]));
    if (name === 'web') count(file, cases.length, '2 back ends, mutations');
  });
});
