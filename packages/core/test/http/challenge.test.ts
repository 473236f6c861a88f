import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { failure, formatChallenge } from '../../src/index.js';
import { errorParameters, isQuotable, parseChallenges } from '../../src/http/challenge.js';

/** Reads back one challenge whose parameters are quoted strings (RFC 9110 §5.6.4). */
function readChallenge(text: string): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  const pair = /([a-z_]+)="((?:[^"\\]|\\.)*)"(?:, |$)/gy;
  pair.lastIndex = text.indexOf(' ') + 1;
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text);
    if (match === null) throw new Error(`not a challenge: ${text}`);
    found.push([match[1]!, match[2]!.replace(/\\(.)/g, '$1')]);
  }
  return found;
}

describe('formatChallenge', () => {
  it('escapes quotes and backslashes (RFC 9110 §5.6.4)', () => {
    expect(formatChallenge('Basic', [['realm', String.raw`a "b" \c`]])).toBe(String.raw`Basic realm="a \"b\" \\c"`);
  });

  it('is read back as it was written, for every text that may stand in a field', () => {
    const quotable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('realm', 'scope', 'error'), quotable), { minLength: 1 }),
        (parameters) => {
          expect(isQuotable(parameters[0]![1])).toBe(true);
          expect(readChallenge(formatChallenge('Bearer', parameters))).toEqual(parameters);
        },
      ),
    );
  });

  it('leaves numbers bare, leaves out what is undefined, and a scheme without parameters alone', () => {
    expect(
      formatChallenge('Bearer', [
        ['a', 'x'],
        ['max_age', 0],
        ['b', undefined],
      ]),
    ).toBe('Bearer a="x", max_age=0');
    expect(formatChallenge('Negotiate', [['a', undefined]])).toBe('Negotiate');
  });
});

describe('isQuotable', () => {
  it.each(['', ' ', '\t', '~', 'a"b\\c'])('takes %j', (text) => {
    expect(isQuotable(text)).toBe(true);
  });

  it.each(['\r', '\n', 'a\r\nset-cookie: b=1', 'a\n', '\0', '\x7f', '\x1b', 'é', '\u2028', '😀'])(
    'refuses %j',
    (text) => {
      expect(isQuotable(text)).toBe(false);
    },
  );
});

describe('errorParameters', () => {
  it('are none where nothing failed, and none for a code without an OAuth error', () => {
    expect(errorParameters(undefined)).toEqual([]);
    expect(errorParameters(failure('key-revoked'))).toEqual([]);
  });

  it('are the error, its title and what would have been enough (RFC 6750 §3, RFC 9470 §3)', () => {
    expect(
      formatChallenge('Bearer', errorParameters(failure('insufficient-scope', { required: { scopes: ['r', 'w'] } }))),
    ).toBe(
      'Bearer error="insufficient_scope", error_description="The access token lacks a required scope", scope="r w"',
    );
    expect(
      formatChallenge(
        'Bearer',
        errorParameters(failure('acr-insufficient', { required: { acr: ['a', 'b'], maxAgeSeconds: 5 } })),
      ),
    ).toBe(
      'Bearer error="insufficient_user_authentication", error_description="A stronger or fresher authentication is required", ' +
        'acr_values="a b", max_age=5',
    );
  });
});

/** Scheme and parameters, or token68, of each challenge. */
const parse = (field: string) =>
  parseChallenges(field)?.map(({ authScheme, token68, parameters }) =>
    token68 === undefined ? [authScheme, Object.fromEntries(parameters)] : [authScheme, token68],
  );

