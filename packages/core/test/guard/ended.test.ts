import { describe, expect, it, vi } from 'vitest';

import {
  apiKey,
  createApiKeyManager,
  createMemoryCredentials,
  failure,
  type Clock,
  type Scheme,
} from '../../src/index.js';
import { allowed, benchOf, proves, startOfTests, wordScheme, type Bench } from '../fixtures/guard.js';
import { requestOf } from '../fixtures/request.js';

const ending = (type: string, seconds: number) =>
  wordScheme(type, { verify: (word) => proves(word, { expiresAt: startOfTests + seconds }) });

async function endedOf(bench: Bench, signal?: AbortSignal): Promise<AbortSignal> {
  const request = requestOf({ headers: { 'x-a': 'ann', 'x-b': 'ann' }, ...(signal && { signal }) });
  return allowed(await bench.decide({ anyOf: [{ scheme: 'a' }, { scheme: 'b' }] }, request)).ended;
}

describe('ended', () => {
  it('aborts when the clock reaches the first end among the principals', async () => {
    const bench = benchOf({ a: ending('a', 120), b: ending('b', 60) });
    const ended = await endedOf(bench);
    bench.clock.advance(59);
    expect(ended.aborted).toBe(false);
    bench.clock.advance(1);
    expect(ended.aborted).toBe(true);
    expect(ended.reason).toMatchObject({ name: 'AbortError' });
  });

  it('looks at the principals of a named allOf too', async () => {
    const bench = benchOf({ a: ending('a', 120), b: ending('b', 60) });
    const requirement = { allOf: { user: { scheme: 'a' }, workload: { scheme: 'b' } } };
    const { ended } = allowed(await bench.decide(requirement, requestOf({ headers: { 'x-a': 'ann', 'x-b': 'ann' } })));
    bench.clock.advance(60);
    expect(ended.aborted).toBe(true);
  });

  it('never aborts where nothing ends', async () => {
    const bench = benchOf({ a: wordScheme('a'), b: wordScheme('b') });
    const ended = await endedOf(bench);
    bench.clock.advance(1e9);
    expect(ended.aborted).toBe(false);
  });

  it('never aborts for nobody', async () => {
    const bench = benchOf({ a: wordScheme('a') });
    const { ended } = allowed(await bench.decide({ public: true }, requestOf()));
    expect(ended.aborted).toBe(false);
  });

  it('is one signal, made on first use', async () => {
    const bench = benchOf({ a: ending('a', 60), b: wordScheme('b') });
    const schedule = vi.spyOn(bench.clock, 'schedule');
    const allow = allowed(await bench.decide({ scheme: 'a' }, requestOf({ headers: { 'x-a': 'ann' } })));
    expect(schedule).not.toHaveBeenCalled();
    expect(allow.ended).toBe(allow.ended);
    expect(schedule).toHaveBeenCalledTimes(1);
  });

  it('is called off by close', async () => {
    const bench = benchOf({ a: ending('a', 60), b: wordScheme('b') });
    const ended = await endedOf(bench);
    await bench.auth.close();
    bench.clock.advance(60);
    expect(ended.aborted).toBe(false);
  });

  it('is called off when the caller goes', async () => {
    const caller = new AbortController();
    const bench = benchOf({ a: ending('a', 60), b: wordScheme('b') });
    const ended = await endedOf(bench, caller.signal);
    caller.abort();
    bench.clock.advance(60);
    expect(ended.aborted).toBe(false);
  });

  it('leaves no timer and no listener behind once it has come', async () => {
    const caller = new AbortController();
    const remove = vi.spyOn(caller.signal, 'removeEventListener');
    const cancel = vi.fn<() => void>();
    const schedule = vi.fn<Clock['schedule']>(() => cancel);
    const bench = benchOf({ a: ending('a', 60), b: wordScheme('b') });
    vi.spyOn(bench.clock, 'schedule').mockImplementation(schedule);
    const ended = await endedOf(bench, caller.signal);
    const [at, run] = schedule.mock.calls[0]!;
    run();
    expect(at).toBe(startOfTests + 60);
    expect(ended.aborted).toBe(true);
    expect(cancel).toHaveBeenCalled();
    expect(remove).toHaveBeenCalledWith('abort', expect.any(Function));
  });

  it('aborts at once where the clock runs what is due at once', async () => {
    const bench = benchOf({ a: ending('a', 0), b: wordScheme('b') });
    vi.spyOn(bench.clock, 'schedule').mockImplementation((_at, run) => {
      run();
      return () => undefined;
    });
    expect((await endedOf(bench)).aborted).toBe(true);
  });

  it('waits for nothing where the caller has gone before it is asked for', async () => {
    const caller = new AbortController();
    const bench = benchOf({ a: ending('a', 60), b: wordScheme('b') });
    const cancel = vi.fn<() => void>();
    const schedule = vi.spyOn(bench.clock, 'schedule').mockImplementation(() => cancel);
    const allow = allowed(
      await bench.decide({ scheme: 'a' }, requestOf({ headers: { 'x-a': 'ann' }, signal: caller.signal })),
    );
    caller.abort();
    expect(allow.ended.aborted).toBe(false);
    expect(cancel).toHaveBeenCalledTimes(schedule.mock.calls.length);
  });
});

