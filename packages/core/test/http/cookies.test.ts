import { describe, expect, it } from 'vitest';

import { cookieValues, formatHostCookie, isHostCookieName } from '../../src/http/cookies.js';

describe('cookieValues', () => {
  it.each<[string, string, readonly string[]]>([
    ['the value', '__Host-a=1', ['1']],
    ['a value among others', 'x=y; __Host-a=1; z', ['1']],
    ['both where it comes twice', '__Host-a=1; __Host-a=2', ['1', '2']],
    ['a value with equals signs', '__Host-a=b=c==', ['b=c==']],
    ['an empty value', '__Host-a=', ['']],
    ['what stands in a Set-Cookie field', '__Host-a=1; Path=/; Secure', ['1']],
    ['nothing for a name without a value', '__Host-a', []],
    ['nothing for a name of other case', '__host-a=1', []],
    ['nothing for a name that only begins or ends alike', '__Host-ab=1; x__Host-a=2', []],
    ['nothing for an empty field', '', []],
  ])('finds %s (RFC 6265 §5.4)', (_, field, values) => {
    expect(cookieValues(field, '__Host-a')).toEqual(values);
  });
});

describe('formatHostCookie', () => {
  it('is for this host alone, over TLS, out of reach of scripts and of posts from elsewhere (RFC 6265bis §4.1.3.2)', () => {
    expect(formatHostCookie('__Host-a', 'b', 60.9)).toBe(
      '__Host-a=b; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Lax',
    );
  });

  it.each([
    ['a', 'b'],
    ['__Host-', 'b'],
    ['__Host-a;', 'b'],
    ['__Host-a', 'b;c'],
    ['__Host-a', 'b\r\nSet-Cookie: c=d'],
    ['__Host-a', 'ü'],
  ])('refuses %j=%j, which would say something else', (name, value) => {
    expect(() => formatHostCookie(name, value, 1)).toThrow(TypeError);
  });

  it('knows names of the prefix alone', () => {
    expect([undefined, 1, '__Secure-a', '__host-a', `__Host-${'a'.repeat(41)}`].some(isHostCookieName)).toBe(false);
  });
});