describe('parseChallenges', () => {
  it.each<[string, string, readonly unknown[]]>([
    // RFC 6750 §3, RFC 9470 §3, RFC 9110 §11.6.1 print these four.
    ['no error', 'Bearer realm="example"', [['bearer', { realm: 'example' }]]],
    [
      'an expired token',
      'Bearer realm="example", error="invalid_token", error_description="The access token expired"',
      [['bearer', { realm: 'example', error: 'invalid_token', error_description: 'The access token expired' }]],
    ],
    [
      'a step-up',
      'Bearer error="insufficient_user_authentication", max_age="5"',
      [['bearer', { error: 'insufficient_user_authentication', max_age: '5' }]],
    ],
    [
      'two schemes',
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        ['basic', { realm: 'simple' }],
        ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
      ],
    ],
    ['nothing', '', []],
    ['commas and white space alone (RFC 9110 §5.6.1)', ' , ,\t,', []],
    [
      'schemes alone',
      'Negotiate, NTLM',
      [
        ['negotiate', {}],
        ['ntlm', {}],
      ],
    ],
    [
      'a token68',
      'Negotiate YWJj==, Basic realm="a"',
      [
        ['negotiate', 'YWJj=='],
        ['basic', { realm: 'a' }],
      ],
    ],
    ['a token68 that looks like a parameter', 'Negotiate abc=', [['negotiate', 'abc=']]],
    [
      'empty elements',
      ', Basic realm="a",, , Bearer ,',
      [
        ['basic', { realm: 'a' }],
        ['bearer', {}],
      ],
    ],
    ['parameters after an empty element', 'Basic , realm="a"', [['basic', { realm: 'a' }]]],
    ['white space around the sign (RFC 9110 §11.2)', 'Basic realm \t= "a"', [['basic', { realm: 'a' }]]],
    ['names in any case', 'BASIC REALM="A"', [['basic', { realm: 'A' }]]],
    ['an empty text', 'Basic realm=""', [['basic', { realm: '' }]]],
    ['commas and signs in a text', 'Basic realm="a, Bearer error=1"', [['basic', { realm: 'a, Bearer error=1' }]]],
    ['characters beyond ASCII in a text', 'Basic realm="ä"', [['basic', { realm: 'ä' }]]],
    [
      'one scheme twice',
      'Bearer a=1, Bearer a=2',
      [
        ['bearer', { a: '1' }],
        ['bearer', { a: '2' }],
      ],
    ],
    ['names of objects', 'Bearer __proto__=x', [['bearer', Object.fromEntries([['__proto__', 'x']])]]],
  ])('reads %s', (_title, field, challenges) => {
    expect(parse(field)).toEqual(challenges);
  });

  it.each([
    ['a quote that never ends', 'Bearer realm="a'],
    ['an escape at the end', 'Bearer realm="a\\'],
    ['no value', 'Bearer realm="a", error='],
    ['a parameter without a scheme', 'realm="a"'],
    ['a parameter twice (RFC 9110 §11.2)', 'Bearer realm="a", Realm="b"'],
    ['text after a text', 'Bearer realm="a"b'],
    ['two parameters without a comma', 'Bearer realm="a" error="b"'],
    ['a scheme and a word', 'Bearer abc def'],
    ['parameters after a token68', 'Negotiate abc==, a=1'],
    ['a scheme that is no token', 'Bea(rer realm="a"'],
    ['a tab after the scheme', 'Bearer\trealm="a"'],
    ['a line break', 'Bearer realm="a\r\nb"'],
    ['a null byte', 'Bearer realm="\0"'],
    ['too much text', `Bearer realm="${'x'.repeat(16_384)}"`],
    ['too many challenges', Array(257).fill('a').join()],
  ])('refuses %s, and all that stands beside it', (_title, field) => {
    expect(parseChallenges(field)).toBeUndefined();
    expect(parseChallenges(`Basic realm="ok", ${field}`)).toBeUndefined();
  });

  it('takes as much as there may be', () => {
    expect(parseChallenges(Array(256).fill('a').join())).toHaveLength(256);
    expect(parse(`Bearer realm="${'x'.repeat(16_369)}"`)).toHaveLength(1);
  });

  it('reads what formatChallenge writes', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}$/);
    const quotable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
    const challenge = fc.tuple(name, fc.dictionary(name, quotable, { noNullPrototype: true }));
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 5 }), (challenges) => {
        const field = challenges.map(([scheme, parameters]) => formatChallenge(scheme, Object.entries(parameters)));
        expect(parse(field.join(', '))).toEqual(challenges);
      }),
    );
  });

  it('answers any text', () => {
    const part = fc.constantFrom(' ', '\t', ',', '"', '\\', '=', 'a', 'Bearer ', 'a="b"', '/', 'é', '\0');
    const text = fc.oneof(
      fc.array(part).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (field) => {
        const challenges = parseChallenges(field);
        expect(challenges === undefined || Array.isArray(challenges)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('answers in time that grows with the length of the text', () => {
    // Of 16 kB each: a pattern that tried each character again for every other would not come to an end.
    const parts = [' ', ',', '"', '\\', '\\"', 'a', 'a=', 'a ', 'a/', '/ ', ', ', '= ', '\t'];
    const fields = parts.flatMap((part) => ['', 'a ', 'a b="', 'a b='].map((prefix) => prefix + part.repeat(8000)));
    expect(fields.filter((field) => field.length <= 16_384).length).toBeGreaterThan(40);
    expect(new Set(fields.map((field) => typeof parseChallenges(field)))).toEqual(new Set(['object', 'undefined']));
  });
});
