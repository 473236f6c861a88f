import { createHash } from 'node:crypto';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { deviceOf, fingerprintOf, pathOf } from '../../src/audit/event.js';
import { requestOf, sends } from '../fixtures/request.js';

describe('fingerprintOf', () => {
  it('is 12 hex digits of a hash with a label, never of the credential alone (CWE-532)', () => {
    const key = 'acme_secret';
    const fingerprint = fingerprintOf('apiKey', key);
    const sha256 = (text: string, encoding: 'hex' | 'base64url'): string =>
      createHash('sha256').update(text).digest(encoding);
    expect(fingerprint).toMatch(/^[0-9a-f]{12}$/);
    expect(fingerprint).toBe(sha256('auth:fingerprint:apiKey:acme_secret', 'hex').slice(0, 12));
    // What a store keeps of the key (its plain hash) must not lead to the event.
    expect(sha256(key, 'hex')).not.toContain(fingerprint);
  });

  it('is the same for the same credential, and another for another type or credential', () => {
    expect(fingerprintOf('a', 'x')).toBe(fingerprintOf('a', 'x'));
    expect(new Set([fingerprintOf('a', 'x'), fingerprintOf('b', 'x'), fingerprintOf('a', 'y')]).size).toBe(3);
  });
});

describe('deviceOf', () => {
  it('keeps a user agent of 512 code points whole, and cuts a longer one between code points', () => {
    const whole = '😀'.repeat(512);
    expect(deviceOf(sends({ 'user-agent': whole }))).toEqual({ userAgent: whole });
    expect(deviceOf(sends({ 'user-agent': `${whole}x` }))).toEqual({ userAgent: `${whole}…` });
    expect(deviceOf(sends({ 'user-agent': 'x'.repeat(16_000) })).userAgent).toHaveLength(513);
  });

  it('is null where nothing was sent', () => {
    expect(deviceOf(requestOf())).toEqual({ userAgent: null });
  });

  it('never holds a broken character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 500, maxLength: 600 }), (text) => {
        expect(deviceOf(sends({ 'user-agent': text })).userAgent?.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('pathOf', () => {
  it.each([
    ['/orders/1?access_token=x', '/orders/1'],
    ['/orders#x', '/orders'],
    ['/?', '/'],
    ['/a%3Fb', '/a%3Fb'],
    ['*', '*'],
    ['http://api.example/a?b', 'http://api.example/a'],
    [`/${'a'.repeat(600)}?b`, `/${'a'.repeat(511)}…`],
  ])('of %s leaves out the query', (target, path) => {
    expect(pathOf(requestOf({ target }))).toBe(path);
  });

  it('of an absolute target leaves out a user name and password (RFC 9110 §4.2.4)', () => {
    expect(pathOf(requestOf({ target: 'http://ann:hunter2@api.example/a' }))).not.toContain('hunter2');
  });
});
