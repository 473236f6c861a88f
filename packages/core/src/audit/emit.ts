import { isPromise } from '../base/awaitable.js';
import { neverThrowing } from '../base/never-throwing.js';
import type { AuditEvent, AuditSink } from '../contracts/audit-event.js';
import type { Awaitable } from '../contracts/awaitable.js';

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
  let lost = 0;
  const tell = neverThrowing(onError);
  const lanes = sinks.map((sink) => new Lane(sink, tell, () => void lost++));
  return {
    emit(event) {
      for (const lane of lanes) lane.emit(event);
    },
    get lost() {
      return lost;
    },
    async flush() {
      await Promise.all(lanes.map((lane) => lane.flush()));
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

/** One sink and what it has not taken yet: a sink that hangs holds up no other. */
class Lane {
  readonly #sink: AuditSink;
  readonly #tell: (error: unknown) => void;
  readonly #countLoss: () => void;
  readonly #pending = new Set<Promise<void>>();

  constructor(sink: AuditSink, tell: (error: unknown) => void, countLoss: () => void) {
    this.#sink = sink;
    this.#tell = tell;
    this.#countLoss = countLoss;
  }

  emit(event: AuditEvent): void {
    if (this.#pending.size >= maxPending) {
      this.#lose(new Error('audit: a sink is too slow; an event was dropped'));
      return;
    }
    try {
      const written = this.#sink.write(event);
      if (!isPromise(written)) return;
      const settled: Promise<void> = written
        .catch((error: unknown) => this.#lose(error))
        .finally(() => this.#pending.delete(settled));
      this.#pending.add(settled);
    } catch (error) {
      this.#lose(error);
    }
  }

  async flush(): Promise<void> {
    await this.#attempt(() => this.#sink.flush?.());
    await Promise.all(this.#pending);
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#attempt(() => this.#sink.close?.());
  }

  #lose(error: unknown): void {
    this.#countLoss();
    this.#tell(error);
  }

  async #attempt(step: () => Awaitable<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#tell(error);
    }
  }
}
