import { describe, expect, it, vi } from 'vitest';

import type { Clock } from '../../src/index.js';
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
