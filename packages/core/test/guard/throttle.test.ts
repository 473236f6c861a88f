import { describe, expect, it, vi } from 'vitest';

import {
  createMemoryRateLimits,
  failure,
  type AuditEvent,
  type AuthOptions,
  type AuthRequest,
  type Awaitable,
  type Decision,
  type RateLimitStore,
  type ThrottleOptions,
  type Verified,
} from '../../src/index.js';
import { atOnce } from '../fixtures/at-once.js';
import { benchOf, linesOf, proves, refused, wordScheme, type WordScheme } from '../fixtures/guard.js';
import { requestOf } from '../fixtures/request.js';

const failures = { points: 5, seconds: 60, blockSeconds: 300 };
const perAddress = { points: 3, seconds: 60 };

/** `x-a: right` is let in; any other word is a wrong guess at the subject of `x-a-name`. */
function guessable(verify?: (word: string) => Awaitable<Verified>): WordScheme {
  const scheme = wordScheme('a', {
    verify: verify ?? ((word) => (word === 'right' ? proves('anna') : failure('wrong-password'))),
  });
  const extract = scheme.extract.getMockImplementation()!;
  scheme.extract.mockImplementation((request, limits) => {
    const found = atOnce(extract(request, limits));
    const claimedSubject = request.headers.get('x-a-name');
    return found.kind === 'credentials' && claimedSubject !== undefined ? { ...found, claimedSubject } : found;
  });
  return scheme;
}

function throttled(throttle: ThrottleOptions, options: Partial<AuthOptions> & { readonly scheme?: WordScheme } = {}) {
  const { scheme = guessable(), ...others } = options;
  const bench = benchOf({ a: scheme }, { throttle, ...others });
  const ask = async (
    word: string | undefined,
    address: string | null = '192.0.2.1',
    name?: string,
  ): Promise<Decision> => bench.decide({ scheme: 'a' }, sent(word, address, name));
  const statusOf = async (...rest: Parameters<typeof ask>): Promise<number> => {
    const decision = await ask(...rest);
    return decision.kind === 'allow' ? 200 : decision.status;
  };
  return { ...bench, scheme, ask, statusOf };
}

function sent(word: string | undefined, address: string | null, name?: string): AuthRequest {
  const headers = { ...(word !== undefined && { 'x-a': word }), ...(name !== undefined && { 'x-a-name': name }) };
  return requestOf({ headers, connection: { remoteAddress: address, encrypted: true } });
}

const reasonsOf = (events: readonly AuditEvent[]): readonly string[] => events.map(({ reason }) => reason);
const times = async <T>(count: number, run: (index: number) => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  for (let index = 0; index < count; index++) results.push(await run(index));
  return results;
};