describe('a connection whose credential is asked about again', () => {
  const rechecked = (recheck: Scheme['recheck']) => ({ ...wordScheme('a'), recheck: recheck! });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  async function open(recheck: Scheme['recheck'], signal?: AbortSignal) {
    const bench = benchOf({ a: rechecked(recheck), b: wordScheme('b') });
    const ended = await endedOf(bench, signal);
    return { ...bench, ended };
  }

  it('ends within five seconds of a revocation, with an event that says so, once', async () => {
    let revoked = false;
    const { clock, ended, events } = await open(() => (revoked ? failure('revoked') : undefined));
    for (let i = 0; i < 10; i++) clock.advance(4);
    expect(ended.aborted).toBe(false);
    revoked = true;
    clock.advance(4);
    expect(ended.aborted).toBe(true);
    clock.advance(60);
    expect(events.slice(1)).toMatchObject([
      { outcome: 'refuse', reason: 'revoked', code: 'invalid-token', status: null, subject: 'ann', scheme: 'a' },
    ]);
  });

  it('is asked with the credentials that were sent, and the clock', async () => {
    const asked = vi.fn<NonNullable<Scheme['recheck']>>(() => undefined);
    const { clock } = await open(asked);
    clock.advance(4);
    expect(asked.mock.calls[0]![0]).toEqual({ word: 'ann' });
    expect(asked.mock.calls[0]![2].clock).toBe(clock);
  });

  it('outlasts a store that is down for less than half a minute, and no longer', async () => {
    let down = true;
    const { clock, ended, events, errors } = await open(async () => {
      if (down) throw new Error('down');
      return undefined;
    });
    const advance = async (seconds: number): Promise<void> => {
      for (let i = 0; i < seconds; i += 4) {
        clock.advance(4);
        await settled();
      }
    };
    await advance(28);
    expect(ended.aborted).toBe(false);
    down = false;
    await advance(8);
    down = true;
    await advance(28);
    expect(ended.aborted).toBe(false);
    await advance(12);
    expect(ended.aborted).toBe(true);
    expect(errors.length).toBeGreaterThan(7);
    expect(events.at(-1)).toMatchObject({ outcome: 'error', reason: 'recheck-unavailable' });
  });

  it('is asked about no more once the caller has gone, or the guard is closed', async () => {
    const asked = vi.fn<NonNullable<Scheme['recheck']>>(() => undefined);
    const caller = new AbortController();
    const gone = await open(asked, caller.signal);
    caller.abort();
    gone.clock.advance(60);
    const closed = await open(asked);
    await closed.auth.close();
    closed.clock.advance(60);
    expect(asked).not.toHaveBeenCalled();
  });

  it('ends by the clock with the reason of its kind', async () => {
    const bench = benchOf({ a: ending('a', 60), b: wordScheme('b') });
    await endedOf(bench);
    bench.clock.advance(60);
    expect(bench.events.at(-1)).toMatchObject({ outcome: 'refuse', reason: 'expired', code: 'invalid-token' });
  });

  it('is a key that was revoked meanwhile', async () => {
    const store = createMemoryCredentials();
    const manager = createApiKeyManager({ prefix: 'acme', store });
    const { id, key } = await manager.create({ subject: 'svc', scopes: [] });
    const bench = benchOf({ keys: apiKey({ prefix: 'acme', store }) });
    const request = requestOf({ headers: { 'x-api-key': key } });
    const { ended } = allowed(await bench.decide({ scheme: 'keys' }, request));
    bench.clock.advance(4);
    await settled();
    expect(ended.aborted).toBe(false);
    await manager.revoke(id);
    bench.clock.advance(4);
    await settled();
    expect(ended.aborted).toBe(true);
    expect(bench.events.at(-1)).toMatchObject({ reason: 'key-revoked', credentialId: id });
  });
});

describe('close', () => {
  it('ends every scheme and the audit, and can be awaited by using (ES2026 explicit resource management)', async () => {
    const a = { ...wordScheme('a'), close: vi.fn<() => Promise<void>>(async () => undefined) };
    const sink = { write: vi.fn<() => void>(), close: vi.fn<() => void>() };
    const { auth } = benchOf({ a }, { audit: sink });
    await auth[Symbol.asyncDispose]();
    expect(a.close).toHaveBeenCalledTimes(1);
    expect(sink.close).toHaveBeenCalledTimes(1);
  });

  it('writes the audit out although a scheme fails to close', async () => {
    const a = {
      ...wordScheme('a'),
      close: async () => {
        throw new Error('stuck');
      },
    };
    const sink = { write: vi.fn<() => void>(), close: vi.fn<() => void>() };
    const { auth } = benchOf({ a }, { audit: sink });
    await auth.close().catch(() => undefined);
    expect(sink.close).toHaveBeenCalledTimes(1);
  });
});

describe('ready', () => {
  it('hands clock and signal to each scheme and waits for all', async () => {
    const ready = vi.fn<(context: object) => Promise<void>>(async () => undefined);
    const { auth, clock } = benchOf({ a: { ...wordScheme('a'), ready }, b: wordScheme('b') });
    const { signal } = new AbortController();
    await auth.ready({ signal });
    await auth.ready();
    expect(ready.mock.calls).toMatchObject([[{ clock, signal }], [{ clock }]]);
  });
});
