import {
  array,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  nat,
  oneof,
  record,
  subarray,
  type Arbitrary,
} from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { createAuth, createMemoryRevocation, jwt, revokeTokens } from '../../../src/index.js';
import type { VerificationKey } from '../../../src/contracts/key.js';
import type { AuthRequest } from '../../../src/contracts/request.js';
import { failure } from '../../../src/errors/failures.js';
import { SignatureMemory } from '../../../src/schemes/jwt/signature-memory.js';
import { proveSignature } from '../../../src/schemes/jwt/signature.js';
import { parseToken } from '../../../src/schemes/jwt/token.js';
import { createTestClock } from '../../../src/testing.js';
import { contextOf } from '../../fixtures/context.js';
import { startOfTests } from '../../fixtures/guard.js';
import { sends } from '../../fixtures/request.js';
import { claimsOf, issuer, makeSigner, type Signer } from '../../fixtures/tokens.js';

let signers: readonly Signer[];
let texts: readonly string[];
beforeAll(async () => {
  signers = await Promise.all(['ES256', 'ES256', 'EdDSA'].map((alg, index) => makeSigner(alg, index < 2 ? 'a' : 'b')));
  texts = await Promise.all(['one', 'two', 'three'].map((jti) => signers[0]!.sign(claimsOf({ jti }))));
});

/** Takes what it is told is good, and counts. */
function keyFor(good: readonly string[]): VerificationKey & { asked: number } {
  const key = {
    asked: 0,
    keyid: 'a',
    fits: () => true,
    verify(_algorithm: string, signature: Uint8Array) {
      key.asked++;
      return good.some((text) => Buffer.from(signature).toString('base64url') === text.split('.')[2]);
    },
  };
  return key;
}

function prove(text: string, keys: readonly VerificationKey[], signatures: SignatureMemory, refused?: 'expired') {
  const signer = { issuer, algorithms: ['ES256', 'EdDSA'], keys: { find: () => keys }, signatures };
  return proveSignature(signer, parseToken(text)!, contextOf({ clock: createTestClock(startOfTests) }), () =>
    refused ? failure(refused) : undefined,
  );
}

describe('a token whose signature was good', () => {
  it('is not verified again', async () => {
    const key = keyFor(texts);
    const memory = new SignatureMemory(10);
    for (let i = 0; i < 5; i++) expect(await prove(texts[0]!, [key], memory)).toBeUndefined();
    expect(key.asked).toBe(1);
  });

  it('has its claims judged each time', async () => {
    const memory = new SignatureMemory(10);
    const key = keyFor(texts);
    await prove(texts[0]!, [key], memory);
    expect(await prove(texts[0]!, [key], memory, 'expired')).toMatchObject({ reason: 'expired' });
  });

  it('proves nothing where its key is no longer among those of the issuer, or is another one of the same name', async () => {
    const memory = new SignatureMemory(10);
    await prove(texts[0]!, [keyFor(texts)], memory);
    const another = keyFor([]);
    expect(await prove(texts[0]!, [another], memory)).toMatchObject({ reason: 'signature-mismatch' });
    expect(another.asked).toBe(1);
    expect(await prove(texts[0]!, [], memory)).toMatchObject({ reason: 'unknown-key' });
  });

  it('is verified again by a key that takes the place of its own', async () => {
    const memory = new SignatureMemory(10);
    const [first, second] = [keyFor(texts), keyFor(texts)];
    await prove(texts[0]!, [first], memory);
    for (let i = 0; i < 3; i++) expect(await prove(texts[0]!, [second], memory)).toBeUndefined();
    expect([first.asked, second.asked]).toEqual([1, 1]);
  });

  it('is no excuse for the same claims with another signature', async () => {
    const memory = new SignatureMemory(10);
    const key = keyFor([texts[0]!]);
    await prove(texts[0]!, [key], memory);
    const forged = [...texts[0]!.split('.').slice(0, 2), texts[1]!.split('.')[2]].join('.');
    expect(await prove(forged, [key], memory)).toMatchObject({ reason: 'signature-mismatch' });
  });
});

