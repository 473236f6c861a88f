import { describe, expect, it } from 'vitest';

import { isLoopback } from '../../src/http/transport.js';
import { benchOf, wordScheme } from '../fixtures/guard.js';
import { requestOf } from '../fixtures/request.js';
import type { AuthOptions } from '../../src/index.js';

const check = async (
  remoteAddress: string | null,
  options: Partial<AuthOptions> = {},
  headers: Record<string, string> = {},
  encrypted = false,
) =>
  benchOf({ a: wordScheme('a') }, options).decide(
    { scheme: 'a' },
    requestOf({ headers: { 'x-a': 'ann', ...headers }, connection: { remoteAddress, encrypted } }),
  );

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1', '0:0:0:0:0:0:0:1'])(
    'takes %s',
    (address) => {
      expect(isLoopback(address)).toBe(true);
    },
  );

  it.each([
    null,
    '',
    '126.0.0.1',
    '128.0.0.1',
    '10.0.0.1',
    '0.0.0.0',
    '::',
    '::2',
    '::ffff:10.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.0.0.1.example',
    'localhost',
    'x127.0.0.1',
    '127.0.0.1, 10.0.0.1',
    '::1.example',
    '64:ff9b::7f00:1',
    'fe80::1',
  ])('refuses %s', (address) => {
    expect(isLoopback(address)).toBe(false);
  });
});

describe('plain HTTP', () => {
  const proxied = { trustProxy: ['127.0.0.1', '10.0.0.0/8'] };

  it('is let in from this machine by default, and from nowhere else', async () => {
    expect(await check('127.0.0.1')).toMatchObject({ kind: 'allow' });
    expect(await check('10.0.0.1')).toMatchObject({ status: 403, code: 'tls-required' });
    expect(await check(null)).toMatchObject({ code: 'tls-required' });
  });

  it('is refused from everywhere, or let in from everywhere, where the option says so', async () => {
    expect(await check('127.0.0.1', { insecureTransport: 'refuse' })).toMatchObject({ code: 'tls-required' });
    expect(await check('10.0.0.1', { insecureTransport: 'allow' })).toMatchObject({ kind: 'allow' });
  });

  it('is not made TLS by a field of a peer that nobody trusts', async () => {
    for (const field of ['x-forwarded-proto', 'forwarded', 'x-forwarded-ssl', 'front-end-https'])
      expect(await check('10.0.0.1', {}, { [field]: field === 'forwarded' ? 'proto=https' : 'https' })).toMatchObject({
        code: 'tls-required',
      });
  });

  it('is believed of a trusted proxy, in both directions', async () => {
    expect(await check('10.0.0.1', proxied, { 'x-forwarded-proto': 'https' })).toMatchObject({ kind: 'allow' });
    expect(await check('10.0.0.1', proxied, { 'x-forwarded-proto': 'http' }, true)).toMatchObject({
      code: 'tls-required',
    });
    expect(await check('127.0.0.1', proxied, { 'x-forwarded-proto': 'http' })).toMatchObject({ code: 'tls-required' });
    expect(await check('127.0.0.1', proxied, { 'x-forwarded-proto': 'https, http' })).toMatchObject({
      code: 'tls-required',
    });
  });

  it('is refused where a trusted proxy says http in one field and another field is silent', async () => {
    const options = { ...proxied, forwardedFields: ['x-forwarded-proto', 'x-forwarded-for', 'forwarded'] as const };
    const headers = { 'x-forwarded-proto': 'http', 'x-forwarded-for': '203.0.113.9', forwarded: 'by=10.0.0.1' };
    expect(await check('127.0.0.1', options, headers)).toMatchObject({ code: 'tls-required' });
  });

  it('does not become loopback by a forwarded address', async () => {
    expect(await check('10.0.0.1', proxied, { 'x-forwarded-for': '127.0.0.1' })).toMatchObject({
      code: 'tls-required',
    });
  });
});
