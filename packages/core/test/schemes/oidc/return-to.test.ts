import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isOidcError } from '../../../src/oidc.js';
import { checkReturnTo } from '../../../src/schemes/oidc/return-to.js';

const verdictOf = (text: unknown): string => {
  try {
    return checkReturnTo(text) === text ? 'taken' : 'changed';
  } catch (error) {
    return isOidcError(error) ? error.code : 'thrown';
  }
};

describe('checkReturnTo', () => {
  it.each([
    '/',
    '/orders',
    '/orders?page=2&x=%2F%2Fevil',
    '/a/b/../c',
    '/%5Cevil',
    '/a//b',
    '/?returnTo=https://a.example',
  ])('takes %s, a path of this origin', (path) => {
    expect(verdictOf(path)).toBe('taken');
  });

  it.each([undefined, null, 1, {}, ['/a'], '', 'orders', '?a', '#a', ' /a', '/a b', '/ü', '/a\u0000', '///evil', '/..//evil', '/%2e//evil', `/${'a'.repeat(2048)}`])(
    'refuses %j',
    (text) => {
      expect(verdictOf(text)).toBe('return-to-not-allowed');
    },
  ); // prettier-ignore

  it('takes nothing that a browser would follow to another origin, as it is or once it was resolved', () => {
    const piece = fc.constantFrom('/', '\\', '.', '..', '//', '%2e', '%2f', '@', ':', '?', '#', '\t', '\r', '\n', 'evil.example', 'https:', ' ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        if (verdictOf(text) !== 'taken') return;
        const once = new URL(text, 'https://app.example/auth/callback');
        const twice = new URL(once.pathname + once.search, 'https://app.example');
        expect([once.origin, twice.origin]).toEqual(['https://app.example', 'https://app.example']);
      }),
      { numRuns: 2000 },
    );
  }); // prettier-ignore
});