describe('the memory', () => {
  it('keeps no signature that was bad', async () => {
    const memory = new SignatureMemory(10);
    const key = keyFor([]);
    for (let i = 0; i < 3; i++)
      expect(await prove(texts[0]!, [key], memory)).toMatchObject({ reason: 'signature-mismatch' });
    expect(key.asked).toBe(3);
  });

  it('forgets no good token for a bad one', async () => {
    const memory = new SignatureMemory(1);
    const key = keyFor([texts[0]!]);
    for (const text of [texts[0]!, texts[1]!, texts[2]!, texts[0]!]) await prove(text, [key], memory);
    expect(key.asked).toBe(3);
  });

  it('forgets the token that did not come for longest, and keeps no more than it may', async () => {
    const memory = new SignatureMemory(2);
    const key = keyFor(texts);
    const [one, two, three] = texts as [string, string, string];
    for (const text of [one, two, one, three, one]) await prove(text, [key], memory);
    expect(key.asked).toBe(3);
    await prove(two, [key], memory);
    expect(key.asked).toBe(4);
  });

  it('of nothing remembers nothing', async () => {
    const memory = new SignatureMemory(0);
    const key = keyFor(texts);
    for (let i = 0; i < 3; i++) await prove(texts[0]!, [key], memory);
    expect(key.asked).toBe(3);
  });

  it('holds no token: what names one is a hash', () => {
    expect(new SignatureMemory(1).nameOf(texts[0]!)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

type Step =
  | { readonly do: 'ask'; readonly token: number; readonly flip: boolean }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'publish'; readonly keys: readonly number[] }
  | { readonly do: 'revoke'; readonly subject: string };

const steps: Arbitrary<Step[]> = array(
  oneof(
    {
      weight: 6,
      arbitrary: record({ do: constant('ask' as const), token: nat(11), flip: nat(5).map((n) => n === 0) }),
    },
    { weight: 2, arbitrary: record({ do: constant('wait' as const), seconds: constantFrom(1, 5, 61, 301) }) },
    {
      weight: 1,
      arbitrary: record({
        do: constant('publish' as const),
        keys: subarray([0, 1, 2], { minLength: 1 }),
      }),
    },
    {
      weight: 1,
      arbitrary: record({ do: constant('revoke' as const), subject: constantFrom('ann', 'bob') }),
    },
  ),
  { minLength: 5, maxLength: 60 },
);

describe('with the memory and without it', () => {
  it('every request ends alike, whatever expires, is revoked, or changes its keys in between', async () => {
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        signers[index % 3]!.sign(
          claimsOf({
            jti: `t${index}`,
            sub: index % 2 === 0 ? 'ann' : 'bob',
            exp: startOfTests + [60, 300, 3000, 1e4][index % 4]!,
            iat: startOfTests,
          }),
        ),
      ),
    );
    let passes = 0;
    await assert(
      asyncProperty(steps, async (given) => {
        const clock = createTestClock(startOfTests);
        let published: readonly number[] = [0, 1, 2];
        const revocation = createMemoryRevocation();
        // So few that some are forgotten.
        const guards = [0, 2, 10_000].map((maxRememberedSignatures) => {
          const access = jwt({
            issuer,
            audience: 'api',
            jwksUri: 'https://issuer.example/jwks',
            fetch: async () => new Response(JSON.stringify({ keys: published.map((index) => signers[index]!.jwk) })),
            keySet: { maxAgeSeconds: 60, timeoutSeconds: 60 },
            maxLifetimeSeconds: 1e6,
            revocation: 'check',
            maxRememberedSignatures,
          });
          const reasons: string[] = [];
          const audit = (event: { kind: string; reason?: string }): void => void reasons.push(event.reason!);
          const auth = createAuth({ schemes: { access }, clock, stores: { revocation }, audit: audit });
          const guard = auth.forAdapters.guard({ scheme: 'access' });
          return { reasons, check: (request: AuthRequest) => guard.check(request) };
        });
        for (const step of given) {
          if (step.do === 'wait') clock.advance(step.seconds);
          else if (step.do === 'publish') published = step.keys;
          else if (step.do === 'revoke')
            await revokeTokens(revocation, { issuer, kind: 'subject', value: step.subject }, { clock });
          else {
            const text = step.flip
              ? made[step.token]!.replace(/\.(.)/, (_, c) => (c === 'e' ? '.f' : '.e'))
              : made[step.token]!;
            for (const { check } of guards) await check(sends({ authorization: `Bearer ${text}` }));
          }
          const [without, few, many] = guards.map(({ reasons }) => reasons);
          expect(few).toEqual(without);
          expect(many).toEqual(without);
        }
        passes += guards[0]!.reasons.filter((reason) => reason === 'ok').length;
      }),
      { numRuns: 40 },
    );
    expect(passes).toBeGreaterThan(100);
  }, 60_000);
});
