import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { failure, formatChallenge } from '../../src/index.js';
import { errorParameters, isQuotable } from '../../src/http/challenge.js';

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
