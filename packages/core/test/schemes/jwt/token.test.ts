import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { parseToken, signingInput } from '../../../src/schemes/jwt/token.js';
import { claimsOf, makeSigner } from '../../fixtures/tokens.js';

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const token = (header: unknown, claims: unknown = { sub: 'ann' }, signature = 'AAAA'): string =>
  `${part(header)}.${part(claims)}.${signature}`;

let good: string;
beforeAll(async () => {
  good = await (await makeSigner('ES256')).sign(claimsOf());
});

describe('parseToken', () => {
  it('takes a signed token apart and keeps the bytes that were signed (RFC 7515 §5.1)', () => {
    const parsed = parseToken(good)!;
    expect(parsed.header).toEqual({ alg: 'ES256', kid: 'k1', typ: 'at+jwt', critical: false });
    expect({ ...parsed.claims }).toEqual(claimsOf());
    expect(new TextDecoder().decode(signingInput(parsed))).toBe(good.slice(0, good.lastIndexOf('.')));
    expect(parsed.signature).toHaveLength(64);
  });

  it.each([
    ['a media type in any case', { typ: 'Application/AT+JWT' }, { typ: 'at+jwt' }],
    ['a keyid of 256 characters', { kid: 'k'.repeat(256) }, { kid: 'k'.repeat(256) }],
    ['a critical extension that is there', { crit: ['exp2'], exp2: 1 }, { critical: true }],
    ['b64 where crit names it (RFC 7797 §6)', { crit: ['b64'], b64: false }, { critical: true }],
    [
      'keys in the header, of which it keeps none',
      { jwk: {}, jku: 'x', x5u: 'x', x5c: [] },
      { alg: 'RS256', critical: false },
    ],
  ])('reads %s', (_, change, expected) => {
    expect(parseToken(token({ alg: 'RS256', ...change }))?.header).toMatchObject(expected);
    expect(Object.keys(parseToken(token({ alg: 'RS256', ...change }))!.header)).not.toContain('jwk');
  });

  it.each([
    ['no alg', {}],
    ['an empty alg', { alg: '' }],
    ['an alg that is a number', { alg: 1 }],
    ['an alg that is a list', { alg: ['RS256'] }],
    ['an empty kid', { alg: 'RS256', kid: '' }],
    ['a kid that is null', { alg: 'RS256', kid: null }],
    ['a kid of 257 characters', { alg: 'RS256', kid: 'k'.repeat(257) }],
    ['a kid of more than 256 bytes', { alg: 'RS256', kid: 'é'.repeat(200) }],
    ['a typ that is a number', { alg: 'RS256', typ: 1 }],
    ['a cty (RFC 7519 §5.2)', { alg: 'RS256', cty: 'JWT' }],
    ['an empty crit (RFC 7515 §4.1.11)', { alg: 'RS256', crit: [] }],
    ['a crit that is a text', { alg: 'RS256', crit: 'exp2', exp2: 1 }],
    ['a crit with one name twice', { alg: 'RS256', crit: ['exp2', 'exp2'], exp2: 1 }],
    ['a crit that names what is absent', { alg: 'RS256', crit: ['exp2'] }],
    ['a crit that names what every object has', { alg: 'RS256', crit: ['toString'] }],
    ['a crit that names a registered member', { alg: 'RS256', crit: ['alg'] }],
    ['a crit of numbers', { alg: 'RS256', crit: [1], 1: 1 }],
    ['b64 without crit', { alg: 'RS256', b64: false }],
    ['a header that is a list', []],
    ['a header with two alg', '{"alg":"RS256","\\u0061lg":"none"}'],
  ])('refuses %s', (_, header) => {
    expect(parseToken(token(header))).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['one part', 'a'],
    ['two parts', 'a.b'],
    ['an empty header', `.${part({})}.AAAA`],
    ['empty claims', `${part({ alg: 'RS256' })}..AAAA`],
    ['four parts', `${token({ alg: 'RS256' })}.AAAA`],
    ['a JWE of five parts', 'a.b.c.d.e'],
    ['dots alone', '.'.repeat(8000)],
    ['claims that are a list', token({ alg: 'RS256' }, [])],
    ['claims with two sub', token({ alg: 'RS256' }, '{"sub":"a","sub":"b"}')],
    ['padding', token({ alg: 'RS256' }, { sub: 'ann' }, 'AA==')],
    ['unused bits in the signature that are not zero', token({ alg: 'RS256' }, { sub: 'ann' }, 'AB')],
    ['white space', ` ${token({ alg: 'RS256' })}`],
  ])('refuses %s', (_, text) => {
    expect(parseToken(text)).toBeUndefined();
  });

  it('answers a token or nothing for any text and for mutations of a real one', () => {
    const mutation = fc.tuple(fc.nat(), fc.constantFrom('', '.', '=', 'A', '_', '\u0000', 'é')).map(([at, by]) => {
      const i = at % good.length;
      return good.slice(0, i) + by + good.slice(i + 1);
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constant(null).chain(() => mutation),
        ),
        (text) => {
          const parsed = parseToken(text);
          if (parsed === undefined) return;
          expect(parsed.text).toBe(text);
          expect(typeof parsed.header.alg).toBe('string');
          expect(Object.getPrototypeOf(parsed.claims)).toBeNull();
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('has one spelling: two texts with the same parts are the same text', () => {
    fc.assert(
      fc.property(fc.nat({ max: 63 }), fc.constantFrom(0, 1, 2), (value, which) => {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        const parts = good.split('.');
        const changed = parts[which]!.slice(0, -1) + alphabet[value]!;
        const parsed = parseToken(parts.with(which, changed).join('.'));
        const same =
          parsed !== undefined &&
          Buffer.from(parsed.signature).toString('base64url') === parts[2] &&
          JSON.stringify(parsed.claims) === JSON.stringify(parseToken(good)!.claims) &&
          which !== 0;
        expect(same).toBe(same && changed === parts[which]);
      }),
    );
  });
});