describe('a limit of addresses', () => {
  it('lets so many requests through, and answers 429 to the next without asking the scheme (thr-before-crypto)', async () => {
    const { statusOf, ask, scheme, events } = throttled({ perAddress });
    expect(await times(3, () => statusOf('right'))).toEqual([200, 200, 200]);
    const decision = refused(await ask('right'));
    expect(decision).toMatchObject({ status: 429, code: 'rate-limited' });
    expect(scheme.verify).toHaveBeenCalledTimes(3);
    expect(events.at(-1)).toMatchObject({ outcome: 'refuse', reason: 'address-limit', subject: null });
    expect(linesOf(decision, 'www-authenticate')).toEqual([]);
  });

  it('tells what is left, and when to come again (draft-ietf-httpapi-ratelimit-headers-11 §3, §4)', async () => {
    const { ask } = throttled({ perAddress });
    const first = await ask('right');
    expect(linesOf(first, 'ratelimit-policy')).toEqual(['"address";q=3;w=60']);
    expect(linesOf(first, 'ratelimit')).toEqual(['"address";r=2;t=20']);
    await ask('right');
    expect(linesOf(await ask('right'), 'ratelimit')).toEqual(['"address";r=0;t=20']);
    const over = await ask('right');
    expect(linesOf(over, 'ratelimit')).toEqual(['"address";r=0;t=20']);
    expect(linesOf(over, 'retry-after')).toEqual(['20']);
  });

  it('tells nothing where the fields are switched off', async () => {
    const { ask } = throttled({ perAddress, fields: false });
    const decisions = await times(4, () => ask('right'));
    for (const decision of decisions) expect(linesOf(decision, 'ratelimit')).toEqual([]);
    expect(linesOf(decisions[3]!, 'retry-after')).toEqual(['20']);
  });

  it.each([
    ['addresses of one /64', ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::1', '2001:db8::3']],
    ['spellings of one IPv4 address', ['::ffff:192.0.2.1', '::ffff:c000:201', '192.0.2.1', '::FFFF:192.0.2.1']],
    ['spellings of one IPv6 address', ['2001:db8::102:304', '2001:DB8::1.2.3.4', '2001:db8::1.2.3.4%eth0', '2001:0db8::0102:0304']], // prettier-ignore
    ['connections without an address', [null, null, null, null]],
  ])('counts %s as one', async (_, addresses) => {
    const { statusOf } = throttled({ perAddress });
    const statuses = await times(4, (index) => statusOf('right', addresses[index]));
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it('counts different addresses for themselves', async () => {
    const { statusOf } = throttled({ perAddress: { points: 1, seconds: 60 } });
    for (const address of ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8:0:1::1', '::ffff:192.0.2.3', null])
      expect(await statusOf('right', address)).toBe(200);
  });

  it('has no edge to burst at (thr-window-boundary)', async () => {
    const { statusOf, clock } = throttled({ perAddress });
    clock.advance(59);
    expect(await times(3, () => statusOf('right'))).toEqual([200, 200, 200]);
    clock.advance(2);
    expect(await statusOf('right')).toBe(429);
    clock.advance(18);
    expect(await times(2, () => statusOf('right'))).toEqual([200, 429]);
  });

  it('counts a request without credentials, and no failure for it (thr-missing-not-failure)', async () => {
    const { statusOf } = throttled({ perAddress: { points: 6, seconds: 60 }, failures: { ...failures, points: 2 } });
    expect(await times(6, () => statusOf(undefined))).toEqual(Array(6).fill(401));
    expect(await statusOf('right')).toBe(429);
  });

  it('takes one point of a request that several guards ask', async () => {
    const { decide, statusOf } = throttled({ perAddress: { points: 2, seconds: 60 } });
    const request = sent('right', '192.0.2.1');
    for (let index = 0; index < 5; index++)
      expect(await decide({ scheme: 'a' }, request)).toMatchObject({ kind: 'allow' });
    expect(await statusOf('right')).toBe(200);
    expect(await statusOf('right')).toBe(429);
  });

  it('does not hold addresses that are spared, who prove themselves all the same (thr-address-block)', async () => {
    const { statusOf } = throttled({ perAddress, failures, allowAddresses: ['192.0.2.0/24'] });
    expect(await times(9, () => statusOf('wrong'))).toEqual(Array(9).fill(401));
    expect(await times(9, () => statusOf('right'))).toEqual(Array(9).fill(200));
  });

  it('refuses blocked addresses with 403, before anything is proved (thr-address-block)', async () => {
    const { ask, scheme, events } = throttled({ blockAddresses: ['192.0.2.0/24', '2001:db8::/32'] });
    for (const address of ['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::7'])
      expect(await ask('right', address)).toMatchObject({ kind: 'refuse', status: 403, code: 'permission-denied' });
    expect(scheme.verify).not.toHaveBeenCalled();
    expect(reasonsOf(events)).toEqual(Array(3).fill('address-blocked'));
    expect(await ask('right', '198.51.100.7')).toMatchObject({ kind: 'allow' });
  });
});

describe('a limit of failures', () => {
  it('blocks an address after so many wrong guesses, right or wrong (basic-right-password-while-blocked)', async () => {
    const { statusOf, scheme, events, clock } = throttled({ failures });
    expect(await times(5, () => statusOf('wrong'))).toEqual(Array(5).fill(401));
    expect(await statusOf('wrong')).toBe(429);
    expect(await statusOf('right')).toBe(429);
    expect(scheme.verify).toHaveBeenCalledTimes(5);
    expect(reasonsOf(events).slice(-2)).toEqual(['failures-limit', 'failures-limit']);
    expect(await statusOf('right', '192.0.2.2')).toBe(200);
    clock.advance(299);
    expect(await statusOf('right')).toBe(429);
    clock.advance(1);
    expect(await statusOf('right')).toBe(200);
  });

  it('doubles the block each time (thr-growing-delay)', async () => {
    const { statusOf, ask, clock } = throttled({ failures });
    await times(5, () => statusOf('wrong'));
    clock.advance(300);
    expect(await times(5, () => statusOf('wrong'))).toEqual(Array(5).fill(401));
    expect(linesOf(await ask('right'), 'retry-after')).toEqual(['600']);
  });

  it('shows nothing of it in the fields', async () => {
    const { ask } = throttled({ failures });
    const decisions = await times(6, () => ask('wrong'));
    for (const decision of decisions) expect(linesOf(decision, 'ratelimit')).toEqual([]);
  });

  it('never counts what was right, or only out of time (thr-failure-only)', async () => {
    const { statusOf } = throttled({ failures });
    expect(await times(100, () => statusOf('right'))).toEqual(Array(100).fill(200));
    const late = throttled({ failures }, { scheme: guessable((word) => (word === 'right' ? proves('anna') : failure('expired'))) }); // prettier-ignore
    expect(await times(9, () => late.statusOf('late'))).toEqual(Array(9).fill(401));
    expect(await late.statusOf('right')).toBe(200);
  });

  it('is not reset by a success in between (thr-success-resets)', async () => {
    const { statusOf } = throttled({ failures });
    await times(4, () => statusOf('wrong'));
    expect(await statusOf('right')).toBe(200);
    expect(await statusOf('wrong')).toBe(401);
    expect(await statusOf('right')).toBe(429);
  });

  it('checks no more of fifty guesses at once than may be wrong (thr-concurrent)', async () => {
    const scheme = guessable(async () => Promise.resolve(failure('wrong-password')));
    const { statusOf } = throttled({ failures }, { scheme });
    const statuses = await Promise.all(Array.from({ length: 50 }, async () => statusOf('wrong')));
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(45);
    expect(scheme.verify).toHaveBeenCalledTimes(5);
  });

  it('refuses nobody of fifty who are right at once', async () => {
    const scheme = guessable(async () => Promise.resolve(proves('anna')));
    const { statusOf } = throttled({ failures }, { scheme });
    const statuses = await Promise.all(Array.from({ length: 50 }, async () => statusOf('right')));
    expect(statuses).toEqual(Array(50).fill(200));
  });

  it('lets whoever leaves while waiting make room, and asks the scheme nothing for them', async () => {
    const gates: (() => void)[] = [];
    const scheme = guessable(() => new Promise((resolve) => gates.push(() => resolve(proves('anna')))));
    const { decide, statusOf } = throttled({ failures: { ...failures, points: 1 } }, { scheme });
    const first = statusOf('right');
    const leaving = new AbortController();
    const gone = decide({ scheme: 'a' }, requestOf({ headers: { 'x-a': 'right' }, connection: { remoteAddress: '192.0.2.1', encrypted: true }, signal: leaving.signal })); // prettier-ignore
    leaving.abort(new Error('gone'));
    await expect(Promise.resolve(gone)).rejects.toThrow('gone');
    gates.shift()!();
    expect(await first).toBe(200);
    const last = statusOf('right');
    await Promise.resolve();
    gates.shift()!();
    expect(await last).toBe(200);
    expect(scheme.verify).toHaveBeenCalledTimes(2);
  });

  it('gives the place of whoever leaves while being checked to the next', async () => {
    const gates: (() => void)[] = [];
    const scheme = guessable(() => new Promise((resolve) => gates.push(() => resolve(proves('anna')))));
    const { decide, statusOf } = throttled({ failures: { ...failures, points: 1 } }, { scheme });
    const leaving = new AbortController();
    const gone = decide({ scheme: 'a' }, requestOf({ headers: { 'x-a': 'right' }, connection: { remoteAddress: '192.0.2.1', encrypted: true }, signal: leaving.signal })); // prettier-ignore
    leaving.abort(new Error('gone'));
    gates.shift()!();
    await expect(Promise.resolve(gone)).rejects.toThrow('gone');
    const next = statusOf('right');
    await vi.waitFor(() => expect(gates).toHaveLength(1));
    gates.shift()!();
    expect(await next).toBe(200);
  });

  it('counts what the scheme threw neither as right nor as wrong, and gives its place back', async () => {
    let broken = true;
    const scheme = guessable(async () => {
      if (broken) throw new Error('the database is down');
      return Promise.resolve(proves('anna'));
    });
    const { statusOf } = throttled({ failures: { ...failures, points: 1 } }, { scheme });
    expect(await times(5, () => statusOf('right'))).toEqual(Array(5).fill(500));
    broken = false;
    expect(await statusOf('right')).toBe(200);
  });

  it('blocks a /48 whose networks are wrong together (thr-ipv6-48-aggregate)', async () => {
    const { statusOf, events } = throttled({ failures: { ...failures, points: 2 } });
    for (let index = 0; index < 20; index++) await statusOf('wrong', `2001:db8:1:${index}::1`);
    expect(await statusOf('right', '2001:db8:1:ffff::1')).toBe(429);
    expect(events.at(-1)).toMatchObject({ reason: 'address-limit' });
    expect(await statusOf('right', '2001:db8:2::1')).toBe(200);
  });
});

describe('several guards of one request', () => {
  it('count a guess behind a guard that let the request through', async () => {
    const bench = benchOf({ a: guessable(), b: wordScheme('b') }, { throttle: { failures } });
    const statuses = await times(6, async () => {
      const request = requestOf({ headers: { 'x-a': 'wrong', 'x-b': 'mallory' }, connection: { remoteAddress: '192.0.2.1', encrypted: true } }); // prettier-ignore
      const first = await bench.decide({ scheme: 'b' }, request);
      return first.kind === 'refuse'
        ? `first ${first.status}`
        : refused(await bench.decide({ scheme: 'a' }, request)).status;
    });
    expect(statuses).toEqual([401, 401, 401, 401, 401, 'first 429']);
  });

  it('pay for their address once, whatever each of them proves', async () => {
    const { decide } = benchOf({ a: guessable(), b: wordScheme('b') }, { throttle: { perAddress: { points: 2, seconds: 60 } } }); // prettier-ignore
    const request = requestOf({ headers: { 'x-a': 'right', 'x-b': 'anna' } });
    expect(await decide({ scheme: 'a' }, request)).toMatchObject({ kind: 'allow' });
    expect(await decide({ scheme: 'b' }, request)).toMatchObject({ kind: 'allow' });
    const next = async () => decide({ scheme: 'b' }, requestOf({ headers: { 'x-b': 'anna' } }));
    expect(await next()).toMatchObject({ kind: 'allow' });
    expect(await next()).toMatchObject({ status: 429 });
  });

  it('refuse each of them where a limit is over', async () => {
    const { decide } = throttled({ perSubject: { points: 1, seconds: 60 } });
    await decide({ scheme: 'a' }, sent('right', '192.0.2.1'));
    const request = sent('right', '192.0.2.1');
    for (let index = 0; index < 3; index++) expect(refused(await decide({ scheme: 'a' }, request)).status).toBe(429);
  });
});

describe('guesses at one subject', () => {
  const attack = async ({ statusOf }: ReturnType<typeof throttled>, name: string, count = 20): Promise<number[]> =>
    times(count, (index) => statusOf('wrong', `198.51.100.${index}`, name));

  it('from many addresses make new ones wait, a minute at most (thr-distributed, thr-lockout-new-address)', async () => {
    const bench = throttled({ failures });
    expect(new Set(await attack(bench, 'anna'))).toEqual(new Set([401]));
    const decision = refused(await bench.ask('right', '203.0.113.1', 'anna'));
    expect(decision).toMatchObject({ status: 429, code: 'rate-limited' });
    expect(bench.events.at(-1)).toMatchObject({ reason: 'subject-limit' });
    const wait = Number(linesOf(decision, 'retry-after')[0]);
    expect(wait).toBeLessThanOrEqual(60);
    bench.clock.advance(wait);
    expect(await bench.statusOf('right', '203.0.113.1', 'anna')).toBe(200);
  });

  it('do not hold up whoever was let in from the same network within 30 days (thr-lockout-victim)', async () => {
    const bench = throttled({ failures });
    expect(await bench.statusOf('right', '203.0.113.1', 'anna')).toBe(200);
    bench.clock.advance(29 * 86_400);
    await attack(bench, 'anna', 1000);
    expect(await bench.statusOf('right', '203.0.113.1', 'anna')).toBe(200);
    expect(await bench.statusOf('right', '203.0.113.2', 'anna')).toBe(429);
    bench.clock.advance(31 * 86_400);
    await attack(bench, 'anna', 100);
    expect(await bench.statusOf('right', '203.0.113.1', 'anna')).toBe(429);
  });

  it('are the same for somebody who does not exist (thr-lockout-unknown-user)', async () => {
    const bench = throttled({ failures });
    await attack(bench, 'nobody');
    expect(await bench.statusOf('wrong', '203.0.113.1', 'nobody')).toBe(429);
    expect(await bench.statusOf('right', '203.0.113.1', 'anna')).toBe(200);
  });

  it('from one address leave the owner a way in from another (basic-owner-while-attacked)', async () => {
    const bench = throttled({ failures });
    await times(9, () => bench.statusOf('wrong', '198.51.100.1', 'anna'));
    expect(await bench.statusOf('right', '203.0.113.1', 'anna')).toBe(200);
  });
});

describe('limits of those who were proved', () => {
  it('hold a subject, wherever it comes from', async () => {
    const { statusOf, events, ask } = throttled({ perSubject: { points: 2, seconds: 60 } });
    expect(await statusOf('right', '192.0.2.1')).toBe(200);
    expect(linesOf(await ask('right', '192.0.2.2'), 'ratelimit')).toEqual(['"subject";r=0;t=30']);
    expect(await statusOf('right', '192.0.2.3')).toBe(429);
    expect(events.at(-1)).toMatchObject({ reason: 'subject-limit' });
  });

  it('hold each subject for itself', async () => {
    const scheme = guessable((word) => proves(word));
    const { statusOf } = throttled({ perSubject: { points: 1, seconds: 60 } }, { scheme });
    expect([await statusOf('anna'), await statusOf('bert'), await statusOf('anna')]).toEqual([200, 200, 429]);
  });

  it('are not spent by whoever names another without proof', async () => {
    const { statusOf } = throttled({ perSubject: { points: 1, seconds: 60 } });
    expect(await times(5, () => statusOf('wrong', '192.0.2.1', 'anna'))).toEqual(Array(5).fill(401));
    expect(await statusOf('right', '192.0.2.2', 'anna')).toBe(200);
  });

  it('hold each credential for itself', async () => {
    const scheme = guessable((word) => proves('anna', { credentialId: word }));
    const { statusOf, events } = throttled({ perCredential: { points: 1, seconds: 60 } }, { scheme });
    expect(await statusOf('first')).toBe(200);
    expect(await statusOf('second')).toBe(200);
    expect(await statusOf('first')).toBe(429);
    expect(events.at(-1)).toMatchObject({ reason: 'credential-limit' });
  });

  it('give a credential the limit of its own that its scheme tells', async () => {
    const scheme = guessable((word) => ({
      ...proves('anna', { credentialId: word }),
      limit: { points: 1, seconds: 60 },
    }));
    const { statusOf } = throttled({ perCredential: { points: 100, seconds: 60 } }, { scheme });
    expect(await times(2, () => statusOf('first'))).toEqual([200, 429]);
  });

  it('hold a caller of a route, with no throttle set', async () => {
    const { decide } = benchOf({ a: guessable() });
    const limit = { points: 1, seconds: 60 };
    const ask = async (address: string) => (await decide({ scheme: 'a' }, sent('right', address), { limit })).kind;
    expect(await ask('192.0.2.1')).toBe('allow');
    expect(await ask('192.0.2.2')).toBe('refuse');
  });

  it('take nothing for one limit where another is over', async () => {
    const scheme = guessable((word) => proves('anna', { credentialId: word }));
    const { ask, statusOf } = throttled({ perSubject: { points: 5, seconds: 60 }, perCredential: { points: 1, seconds: 60 } }, { scheme }); // prettier-ignore
    expect(await times(3, () => statusOf('first'))).toEqual([200, 429, 429]);
    expect(linesOf(await ask('second'), 'ratelimit')).toEqual(['"credential";r=0;t=60, "subject";r=3;t=24']);
  });
});

describe('a rate-limit store', () => {
  const outages: [string, RateLimitStore['take']][] = [
    ['throws', () => { throw new Error('connection refused'); }],
    ['rejects', () => Promise.reject(new Error('connection refused'))],
    ['answers too little', () => []],
  ]; // prettier-ignore

  it.each(outages)('that %s is replaced by the memory of the process, with the same limits (thr-store-down)', async (_, take) => {
    const { statusOf, events, errors } = throttled({ perAddress }, { stores: { rateLimits: { take } } });
    expect(await times(4, () => statusOf('right'))).toEqual([200, 200, 200, 429]);
    expect(events.filter(({ kind }) => kind === 'signal')).toMatchObject([{ outcome: 'alert', reason: 'limiter-unavailable' }]);
    expect(errors).toHaveLength(1);
  }); // prettier-ignore

  it.each(outages)('that %s refuses with 503 where it must not fail open (thr-store-down-strict)', async (_, take) => {
    const { ask, events } = throttled({ perAddress, failClosed: true }, { stores: { rateLimits: { take } } });
    const decision = refused(await ask('right'));
    expect(decision).toMatchObject({ status: 503, code: 'dependency-unavailable' });
    expect(linesOf(decision, 'retry-after')).toEqual(['5']);
    expect(events.at(-1)).toMatchObject({ outcome: 'error', reason: 'limiter-unavailable' });
  });

  it('is asked again five seconds later, by one request', async () => {
    const inner = createMemoryRateLimits();
    let asked = 0;
    let isDown = true;
    const take: RateLimitStore['take'] = (...rest) => {
      asked++;
      if (isDown) throw new Error('connection refused');
      return inner.take(...rest);
    };
    const { statusOf, clock, errors } = throttled({ perAddress: { points: 100, seconds: 60 } }, { stores: { rateLimits: { take } } }); // prettier-ignore
    await times(5, () => statusOf('right'));
    expect(asked).toBe(1);
    clock.advance(5);
    await times(5, () => statusOf('right'));
    expect(asked).toBe(2);
    // An outage is told once.
    expect(errors).toHaveLength(1);
    isDown = false;
    clock.advance(5);
    await times(5, () => statusOf('right'));
    expect(asked).toBe(7);
  });

  it('learns hashes alone', async () => {
    const keys: string[] = [];
    const inner = createMemoryRateLimits();
    const take: RateLimitStore['take'] = (takes, now) => {
      keys.push(...takes.map(({ key }) => key));
      return inner.take(takes, now);
    };
    const { statusOf } = throttled({ perAddress, failures, perSubject: perAddress }, { stores: { rateLimits: { take } } }); // prettier-ignore
    await statusOf('right', '192.0.2.1', 'anna');
    await statusOf('wrong', '192.0.2.1', 'anna');
    expect(keys.length).toBeGreaterThan(6);
    for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/);
  });
});

describe('a proxy that nobody named', () => {
  const forwarded = (address: string): AuthRequest =>
    requestOf({ headers: { 'x-a': 'right', 'x-forwarded-for': '203.0.113.9' }, connection: { remoteAddress: address, encrypted: true } }); // prettier-ignore

  it('is told once, where every request comes through one private address (thr-proxy-detector)', async () => {
    const { decide, events } = throttled({ perAddress: { points: 1000, seconds: 60 } });
    await times(50, async () => decide({ scheme: 'a' }, forwarded('10.0.0.7')));
    expect(events.filter(({ kind }) => kind === 'signal')).toMatchObject([{ reason: 'proxy-not-configured', address: '10.0.0.7' }]); // prettier-ignore
  });

  it.each([
    ['others come without forwarded fields', {}, () => [forwarded('10.0.0.7'), sent('right', '10.0.0.7')]],
    ['the address is a public one', {}, () => [forwarded('93.184.215.14')]],
    ['the proxy is trusted', { trustProxy: ['10.0.0.0/8'] }, () => [forwarded('10.0.0.7')]],
  ])('is not told where %s', async (_, options, requests) => {
    const { decide, events } = throttled({ perAddress: { points: 1000, seconds: 60 } }, options);
    await times(50, async (index) => decide({ scheme: 'a' }, requests()[index % requests().length]!));
    expect(events.filter(({ kind }) => kind === 'signal')).toEqual([]);
  });
});
