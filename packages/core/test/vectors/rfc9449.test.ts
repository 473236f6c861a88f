import { afterAll, describe, expect, it } from 'vitest';

import { normalizeHttpUri } from '../../src/http/normalized-uri.js';
import { parseChallenges } from '../../src/http/challenge.js';
import { createTestClock } from '../../src/testing.js';
import { principalOf } from '../fixtures/guard.js';
import { requestOf } from '../fixtures/request.js';
import { backends } from './backends.js';
import { count, printCounts, readVectors } from './vector-file.js';

interface Vectors {
  readonly proofs: readonly {
    readonly id: string;
    readonly proof: string;
    readonly claims: { readonly iat: number };
    readonly request: { readonly method: string; readonly url: string };
    readonly jkt: string;
    readonly authorization?: string;
  }[];
  readonly challenges: readonly {
    readonly section: string;
    readonly wwwAuthenticate: readonly string[];
    readonly parsed: readonly { readonly scheme: string; readonly params: Readonly<Record<string, string>> }[];
  }[];
  readonly htuNormalisation: {
    readonly cases: readonly {
      readonly htu: string;
      readonly requestUrl: string;
      readonly match: boolean | 'either';
    }[];
  };
}

const file = 'oauth/rfc9449-dpop';
const { proofs, challenges, htuNormalisation } = readVectors(`${file}.json`) as Vectors;
afterAll(() => {
  count(`${file}, proofs`, proofs.length);
  count(`${file}, challenges and htu`, challenges.length + htuNormalisation.cases.length, 'parser and normal form');
  printCounts();
});

describe.each(backends)('the proofs of RFC 9449, by the $name back end', ({ core }) => {
  // A scheme whose token is bound to the key of the RFC: only the proof is judged.
  const decide = async ({ proof, claims, request, jkt, authorization }: Vectors['proofs'][number]): Promise<string> => {
    const { origin, pathname } = new URL(request.url);
    const access = core.jwt({
      issuer: 'https://issuer.example',
      audience: 'a',
      secretBase64: secret,
      algorithms: ['HS256'],
      dpop: 'require',
    });
    const reasons: string[] = [];
    const auth = core.createAuth({
      schemes: {
        access: {
          ...access,
          extract: () => ({ kind: 'credentials', field: 'authorization', credentials: {}, identifier: 'x' }),
          verify: () => ({ kind: 'verified', principal: principalOf('someone', { confirmation: { jkt } }) }),
        } as never,
      },
      clock: createTestClock(claims.iat),
      audit: (event) => void reasons.push(event.reason),
    });
    const made = requestOf({
      method: request.method,
      target: pathname,
      headers: { authorization: authorization ?? 'DPoP x', dpop: proof },
    });
    await auth.check(
      Object.defineProperty({ ...made, headers: made.headers }, 'url', { value: new URL(`${origin}${pathname}`) }),
      { scheme: 'access' },
    );
    return reasons[0]!;
  };
  const secret = Buffer.from('a secret for tokens that are not there, 1').toString('base64');

  it.each(proofs)('§$id: that for a resource is good, and those for a token endpoint name no token', async (vector) => {
    expect(await decide(vector)).toBe(vector.authorization === undefined ? 'dpop-proof-malformed' : 'ok');
  });

  it.each(proofs)('§$id: is refused with any character of it changed', async (vector) => {
    for (let at = 0; at < vector.proof.length; at += 7) {
      const char = vector.proof[at] === 'A' ? 'B' : 'A';
      const changed = `${vector.proof.slice(0, at)}${char}${vector.proof.slice(at + 1)}`;
      expect(await decide({ ...vector, proof: changed })).not.toBe('ok');
    }
  });
});

describe('the rest of RFC 9449', () => {
  it.each(challenges)('§$section: its challenges can be read', ({ wwwAuthenticate, parsed }) => {
    const read = parseChallenges(wwwAuthenticate.join(', '))!;
    expect(read.map(({ authScheme, parameters }) => [authScheme, Object.fromEntries(parameters)])).toEqual(
      parsed.map(({ scheme, params }) => [scheme.toLowerCase(), params]),
    );
  });

  it.each(htuNormalisation.cases)('§4.3: $htu for $requestUrl is told rightly', ({ htu, requestUrl, match }) => {
    // Decision: a fragment is left out on both sides, as §4.3 says.
    expect(normalizeHttpUri(htu) === normalizeHttpUri(requestUrl)).toBe(match === 'either' ? true : match);
  });
});
