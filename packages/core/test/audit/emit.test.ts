import { describe, expect, it, vi } from 'vitest';

import { createAuditEmitter } from '../../src/audit/emit.js';
import type { AuditSink } from '../../src/index.js';
import { eventOf } from '../fixtures/events.js';

const broken = new Error('disk full');
const hanging = (): AuditSink => ({ write: () => new Promise<void>(() => undefined) });
const kept = () => {
  const events: unknown[] = [];
  return { events, sink: { write: (event) => void events.push(event) } satisfies AuditSink };
};

function emitterOf(...sinks: AuditSink[]) {
  const errors: unknown[] = [];
  return { errors, emitter: createAuditEmitter(sinks, (error) => void errors.push(error)) };
}

describe('the audit emitter', () => {
  it('hands each event to each sink, in order', () => {
    const [first, second] = [kept(), kept()];
    const { emitter } = emitterOf(first.sink, second.sink);
    emitter.emit(eventOf({ id: '1' }));
    emitter.emit(eventOf({ id: '2' }));
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
    emitter.emit(eventOf());
    emitter.emit(eventOf());
    await emitter.flush();
    expect(emitter.lost).toBe(2);
    expect(errors).toEqual([broken, broken]);
    expect(good.events).toHaveLength(2);
  });

  it('drops and counts what a hanging sink does not take, from 10 000 events on', () => {
    const { emitter, errors } = emitterOf(hanging());
    for (let i = 0; i < 10_010; i++) emitter.emit(eventOf());
    expect(emitter.lost).toBe(10);
    expect(errors).toHaveLength(10);
  });

  it('goes on with a good sink although another one hangs', () => {
    const good = kept();
    const { emitter } = emitterOf(hanging(), good.sink);
    for (let i = 0; i < 10_010; i++) emitter.emit(eventOf());
    expect(good.events).toHaveLength(10_010);
  });

  it('takes events again when a slow sink has caught up', async () => {
    const waiting: (() => void)[] = [];
    const { emitter } = emitterOf({ write: () => new Promise<void>((resolve) => waiting.push(resolve)) });
    for (let i = 0; i < 10_001; i++) emitter.emit(eventOf());
    for (const resolve of waiting) resolve();
    await emitter.flush();
    emitter.emit(eventOf());
    expect(emitter.lost).toBe(1);
    expect(waiting).toHaveLength(10_001);
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
    emitter.emit(eventOf());
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
      const emitter = createAuditEmitter(
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
      emitter.emit(eventOf());
      await new Promise((resolve) => setImmediate(resolve));
      expect(emitter.lost).toBe(1);
      expect(unhandled).toEqual([]);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of before) process.on('unhandledRejection', listener);
    }
  });
});
