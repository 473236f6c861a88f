import { describe, expect, it } from 'vitest';

import { normalizeHttpUri } from '../../src/http/normalized-uri.js';

describe('normalizeHttpUri (RFC 3986 §6.2.2, §6.2.3)', () => {
  it.each([
    ['scheme and host in lower case', 'HTTPS://API.Example/Orders', 'https://api.example/Orders'],
    ['without the port of the scheme', 'https://a.example:443/b', 'https://a.example/b'],
    ['without an empty port', 'http://a.example:/b', 'http://a.example/b'],
    ['with any other port', 'https://a.example:80/b', 'https://a.example:80/b'],
    ['with a slash for an empty path', 'https://a.example?q', 'https://a.example/'],
    ['without query and fragment', 'https://a.example/b?c=/d#e?f', 'https://a.example/b'],
    ['without dot segments (§5.2.4)', 'https://a.example/a/b/c/./../../g', 'https://a.example/a/g'],
    ['without dot segments at the end', 'https://a.example/a/b/..', 'https://a.example/a/'],
    ['without more dot segments than there are others', 'https://a.example/../../b', 'https://a.example/b'],
    [
      'with segments that only begin with dots',
      'https://a.example/.well-known/..a/...',
      'https://a.example/.well-known/..a/...',
    ],
    ['with empty segments', 'https://a.example//b//', 'https://a.example//b//'],
    ['without needless encodings, dots too (§6.2.2.2)', 'https://a.example/%7euser/%2E%2e/%41', 'https://a.example/A'],
    ['with others in upper case (§6.2.2.1)', 'https://a.example/a%2fb%c3%a9', 'https://a.example/a%2Fb%C3%A9'],
    ['with what is no encoding as it is', 'https://a.example/%zz%', 'https://a.example/%zz%'],
    ['of an IPv6 address', 'http://[2001:DB8::1]:8080/a', 'http://[2001:db8::1]:8080/a'],
  ])('is %s', (_, given, expected) => {
    expect(normalizeHttpUri(given)).toBe(expected);
    expect(normalizeHttpUri(expected)).toBe(expected);
  });

  it.each([
    '',
    '/',
    'a.example/b',
    'ftp://a.example/',
    'https:a.example',
    'https:///b',
    'https://user@a.example/',
    'https://a.example:b/',
    'https://a.example\\b',
    ' https://a.example/',
    'https://a.exa mple/',
    'https://a%2eexample/',
    'https://a.example:123456/',
  ])('is nothing for %j', (given) => {
    expect(normalizeHttpUri(given)).toBeUndefined();
  });
});
