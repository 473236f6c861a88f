import { describe, expect, it } from 'vitest';

import { createAlerts, type AlertOptions, type SecurityAlert } from '../../src/alerts.js';
import type { AttemptEvent, AuditEvent } from '../../src/index.js';
import { createTestClock } from '../../src/testing.js';
import { eventOf } from '../fixtures/events.js';
import { benchOf, startOfTests, wordScheme } from '../fixtures/guard.js';
import { requestOf, sends } from '../fixtures/request.js';

function benchWith(options: AlertOptions = {}) {
  const clock = createTestClock(startOfTests);
  const alerts: SecurityAlert[] = [];
  const errors: unknown[] = [];
  const detector = createAlerts(options);
  const context = {
    clock,
    tell: (alert: SecurityAlert) => void alerts.push(alert),
    onError: (error: unknown) => void errors.push(error),
  };
  const see = (change: Partial<AttemptEvent> = {}): void =>
    detector.see(eventOf({ address: '192.0.2.1', ...change }), context);
  return { clock, alerts, errors, detector, context, see, reasons: () => alerts.map(({ reason }) => reason) };
}

const device = (userAgent: string) => ({ device: { userAgent } });
const guess = (claimedSubject: string, address: string): Partial<AttemptEvent> => ({
  outcome: 'refuse',
  reason: 'wrong-password',
  code: 'invalid-credentials',
  subject: null,
  claimedSubject,
  address,
});

