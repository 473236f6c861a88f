import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseAuthorization } from '../../src/http/authorization.js';
import { extractBearer } from '../../src/schemes/access-token/bearer.js';
import { formatChallenge, parseChallenges, type ParsedChallenge } from '../../src/http/challenge.js';
import { parseForwarded } from '../../src/http/forwarded.js';
import { formatUserPass } from '../../src/schemes/basic/sign.js';
import { parseUserPass } from '../../src/schemes/basic/credentials.js';
import { sends } from '../fixtures/request.js';
import { madeOf, mutated, noise } from './arbitrary.js';

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const token68 = fc.stringMatching(/^[0-9A-Za-z._~+/-]{1,30}={0,2}$/);
const visible = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const ows = fc.constantFrom('', ' ', '\t', ' \t ');
const escape = (text: string): string => text.replaceAll(/["\\]/g, String.raw`\$&`);

describe('parseAuthorization', () => {
  const field = madeOf('Bearer', 'Basic', ' ', '\t', ',', '"', '\\', '=', 'a', 'realm="x"', 'é', '\0', '\n');

  it('finds scheme and credentials as they were put together (RFC 9110 §11.4)', () => {
    fc.assert(
      fc.property(token, fc.constantFrom(' ', '   '), token68, ows, (scheme, spaces, rest, around) => {
        const found = parseAuthorization(sends({ authorization: around + scheme + spaces + rest + around }));
        expect(found).toEqual({ kind: 'authorization', authScheme: scheme.toLowerCase(), rest });
      }),
    );
  });

  it('answers any field with what stands in it, or a refusal of the format', () => {
    const reasons = new Set(['duplicate-authorization', 'malformed-authorization']);
    fc.assert(
      fc.property(fc.oneof(noise, field, mutated(field, noise)), (text) => {
        const found = parseAuthorization(sends({ authorization: text }));
        const [, scheme = '', rest = ''] = /^[ \t]*([^ \t]+)(?: +(.*?))?[ \t]*$/s.exec(text) ?? [];
        const isRefusal = found.kind === 'failure' && reasons.has(found.reason);
        // A field that is there is never absent.
        expect(found).toEqual(isRefusal ? found : { kind: 'authorization', authScheme: scheme.toLowerCase(), rest });
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses any two lines, whatever they say (RFC 9110 §5.3)', () => {
    fc.assert(
      fc.property(fc.array(noise, { minLength: 2, maxLength: 4 }), (lines) => {
        expect(parseAuthorization(sends({ authorization: lines }))).toMatchObject({
          reason: 'duplicate-authorization',
        });
      }),
    );
  });

  it('refuses a second credential behind a comma', () => {
    fc.assert(
      fc.property(token, token68, token, token68, ows, (first, one, second, two, space) => {
        const line = `${first} ${one},${space}${second} ${two}`;
        expect(parseAuthorization(sends({ authorization: line })).kind).toBe('failure');
      }),
    );
  });
});

describe('extractBearer', () => {
  const limits = { maxCredentialBytes: 64 };

  it('answers a token of the grammar and within the limit, or none (RFC 6750 §2.1)', () => {
    const field = fc.oneof(
      noise.map((text) => `Bearer ${text}`),
      madeOf('Bearer', 'bearer ', ' ', '=', 'a', 'b.c', '~', ',', '"', '\t'),
      fc.tuple(fc.constantFrom('Bearer', 'bEARER'), token68).map((parts) => parts.join(' ')),
      token68.map((text) => `Bearer ${text.repeat(3)}`),
    );
    fc.assert(
      fc.property(field, (text) => {
        const found = extractBearer(sends({ authorization: text }), limits, {
          accessTokenParameter: 'refuse',
          dpop: 'off',
        });
        expect(['bearer', 'failure', 'foreign']).toContain(found.kind);
        if (found.kind !== 'bearer') return;
        expect(text.trim().toLowerCase().startsWith('bearer ')).toBe(true);
        expect(text.trim().slice(7).trimStart()).toBe(found.token);
        expect(found.token).toMatch(/^[\w\-.~+/]{1,64}=*$/);
        expect(found.token.length).toBeLessThanOrEqual(64);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('parseUserPass', () => {
  it('reads what formatUserPass writes (RFC 7617 §2)', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), noise);
    let written = 0;
    fc.assert(
      fc.property(text, text, (username, password) => {
        const field = formatUserPass(username, password);
        if (field === undefined) return;
        written++;
        const prepared = password
          .normalize('NFC')
          .replaceAll(/\p{Zs}/gu, ' ')
          .normalize('NFC');
        expect(parseUserPass(field.slice('Basic '.length))).toEqual({
          kind: 'user-pass',
          username: username.normalize('NFC'),
          password: prepared,
        });
      }),
      { numRuns: 1000 },
    );
    expect(written).toBeGreaterThan(100);
  });
});

describe('parseChallenges', () => {
  const named = (names: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
    fc.uniqueArray(fc.tuple(names, value), { selector: ([name]) => name.toLowerCase(), minLength: 1, maxLength: 4 });
  const plain = (parsed: readonly ParsedChallenge[] | undefined): unknown =>
    parsed?.map(({ authScheme, token68: credentials, parameters }) => [
      authScheme,
      credentials,
      Object.fromEntries(parameters),
    ]);

  it('reads what formatChallenge writes, one or several (RFC 9110 §11.6.1)', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(token, named(token, visible)), { minLength: 1, maxLength: 3 }), (challenges) => {
        const field = challenges.map(([scheme, parameters]) => formatChallenge(scheme, parameters)).join(', ');
        const lower = (list: readonly (readonly [string, string])[]): object =>
          Object.fromEntries(list.map(([name, value]) => [name.toLowerCase(), value]));
        expect(plain(parseChallenges(field))).toEqual(
          challenges.map(([scheme, parameters]) => [scheme.toLowerCase(), undefined, lower(parameters)]),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a list in which a challenge says one thing twice (RFC 9110 §11.2)', () => {
    const twice = fc.tuple(named(token, visible), visible, fc.nat());
    fc.assert(
      fc.property(token, twice, (scheme, [parameters, value, at]) => {
        const [name] = parameters[at % parameters.length]!;
        const field = formatChallenge(scheme, [...parameters, [name.toUpperCase(), value]]);
        expect(parseChallenges(field)).toBeUndefined();
        expect(parseChallenges(`Basic realm="x", ${field}`)).toBeUndefined();
      }),
    );
  });

  it('answers a list or nothing, and what it answers is read again when it is written', () => {
    const field = madeOf(
      'Bearer',
      'Basic ',
      ' ',
      ', ',
      ',',
      '=',
      'a=',
      '"',
      '\\',
      'realm="x"',
      'b',
      'abc==',
      '\t',
      'é',
    );
    fc.assert(
      fc.property(fc.oneof(noise, field, mutated(field, noise)), (text) => {
        const found = parseChallenges(text);
        if (found === undefined) return;
        const written = found.map(({ authScheme, token68: credentials, parameters }) =>
          credentials === undefined ? formatChallenge(authScheme, [...parameters]) : `${authScheme} ${credentials}`,
        );
        expect(plain(parseChallenges(written.join(', ')))).toEqual(plain(found));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('parseForwarded', () => {
  const kinds = ['for', 'proto', 'host', 'by'] as const;
  const value = fc.oneof(
    token,
    visible.map((text) => `"${escape(text)}"`),
  );
  const unquote = (text: string): string =>
    text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;
  const element = fc.uniqueArray(fc.tuple(fc.constantFrom(...kinds), value, ows), {
    selector: ([name]) => name,
    minLength: 1,
  });

  it('finds what was put together, from the client to the nearest proxy (RFC 7239 §4)', () => {
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 4 }), (elements) => {
        const field = elements
          .map((pairs) => pairs.map(([name, text, space]) => `${space}${name}=${text}`).join(';'))
          .join(',');
        const told = (name: string): string[] =>
          elements.flatMap((pairs) => pairs.filter(([each]) => each === name).map(([, text]) => unquote(text)));
        expect(parseForwarded(field)).toEqual({
          addresses: told('for'),
          protocols: told('proto').map((text) => text.toLowerCase()),
          hosts: told('host').map((text) => text.toLowerCase()),
        });
      }),
      { numRuns: 500 },
    );
  });

  it('refuses an element that says one thing twice, however it is written (RFC 7239 §4)', () => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 2 }), element, value, fc.nat(), (others, pairs, again, at) => {
        const doubled = [...pairs, [pairs[at % pairs.length]![0].toUpperCase(), again, ''] as const];
        const field = [...others, doubled].map((each) => each.map(([name, text]) => `${name}=${text}`).join(';'));
        expect(parseForwarded(field.join(','))).toBeUndefined();
        expect(parseForwarded(field.toReversed().join(','))).toBeUndefined();
      }),
    );
  });

  it('answers three lists or nothing for any field', () => {
    const field = madeOf(
      'for=',
      'host=',
      'proto=',
      ';',
      ',',
      '"',
      '\\',
      'a',
      ' ',
      '=',
      '"[::1]"',
      '__proto__=',
      'for=a',
    );
    fc.assert(
      fc.property(fc.oneof(noise, field, mutated(field, noise)), (text) => {
        const found = parseForwarded(text);
        if (found === undefined) return;
        expect(Object.keys(found)).toEqual(['addresses', 'protocols', 'hosts']);
        expect(
          Object.values(found)
            .flat()
            .every((each) => typeof each === 'string'),
        ).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
