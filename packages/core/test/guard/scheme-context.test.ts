import { describe, expect, it } from 'vitest';

import type { Context } from '../../src/index.js';
import { benchOf, proves, startOfTests, wordScheme } from '../fixtures/guard.js';
import { requestOf } from '../fixtures/request.js';

const alert = { reason: 'private-key-published', issuer: 'https://issuer.example', keyid: 'k1' };

describe('what a scheme gets', () => {
  it('tells an alert as an event of its own, with the name of the scheme, at the time of the clock', async () => {
    const tells = (_word: string, _request: unknown, context: Context) => {
      context.alert?.(alert);
      return proves('ann');
    };
    const { decide, events } = benchOf({ first: wordScheme('a', { verify: tells }), second: wordScheme('b') });
    await decide(
      { anyOf: [{ scheme: 'second' }, { scheme: 'first' }] },
      requestOf({ headers: { 'x-a': 'ann', 'x-b': 'ann' } }),
    );
    expect(events).toEqual([
      {
        version: 1,
        sequence: 1,
        kind: 'key',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        time: '2026-01-01T00:00:00.000Z',
        outcome: 'alert',
        reason: 'private-key-published',
        scheme: 'first',
        issuer: 'https://issuer.example',
        keyid: 'k1',
      },
      expect.objectContaining({ kind: 'attempt', outcome: 'allow' }),
    ]);
  });

  it('reaches ready() with the clock, the signal and the ways to tell', async () => {
    const leaving = new AbortController();
    const given: Context[] = [];
    const scheme = {
      ...wordScheme('a'),
      ready(context: Context) {
        given.push(context);
        context.alert?.({ reason: 'jwks-empty', issuer: null });
        context.onError?.(new Error('down'));
      },
    };
    const { auth, events, errors } = benchOf({ words: scheme });
    await auth.ready({ signal: leaving.signal });
    expect(given[0]?.clock.now()).toBe(startOfTests);
    expect(given[0]?.signal).toBe(leaving.signal);
    expect(given[0]?.clientAddress).toBeNull();
    expect(events).toMatchObject([{ kind: 'key', scheme: 'words', issuer: null, keyid: null }]);
    expect(errors).toEqual([new Error('down')]);
  });

  it('makes the signal of a request only where a scheme asks for it', async () => {
    let made = 0;
    const request = {
      ...requestOf({ headers: { 'x-a': 'ann' } }),
      get signal() {
        made++;
        return new AbortController().signal;
      },
    };
    await benchOf({ a: wordScheme('a') }).decide({ scheme: 'a' }, request);
    expect(made).toBe(0);
  });
});