describe('alerts', () => {
  it('tell of a device that a subject has not come with before, once, and not of its first', () => {
    const { see, alerts } = benchWith();
    for (const each of ['curl/8', 'curl/8', 'other', 'other']) see(device(each));
    see({ ...device('curl/8'), subject: 'bob' });
    expect(alerts).toMatchObject([{ reason: 'new-device', subject: 'ann', address: '192.0.2.1', count: 1 }]);
  });

  it('tell of a new country, as the resolver has it, and not where it fails or knows nothing', async () => {
    const places: Record<string, unknown> = { a: { country: 'DE' }, b: { country: 'AU' }, d: undefined };
    const { see, alerts, errors } = benchWith({
      locate(address) {
        if (address === 'c') throw new Error('no database');
        return address === 'b' ? Promise.resolve(places[address] as object) : (places[address] as undefined);
      },
    });
    for (const address of ['a', 'c', 'd', 'b']) see({ address });
    await Promise.resolve();
    await Promise.resolve();
    expect(alerts).toMatchObject([{ reason: 'new-country', details: { country: 'AU' } }]);
    expect(errors).toMatchObject([{ message: 'no database' }]);
  });

  it.each([
    ['Berlin, then Sydney ten minutes later', [52.5, 13.4], [-33.9, 151.2], 600, ['impossible-travel']],
    ['Berlin, then Sydney a day later', [52.5, 13.4], [-33.9, 151.2], 86_400, []],
    ['Berlin, then Hamburg at once: nearer than 500 km', [52.5, 13.4], [53.6, 10], 0, []],
    ['across the date line: near', [0, 179.9], [0, -179.9], 60, []],
  ] as const)('of travel: %s', (_, from, to, seconds, expected) => {
    const places = { a: from, b: to };
    const bench = benchWith({
      locate: (address) => ({ latitude: places[address as 'a'][0], longitude: places[address as 'a'][1] }),
    });
    bench.see({ address: 'a' });
    bench.clock.advance(seconds);
    bench.see({ address: 'b' });
    expect(bench.reasons()).toEqual(expected);
  });

  it('tell of ten subjects guessed at from one network (OWASP OAT-008), in IPv6 from its /64', () => {
    const { see, alerts } = benchWith();
    for (let i = 0; i < 9; i++) see(guess(`user-${i}`, `2001:db8::${i}`));
    expect(alerts).toEqual([]);
    see(guess('user-9', '2001:db8::ffff'));
    expect(alerts).toMatchObject([{ reason: 'credential-stuffing', subject: null, address: '2001:db8::ffff' }]);
  });

  it('tell of twenty networks that guess at one subject (OWASP OAT-007), limited or not', () => {
    const { see, alerts } = benchWith();
    for (let i = 0; i < 20; i++)
      see({ ...guess('alice', `198.51.100.${i}`), ...(i > 10 && { reason: 'subject-limit' }) });
    expect(alerts).toMatchObject([{ reason: 'password-spray', subject: 'alice' }]);
  });

  it('tell nothing of guesses spread over more than ten minutes, and of tokens that ended', () => {
    const { see, clock, reasons } = benchWith();
    for (let i = 0; i < 12; i++) {
      see(guess(`user-${i}`, '192.0.2.1'));
      see({ ...guess(`late-${i}`, '192.0.2.9'), reason: 'expired' });
      clock.advance(120);
    }
    expect(reasons()).toEqual([]);
  });

  it.each(['revoked', 'key-revoked'])('tell of a credential that was taken back and is used (%s)', (reason) => {
    const { see, alerts } = benchWith();
    see({ outcome: 'refuse', reason, credentialId: null, fingerprint: '0123456789ab', subject: null });
    expect(alerts).toMatchObject([{ reason: 'revoked-credential', fingerprint: '0123456789ab' }]);
  });

  it('hand on that a refresh token came again, with its family, which the issuer has written already', () => {
    const out: SecurityAlert[] = [];
    const bench = benchWith({ onAlert: (alert) => void out.push(alert) });
    const event = {
      ...eventOf(),
      kind: 'credential',
      outcome: 'alert',
      reason: 'refresh-reuse',
      target: { type: 'refresh-token', id: 'family-1' },
    };
    bench.detector.see(event as unknown as AuditEvent, bench.context);
    expect(out).toMatchObject([{ reason: 'refresh-reuse', details: { family: 'family-1' } }]);
    expect(bench.alerts).toEqual([]);
  });

  it('tell equal ones once in five minutes, then with their number', () => {
    const { see, clock, alerts } = benchWith();
    const revoked = { outcome: 'refuse', reason: 'revoked', fingerprint: 'f', subject: null } as const;
    for (let i = 0; i < 1000; i++) see(revoked);
    expect(alerts).toMatchObject([{ count: 1 }]);
    clock.advance(300);
    expect(alerts).toMatchObject([{ count: 1 }, { count: 999 }]);
    see(revoked);
    clock.advance(300);
    expect(alerts.map(({ count }) => count)).toEqual([1, 999, 1]);
    clock.advance(300);
    see(revoked);
    expect(alerts).toHaveLength(4);
  });

  it('tell what is counted still when the guard closes, and leave no timer', () => {
    const { see, detector, clock, alerts } = benchWith();
    for (let i = 0; i < 3; i++) see({ outcome: 'refuse', reason: 'revoked', fingerprint: 'f', subject: null });
    detector.close();
    expect(alerts.map(({ count }) => count)).toEqual([1, 2]);
    clock.advance(300);
    expect(alerts).toHaveLength(2);
  });

  it('are events beside those of requests, and nobody waits for them', async () => {
    const bench = benchOf(
      { a: wordScheme('a') },
      { alerts: createAlerts({ onAlert: () => Promise.reject(new Error('pager down')) }) },
    );
    for (const agent of ['one', 'two'])
      await bench.decide({ scheme: 'a' }, requestOf({ headers: { 'x-a': 'ann', 'user-agent': agent } }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(bench.events.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['attempt', 'ok'],
      ['attempt', 'ok'],
      ['alert', 'new-device'],
    ]);
    expect(bench.events[2]).toMatchObject({ outcome: 'alert', event: bench.events[1]!.id, subject: 'ann' });
    expect(bench.errors).toMatchObject([{ message: 'pager down' }]);
    await bench.auth.close();
  });

  it('are off unless asked for', async () => {
    const { decide, events } = benchOf({ a: wordScheme('a') });
    for (const agent of ['one', 'two']) await decide({ scheme: 'a' }, sends({ 'x-a': 'ann', 'user-agent': agent }));
    expect(events).toHaveLength(2);
  });

  it.each([
    ['a function that is none', { locate: 'db' }, /locate/],
    ['no memory', { maxRemembered: 0 }, /maxRemembered/],
    ['a misspelt option', { onAlerts: () => undefined }, /onAlerts/],
  ])('are refused with %s', (_, options, message) => {
    expect(() => createAlerts(options as AlertOptions)).toThrow(message);
  });
});

describe('the alert of a volume', () => {
  const runs = (perMinute: readonly number[]) => {
    const bench = benchWith();
    for (const count of perMinute) {
      for (let i = 0; i < count; i++) bench.see({ credentialId: 'k1' });
      bench.clock.advance(60);
    }
    return bench.alerts.filter(({ reason }) => reason === 'volume-change');
  };
  // A generator of our own, so that each run is the same (Park and Miller).
  const randomFrom = (seed: number) => {
    let state = seed;
    return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  };
  /** Poisson (Knuth). */
  const arrivals = (mean: number, random: () => number): number => {
    let [count, left] = [0, Math.exp(-mean)];
    for (let product = random(); product > left; product *= random()) count++;
    return count;
  };

  it('comes when a credential is suddenly used much more, once', () => {
    const calm = Array.from({ length: 10 }, (_, i) => 10 + (i % 3));
    expect(runs([...calm, 200])).toMatchObject([{ details: { usual: 11 }, credentialId: 'k1' }]);
    expect(runs([...calm, 25, 12])).toEqual([]);
  });

  it('does not come before anything is usual', () => {
    expect(runs([1, 1, 1, 500])).toEqual([]);
  });

  it('is never false in five thousand minutes of traffic that comes by chance, on the slow curve of a day too', () => {
    const random = randomFrom(20_260_101);
    let told = 0;
    for (const mean of [1, 5, 20, 50]) told += runs(Array.from({ length: 1000 }, () => arrivals(mean, random))).length;
    told += runs(
      Array.from({ length: 1440 }, (_, i) => arrivals(25 + 20 * Math.sin((i / 1440) * 2 * Math.PI), random)),
    ).length;
    expect(told).toBe(0);
  });

  it('finds each of a hundred floods of five times the usual', () => {
    const random = randomFrom(7);
    let found = 0;
    for (let i = 0; i < 100; i++)
      found += runs([...Array.from({ length: 30 }, () => arrivals(20, random)), 100]).length;
    expect(found).toBe(100);
  });
});
