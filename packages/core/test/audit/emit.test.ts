import { describe, expect, it, vi } from 'vitest';

import type { AuditEvent, AuditSink } from '../../src/index.js';
import { emitterFor, eventOf } from '../fixtures/events.js';

const broken = new Error('disk full');
const hanging = (): AuditSink => ({ write: () => new Promise<void>(() => undefined) });
const kept = () => {
  const events: unknown[] = [];
  return { events, sink: { write: (event) => void events.push(event) } satisfies AuditSink };
};

function emitterOf(...sinks: AuditSink[]) {
  const errors: unknown[] = [];
  return { errors, emitter: emitterFor(sinks, (error) => void errors.push(error)) };
}

describe('the audit emitter', () => {
  it('hands each event to each sink, in order', () => {
    const [first, second] = [kept(), kept()];
    const { emitter } = emitterOf(first.sink, second.sink);
    void emitter.emit(eventOf({ id: '1' }));
    void emitter.emit(eventOf({ id: '2' }));
    expect(first.events).toMatchObject([{ id: '1' }, { id: '2' }]);
    expect(second.events).toEqual(first.events);
    expect(emitter.lost).toBe(0);
  });

  it.each([
    [
      'throws',
      {
        write: () => {
          throw broken;
        },
      },
    ],
    [
      'rejects',
      {
        write: async () => {
          throw broken;
        },
      },
    ],
  ])('counts what a sink that %s lost, tells it, and goes on with the next sink', async (_, sink) => {
    const good = kept();
    const { emitter, errors } = emitterOf(sink, good.sink);
    void emitter.emit(eventOf());
    void emitter.emit(eventOf());
    await emitter.flush();
    expect(emitter.lost).toBe(2);
    expect(errors).toEqual([broken, broken]);
    expect(good.events).toHaveLength(2);
  });

  it('drops and counts what a hanging sink does not take, from 10 000 events on', () => {
    const { emitter, errors } = emitterOf(hanging());
    for (let i = 0; i < 10_010; i++) void emitter.emit(eventOf());
    expect(emitter.lost).toBe(10);
    expect(errors).toHaveLength(10);
  });

  it('goes on with a good sink although another one hangs', () => {
    const good = kept();
    const { emitter } = emitterOf(hanging(), good.sink);
    for (let i = 0; i < 10_010; i++) void emitter.emit(eventOf());
    expect(good.events).toHaveLength(10_010);
  });

  it('tells a sink that works again how much it has missed, and keeps the order of what waited', async () => {
    const waiting: (() => void)[] = [];
    const taken: AuditEvent[] = [];
    const { emitter } = emitterOf({
      write(event) {
        taken.push(event);
        return new Promise<void>((resolve) => waiting.push(resolve));
      },
    });
    for (let i = 0; i < 10_001; i++) void emitter.emit(eventOf());
    expect(taken).toHaveLength(1000);
    while (waiting.length > 0) {
      for (const resolve of waiting.splice(0)) resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(emitter.lost).toBe(1);
    const report = taken.filter(({ reason }) => reason === 'audit-events-lost');
    expect(report).toMatchObject([{ kind: 'signal', outcome: 'alert', count: 1 }]);
    const attempts = taken.filter(({ kind }) => kind === 'attempt').map(({ sequence }) => sequence);
    expect(attempts).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
  });

  it('drops passes before refusals where a sink is too slow', async () => {
    let open = (): void => undefined;
    const ready = new Promise<void>((resolve) => (open = resolve));
    const taken: AuditEvent[] = [];
    const { emitter } = emitterOf({ write: (event) => ready.then(() => void taken.push(event)) });
    for (let i = 0; i < 10_000; i++) void emitter.emit(eventOf());
    for (let i = 0; i < 100; i++) void emitter.emit(eventOf({ outcome: 'refuse', reason: 'expired' }));
    open();
    await emitter.flush();
    expect(emitter.lost).toBe(100);
    expect(taken.filter(({ outcome }) => outcome === 'refuse')).toHaveLength(100);
    expect(taken.filter(({ outcome }) => outcome === 'allow')).toHaveLength(9900);
  });

  it('numbers events from 1 on, one after the other', () => {
    const { events, sink } = kept();
    const { emitter } = emitterOf(sink);
    for (let i = 0; i < 3; i++) void emitter.emit(eventOf());
    expect(events).toMatchObject([{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }]);
  });

  it('closes within two seconds although a sink hangs, and counts what it had not taken', async () => {
    vi.useFakeTimers();
    try {
      const { emitter } = emitterOf(hanging());
      for (let i = 0; i < 1500; i++) void emitter.emit(eventOf());
      const closed = emitter.close();
      await vi.advanceTimersByTimeAsync(2000);
      await closed;
      expect(emitter.lost).toBe(500);
    } finally {
      vi.useRealTimers();
    }
  });

  it('flushes what sinks hold and what is under way', async () => {
    let arrived = false;
    const flush = vi.fn<() => void>();
    const { emitter } = emitterOf({
      write: async () => {
        await Promise.resolve();
        arrived = true;
      },
      flush,
    });
    void emitter.emit(eventOf());
    await emitter.flush();
    expect(arrived).toBe(true);
    expect(flush).toHaveBeenCalledTimes(1);
  });

  it('closes sinks after they were flushed', async () => {
    const steps: string[] = [];
    const { emitter } = emitterOf({
      write: () => undefined,
      flush: () => void steps.push('flush'),
      close: () => void steps.push('close'),
    });
    await emitter.close();
    expect(steps).toEqual(['flush', 'close']);
  });

  it('closes every sink although one of them fails to flush', async () => {
    const close = vi.fn<() => void>();
    const { emitter } = emitterOf(
      {
        write: () => undefined,
        flush: async () => {
          throw broken;
        },
      },
      { write: () => undefined, close },
    );
    await emitter.close().catch(() => undefined);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('leaves no rejection unhandled where onError throws as well', async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    const before = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', listen);
    try {
      const emitter = emitterFor(
        [
          {
            write: async () => {
              throw broken;
            },
          },
        ],
        () => {
          throw new Error('the logger is broken');
        },
      );
      void emitter.emit(eventOf());
      await new Promise((resolve) => setImmediate(resolve));
      expect(emitter.lost).toBe(1);
      expect(unhandled).toEqual([]);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of before) process.on('unhandledRejection', listener);
    }
  });
});
