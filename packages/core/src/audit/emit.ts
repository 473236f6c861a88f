import { all, isPromise } from '../base/awaitable.js';
import type { AuditEvent, AuditSink } from '../contracts/audit-event.js';

/** Hands events to the sinks; a sink that fails or hangs never delays or breaks a request. */
export interface AuditEmitter {
  emit(event: AuditEvent): void;
  /** Events that a sink threw at, rejected, or was too slow to take. */
  readonly lost: number;
  flush(): Promise<void>;
  close(): Promise<void>;
}

// A sink that hangs must not hold every event of a long day.
const maxPending = 10_000;

/** @param onError told of each error that a sink threw. */
export function createAuditEmitter(sinks: readonly AuditSink[], onError: (error: unknown) => void): AuditEmitter {
  const pending = new Set<Promise<void>>();
  let lost = 0;
  const lose = (error: unknown): void => {
    lost++;
    onError(error);
  };
  const flush = async (): Promise<void> => {
    await all(sinks.map((sink) => sink.flush?.()));
    await Promise.all(pending);
  };
  return {
    emit(event) {
      for (const sink of sinks) {
        if (pending.size >= maxPending) {
          lose(new Error('audit: a sink is too slow; an event was dropped'));
          continue;
        }
        try {
          const written = sink.write(event);
          if (!isPromise(written)) continue;
          const settled: Promise<void> = written.catch(lose).finally(() => pending.delete(settled));
          pending.add(settled);
        } catch (error) {
          lose(error);
        }
      }
    },
    get lost() {
      return lost;
    },
    flush,
    async close() {
      await flush();
      await all(sinks.map((sink) => sink.close?.()));
    },
  };
}
