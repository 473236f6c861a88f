import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createAddressSet, isAddressRange, parseAddress } from '../../src/http/addresses.js';
import { parseForwarded } from '../../src/http/forwarded.js';
import { findTargetUri } from '../../src/http/target-uri.js';
import { findClient, type ForwardedField } from '../../src/http/trusted-proxy.js';
import { isFailureError } from '../../src/index.js';
import { sends } from '../fixtures/request.js';

const everyField: readonly ForwardedField[] = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'];
const client = (headers: Record<string, string | readonly string[]>, fields = everyField, peer = '10.0.0.1') =>
  findClient(
    sends(headers).headers,
    { remoteAddress: peer, encrypted: false },
    { addresses: createAddressSet(['10.0.0.0/8']), fields: new Set(fields) },
  );

describe('findClient', () => {
  it('takes the first address from the right that is no trusted proxy (RFC 7239 §5.2)', () => {
    expect(client({ 'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.0.0.2' })).toMatchObject({ address: '203.0.113.9' });
    expect(client({ 'x-forwarded-for': ['1.1.1.1', '203.0.113.9', '10.0.0.2'] })).toMatchObject({
      address: '203.0.113.9',
    });
    expect(client({ forwarded: 'for=1.1.1.1, for="[2001:db8::1]:80", for=10.0.0.2' })).toMatchObject({
      address: '2001:db8::1',
    });
  });

  it('takes every forwarded field for absent from a peer that nobody trusts', () => {
    const headers = {
      'x-forwarded-for': '1.1.1.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil',
      forwarded: '!',
    };
    expect(client(headers, everyField, '203.0.113.1')).toEqual({
      kind: 'client',
      address: '203.0.113.1',
      encrypted: false,
      toldByProxy: false,
    });
  });

  it('reads no field that was not named', () => {
    const found = client({ 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }, ['x-forwarded-for']);
    expect(found).not.toHaveProperty('host');
  });

  it('keeps what one of two fields tells where the other is silent', () => {
    expect(client({ 'x-forwarded-for': '203.0.113.9', forwarded: 'proto=https' })).toMatchObject({
      address: '203.0.113.9',
      encrypted: true,
    });
    expect(
      client({ 'x-forwarded-proto': 'http', 'x-forwarded-host': 'a.example', forwarded: 'for=203.0.113.9' }),
    ).toMatchObject({
      address: '203.0.113.9',
      encrypted: false,
      toldByProxy: true,
      host: 'a.example',
    });
  });

  it.each([
    ['two hosts', { 'x-forwarded-host': 'a.example, b.example' }],
    ['two host lines', { 'x-forwarded-host': ['a.example', 'b.example'] }],
    ['fields that disagree about the protocol', { 'x-forwarded-proto': 'https', forwarded: 'proto=http' }],
    ['fields that disagree about the address', { 'x-forwarded-for': '1.1.1.1', forwarded: 'for=2.2.2.2' }],
    ['fields that disagree about the host', { 'x-forwarded-host': 'a.example', forwarded: 'host=b.example' }],
  ])('refuses %s', (_, headers) => {
    expect(client(headers)).toMatchObject({ kind: 'failure', reason: 'forwarded-conflict' });
  });

  it.each([
    ['a protocol that nobody knows', { 'x-forwarded-proto': 'ws' }],
    ['an empty protocol', { 'x-forwarded-proto': '' }],
    ['an address that is none', { 'x-forwarded-for': '203.0.113.9, localhost' }],
    ['an address of another spelling', { 'x-forwarded-for': '0x7f.1' }],
    ['an unfinished string', { forwarded: 'for="1.1.1.1' }],
    ['one thing twice in one element', { forwarded: 'for=1.1.1.1;for=2.2.2.2' }],
  ])('refuses %s as malformed', (_, headers) => {
    expect(client(headers)).toMatchObject({ kind: 'failure', reason: 'forwarded-malformed' });
  });
});

describe('addresses', () => {
  it.each(['10.0.0.0/8', '0.0.0.0/0', '192.0.2.1', '192.0.2.1/32', '2001:db8::/32', '::1', '::/0', '2001:db8::/33'])(
    'takes the range %s',
    (range) => {
      expect(isAddressRange(range)).toBe(true);
    },
  );

  it.each([
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10/8',
    '10.0.0.0/8/8',
    '2001:db8::1/32',
    '::/129',
    'example',
    '',
    '*',
    'true',
    1,
    true,
    null,
  ])('refuses the range %s', (range) => {
    expect(isAddressRange(range)).toBe(false);
  });

  it.each([
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['127.1', undefined],
    ['010.0.0.1', undefined],
    ['1.2.3.4.5', undefined],
  ])('reads %s in its one form', (text, form) => {
    expect(parseAddress(text)).toBe(form);
  });

  it('answer for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4Extended(), fc.ipV6()), (text) => {
        expect(['string', 'undefined']).toContain(typeof parseAddress(text));
        expect(typeof isAddressRange(text)).toBe('boolean');
      }),
    );
  });
});

describe('parseForwarded', () => {
  it('answers lists or undefined for any text', () => {
    const text = fc.string({
      unit: fc.constantFrom('for=', 'host=', 'a', '"', '\\', ';', ',', ' ', '=', '1.1.1.1'),
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (field) => {
        expect(['object', 'undefined']).toContain(typeof parseForwarded(field));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('findTargetUri', () => {
  const uri = (target: string, authority: string | undefined): string => {
    try {
      return findTargetUri(
        { target, authority, headers: sends({}).headers, connection: { remoteAddress: null, encrypted: true } },
        undefined,
      ).href;
    } catch (error) {
      if (!isFailureError(error)) throw error;
      return error.failure.reason;
    }
  };

  it.each([
    ['/a?b=%20', 'api.example', 'https://api.example/a?b=%20'],
    ['//evil.example/', 'api.example', 'https://api.example//evil.example/'],
    ['/\\evil.example', 'api.example:8443', 'https://api.example:8443//evil.example'],
    ['http://api.example/a', 'api.example', 'https://api.example/a'],
    ['/', '[2001:db8::1]:8443', 'https://[2001:db8::1]:8443/'],
    ['/', undefined, 'authority-missing'],
  ])('of %s at %s is %s', (target, authority, expected) => {
    expect(uri(target, authority)).toBe(expected);
  });

  it.each([
    ['an asterisk', '*', 'api.example'],
    ['an asterisk with a host behind it', '*@evil.example/', 'api.example'],
    ['an asterisk with a domain behind it', '*.evil.example/', 'api.example'],
    ['an asterisk with a port behind it', '*:8443', 'api.example'],
  ])('never finds another host in %s (RFC 9112 §3.2.4)', (_, target, authority) => {
    expect(['https://api.example/', 'authority-missing']).toContain(uri(target, authority));
  });

  it.each([
    'user@evil.example',
    'evil.example/x',
    'evil.example?',
    'evil.example#',
    'evil.example\\x',
    'a.example, b.example',
    '',
    ' ',
    'api.example:x',
  ])('refuses %j as a host (RFC 9110 §7.2)', (authority) => {
    expect(uri('/a', authority)).toBe('authority-missing');
  });
});
