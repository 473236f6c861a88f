import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isClientError } from '../src/index.js';
import { assertOrigin } from '../src/origin-guard.js';
import { createBench, failureOf, thrownBy } from './fixtures/client.js';

const origin = 'https://api.example';

/** Whether a target is refused in due form, or leads to exactly the origin. */
function isKeptIn(target: string): boolean {
  try {
    const { href, pathname, username, password, host } = assertOrigin(target, origin);
    return (
      href.startsWith(`${origin}/`) && /^\/(?!\/)/.test(pathname) && `${username}${password}${host}` === 'api.example'
    );
  } catch (error) {
    return isClientError(error);
  }
}

describe('a target of the origin', () => {
  it.each([
    ['/', '/'],
    ['/orders?x=1', '/orders?x=1'],
    ['/orders#part', '/orders'],
    ['/a//b', '/a//b'],
    ['/a/@b', '/a/@b'],
    ['/a b', '/a%20b'],
    ['/ä', '/%C3%A4'],
    ['/a/../b', '/b'],
    ['/?next=//evil.example', '/?next=//evil.example'],
    [`${origin}/orders`, '/orders'],
    ['HTTPS://API.EXAMPLE:443/orders', '/orders'],
    [origin, '/'],
  ])('%s is taken', (target, path) => {
    expect(assertOrigin(target, origin).href).toBe(origin + path);
  });

  it('may be a URL, of which a copy is taken', () => {
    const url = new URL(`${origin}/a`);
    expect(assertOrigin(url, origin).href).toBe(url.href);
    expect(assertOrigin(url, origin)).not.toBe(url);
  });
});

const foreign = [
  'https://evil.example/', '//evil.example', '\\\\evil.example', '/\\evil.example', '\\/evil.example', '/@evil.example',
  '.evil.example', '@evil.example', ':8443/', 'evil', '', '?x=1', '#x', ' /orders', '/..//evil.example', '/.//evil.example',
  '/%2e%2e//evil.example', 'http://api.example/', 'https://api.example:8443/', 'https://sub.api.example/', 'https://api.example./',
  'https://api.example.evil.example/', 'https://evil.example#@api.example', 'https://evil.example?@api.example',
  'https://evil.example\\@api.example', 'https:evil.example', 'https:/evil.example', 'https:///evil.example', 'https:\\\\evil.example',
  'https:orders', 'ftp://api.example/', 'data:text/plain,x', 'blob:https://api.example/x', 'file:///etc/passwd', 'javascript:alert(1)',
  'https://', 'https://[', 'https://u:p@evil.example/', 'https://api.example@evil.example/',
]; // prettier-ignore

describe('cli-origin-guard: a target outside of the origin', () => {
  it.each(foreign)('%j is refused', (target) => {
    expect(thrownBy(() => assertOrigin(target, origin))).toMatchObject({ code: 'origin-mismatch' });
  });

  it.each([
    ['a URL of another origin', new URL('https://evil.example/')],
    ['an object that looks like a URL', { href: 'https://evil.example/', origin, toString: () => `${origin}/` }],
    ['a Request', new Request(`${origin}/`)],
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
  ])('%s is refused', (_title, target) => {
    expect(thrownBy(() => assertOrigin(target as never, origin))).toMatchObject({ code: 'origin-mismatch' });
  });

  it('gets nothing: no request leaves, to nobody', async () => {
    const { api, issuer, client } = await createBench();
    for (const target of foreign) expect((await failureOf(client.fetch(target))).code).toBe('origin-mismatch');
    expect([api.seen.length, issuer.seen.length]).toEqual([0, 0]);
  });

  it('is refused however it is spelt: whatever comes through goes to exactly the origin', () => {
    const piece = fc.constantFrom(
      '/', '//', '\\', '@', ':', '?', '#', '.', '..', '%2f', '%5c', 'evil.example', 'api.example', 'https:', 'http:', 'https://',
      origin, ' ', '\t', '\n', '\0', '\u2028', '\u3002', '。', '／', '[', ']', '%', 'a', ';', '&', '|', '^',
    ); // prettier-ignore
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
    );
    const { failed, counterexample } = fc.check(fc.property(text, isKeptIn), { numRuns: 2000 });
    expect([failed, counterexample]).toEqual([false, null]);
  });
});

describe('cli-url-userinfo: a URL with a user name or password (RFC 3986 §3.2.1)', () => {
  it.each(['https://u:p@api.example', 'https://u@api.example/', 'https://:p@api.example/x'])(
    '%s is refused',
    (target) => {
      const error = thrownBy(() => assertOrigin(target, origin));
      expect(error).toMatchObject({ code: 'credentials-in-url' });
      expect(String(error)).not.toContain('u:p');
    },
  );
});

describe('cli-header-injection: a target with control characters', () => {
  it.each(['/a\r\nHost: evil', '/a\nb', '/\tb', '/a\0', '/a\u007f', '/a\u0085', '/\u2028', '/\ud800'])(
    '%j is refused',
    (target) => {
      expect(thrownBy(() => assertOrigin(target, origin))).toMatchObject({ code: 'invalid-request' });
    },
  );
});
