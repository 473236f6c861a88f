import { isDeepStrictEqual } from 'node:util';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseToken, signingInput } from '../../src/schemes/jwt/token.js';
import { madeOf, mutated, noise } from './arbitrary.js';

const encode = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url');
const decode = (part: string): Buffer => Buffer.from(part, 'base64url');

const anyJson = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1e300, '', 'x', '\ud83d\ude00', [], {}, [1, ['a']], { a: { a: [] } }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
/** Mostly what a header says, sometimes anything, and often nothing. */
const sometimes = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 8, arbitrary: usual },
    { weight: 1, arbitrary: anyJson },
    { weight: 4, arbitrary: fc.constant(undefined) },
  );
const seldom: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: anyJson },
  { weight: 9, arbitrary: fc.constant(undefined) },
);
const header = fc.record({
  alg: sometimes(fc.constantFrom('ES256', 'RS256', 'none', 'HS256')),
  kid: sometimes(fc.string({ minLength: 1, maxLength: 10 })),
  typ: sometimes(fc.constantFrom('at+jwt', 'JWT', 'application/AT+JWT')),
  cty: seldom,
  crit: fc.oneof(seldom, seldom, fc.subarray(['exp', 'b64', 'alg', 'x'])),
  b64: seldom,
  x: anyJson,
  jwk: seldom,
});
const claims = fc.oneof(
  fc.dictionary(fc.constantFrom('iss', 'sub', 'aud', 'exp', '__proto__'), anyJson, { maxKeys: 4 }),
  fc.constant({}),
);
const signature = fc.uint8Array({ maxLength: 100 });
const token = fc
  .tuple(header, claims, signature)
  .map(([head, payload, sig]) => [JSON.stringify(head), JSON.stringify(payload), sig].map(encode).join('.'));
const pieces = fc.oneof(
  fc.constantFrom('.', '=', '-', '_', '+', '/', ' ', '\n', 'A', 'Q', '\0', 'ä', 'Ł'),
  fc.string(),
);

/** What is read of a token. */
function read(text: string): object | undefined {
  const parsed = parseToken(text);
  if (parsed === undefined) return undefined;
  const { alg, kid, critical } = parsed.header;
  return {
    text: parsed.text,
    header: { alg, kid, critical },
    claims: JSON.stringify(parsed.claims),
    signature: encode(parsed.signature),
    signed: Buffer.from(signingInput(parsed)).toString('latin1'),
  };
}

/** The same by means of the platform, of a text that must be a token: three parts, each in its one spelling. */
function expected(text: string): object | undefined {
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) return undefined;
  const parts = text.split('.') as [string, string, string];
  if (parts.some((part) => encode(decode(part)) !== part)) return undefined;
  const [head, claimed] = parts.slice(0, 2).map((part) => JSON.parse(decode(part).toString()) as Header);
  return {
    text,
    header: { alg: head!.alg, kid: head!.kid, critical: 'crit' in head! },
    claims: JSON.stringify(claimed),
    signature: parts[2],
    signed: `${parts[0]}.${parts[1]}`,
  };
}

interface Header {
  readonly alg?: unknown;
  readonly kid?: unknown;
}

/** Whatever is taken is what it was sent as. */
const isSound = (text: string): boolean => {
  const found = read(text);
  return found === undefined || isDeepStrictEqual(found, expected(text));
};

describe('parseToken', () => {
  it('takes what was put together of a plain header and claims, and gives it back (RFC 7515 §7.1)', () => {
    const plain = fc.record({ alg: fc.constantFrom('ES256', 'none'), kid: fc.stringMatching(/^[\w-]{1,40}$/) });
    fc.assert(
      fc.property(plain, claims, signature, (head, payload, sig) => {
        const text = [JSON.stringify(head), JSON.stringify(payload), sig].map(encode).join('.');
        expect(read(text)).toEqual(expected(text));
      }),
    );
  });

  it('answers nothing but sound tokens for any header', () => {
    let taken = 0;
    fc.assert(
      fc.property(token, (text) => {
        taken += Number(parseToken(text) !== undefined);
        expect(isSound(text)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(taken).toBeGreaterThan(50);
  });

  it('answers nothing but sound tokens for mutations of them', () => {
    fc.assert(
      fc.property(mutated(token, pieces), (text) => {
        expect(isSound(text)).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('answers nothing but sound tokens for any text, and for pieces of tokens', () => {
    const head = encode('{"alg":"ES256"}');
    fc.assert(
      fc.property(fc.oneof(noise, madeOf('.', head, encode('{}'), 'e30', '=', ' ', '\n', 'AA')), (text) => {
        expect(isSound(text)).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('has one spelling: whatever stands in the unused bits or as padding is refused (RFC 4648 §3.5)', () => {
    const alphabet = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
    const last = fc.tuple(fc.constantFrom(...alphabet), fc.constantFrom(0, 1, 2), fc.constantFrom('', '=', '=='));
    fc.assert(
      fc.property(token, last, (text, [char, index, padding]) => {
        const parts = text.split('.');
        const changed = parts.with(index, parts[index]!.slice(0, -1) + char + padding);
        fc.pre(changed.join('.') !== text && changed.every((part, at) => decode(part).equals(decode(parts[at]!))));
        expect(parseToken(changed.join('.'))).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});
