import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hasQueryParameter, parseAuthorization } from '../../src/http/authorization.js';
import { extractBearer } from '../../src/schemes/access-token/bearer.js';
import { requestOf, sends } from '../fixtures/request.js';

const parse = (authorization: string | readonly string[]) => parseAuthorization(sends({ authorization }));

describe('parseAuthorization', () => {
  it.each([
    ['a scheme and a token', 'Bearer abc', 'bearer', 'abc'],
    ['any case of the scheme (RFC 9110 §11.1)', 'bEaReR abc', 'bearer', 'abc'],
    ['several spaces', 'Bearer   abc', 'bearer', 'abc'],
    ['white space around the value (RFC 9110 §5.5)', ' \t Bearer abc \t', 'bearer', 'abc'],
    ['a scheme alone', 'Bearer', 'bearer', ''],
    ['a scheme and spaces', 'Bearer  ', 'bearer', ''],
    ['parameters', 'Signature a="1", b="2"', 'signature', 'a="1", b="2"'],
    ['parameters with a bad comma in a string', 'Digest a="x, Basic dTpw", b=1', 'digest', 'a="x, Basic dTpw", b=1'],
    [
      'a quoted string with escaped quotes',
      String.raw`Digest a="\", Basic dTpw"`,
      'digest',
      String.raw`a="\", Basic dTpw"`,
    ],
    ['every character of a token in the scheme', "!#$%&'*+.^_`|~0-9A-Za-z- x", "!#$%&'*+.^_`|~0-9a-za-z-", 'x'],
    ['parameters with spaces around the sign', 'Digest a = "1" , b = "2"', 'digest', 'a = "1" , b = "2"'],
  ])('reads %s', (_, field, authScheme, rest) => {
    expect(parse(field)).toEqual({ kind: 'authorization', authScheme, rest });
  });

  it.each([
    ['nothing at all', ''],
    ['white space alone', ' \t '],
    ['a tab between scheme and token (RFC 9110 §11.4)', 'Bearer\tabc'],
    ['a scheme that is no token', 'Bea(rer abc'],
    ['a quoted scheme', '"Bearer" abc'],
    ['a scheme beyond ASCII', 'Bearér abc'],
    ['a comma first', ', Bearer abc'],
    ['a colon', 'Bearer: abc'],
  ])('refuses %s', (_, field) => {
    expect(parse(field)).toMatchObject({
      kind: 'failure',
      code: 'malformed-request',
      reason: 'malformed-authorization',
    });
  });

  it.each([
    ['two field lines (RFC 9110 §5.3)', ['Bearer a', 'Bearer b']],
    ['two equal field lines', ['Bearer a', 'Bearer a']],
    ['two field lines of which one is empty', ['Bearer a', '']],
    ['two credentials in one line', 'Bearer a, Bearer b'],
    ['two schemes in one line', 'Basic dTpw, Bearer a'],
    ['two credentials without a space after the comma', 'Basic dTpw,Bearer a'],
    ['a second one behind parameters', 'Digest a="1", b="2", Bearer abc'],
    ['a second one behind a quoted comma', 'Digest a=",", Bearer abc'],
  ])('refuses %s as more than one credential', (_, field) => {
    expect(parse(field)).toMatchObject({
      kind: 'failure',
      code: 'duplicate-credentials',
      reason: 'duplicate-authorization',
    });
  });

  it('answers absent where there is no field', () => {
    expect(parseAuthorization(requestOf())).toEqual({ kind: 'absent' });
  });

  it('answers one of its three kinds for any text, in time that grows with its length', () => {
    const text = fc.string({
      unit: fc.constantFrom(' ', '\t', ',', '"', '\\', '=', 'a', 'é', '\u0000'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (field) => {
        expect(['authorization', 'failure']).toContain(parse(field).kind);
      }),
      { numRuns: 2000 },
    );
    for (const part of [' ', ', ', ',a ', ',a =', '"', '\\"', ',\t', 'a,'])
      expect(['authorization', 'failure']).toContain(parse(`Bearer ${part.repeat(100_000)}`).kind);
  });
});

describe('extractBearer', () => {
  const limits = { maxCredentialBytes: 16 };
  const extract = (field: string, target = '/') =>
    extractBearer(requestOf({ headers: { authorization: field }, target }), limits, {
      accessTokenParameter: 'refuse',
      dpop: 'off',
    });

  it.each([
    ['the characters of b64token (RFC 6750 §2.1)', 'Bearer aZ09-._~+/=='],
    ['a token of the greatest length', `Bearer ${'a'.repeat(16)}`],
  ])('takes %s', (_, field) => {
    expect(extract(field)).toEqual({ kind: 'bearer', token: field.slice(7) });
  });

  it.each([
    ['a token that is too long', `Bearer ${'a'.repeat(17)}`, 'credential-too-large'],
    ['no token', 'Bearer', 'malformed-authorization'],
    ['a sign of equality inside', 'Bearer a=b', 'malformed-authorization'],
    ['garbage behind the token', 'Bearer a b', 'malformed-authorization'],
    ['a semicolon', 'Bearer a;x=1', 'malformed-authorization'],
    ['a character beyond ASCII', 'Bearer aé', 'malformed-authorization'],
    ['JSON', 'Bearer {"a":1}', 'malformed-authorization'],
  ])('refuses %s', (_, field, reason) => {
    expect(extract(field)).toMatchObject({ kind: 'failure', reason });
  });

  it.each(['Basic abc', 'BearerX abc', 'Bear abc', 'Bearerabc', 'DPoP abc'])(
    'takes %s for somebody else’s',
    (field) => {
      expect(extract(field)).toMatchObject({ kind: 'foreign', failure: { reason: 'unsupported-scheme' } });
    },
  );

  it('never takes a token from the query, and refuses one there beside the field (RFC 6750 §2)', () => {
    const query = requestOf({ target: '/?access_token=abc' });
    expect(extractBearer(query, limits, { accessTokenParameter: 'refuse', dpop: 'off' })).toMatchObject({
      kind: 'foreign',
      failure: { reason: 'credential-in-query' },
    });
    expect(extractBearer(query, limits, { accessTokenParameter: 'ignore', dpop: 'off' })).toEqual({ kind: 'absent' });
    expect(extract('Bearer abc', '/?access_token=')).toMatchObject({ reason: 'duplicate-credentials' });
  });
});

describe('hasQueryParameter', () => {
  it.each([
    ['/?access_token=x', true],
    ['/?a=1&access_token', true],
    ['/?access%5Ftoken=x', true],
    ['/?%61ccess_token=', true],
    ['/?a?access_token=1', false],
    ['/?xaccess_token=1', false],
    ['/access_token=1', false],
    ['/?a=access_token', false],
    ['/', false],
    ['/?%', false],
  ])('of %s says %s', (target, found) => {
    expect(hasQueryParameter(target, 'access_token')).toBe(found);
  });
});
