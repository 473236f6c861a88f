import { isPromise } from '../base/awaitable.js';
import { withDeadline } from '../base/deadline.js';
import type { AuditEvent, AuditSink } from '../contracts/audit-event.js';
import type { Awaitable } from '../contracts/awaitable.js';
import { EventQueue } from './event-queue.js';

/** What a lane tells to whom. */
export interface LaneSettings {
  readonly tell: (error: unknown) => void;
  readonly countLoss: () => void;
  readonly report: (count: number) => AuditEvent;
}

// So many writes may be under way; what comes beyond waits for its turn.
const maxUnderWay = 1000;
// Decision: a process that is told to end has two seconds for its log.
const closeMs = 2000;

/** One sink and what it has not taken yet: a sink that hangs holds up no other. */
export class Lane {
  readonly #sink: AuditSink;
  readonly #settings: LaneSettings;
  readonly #underWay = new Set<Promise<boolean>>();
  readonly #queue = new EventQueue();
  /** Since it worked last. */
  #missed = 0;

  constructor(sink: AuditSink, settings: LaneSettings) {
    this.#sink = sink;
    this.#settings = settings;
  }

  /** @returns whether the sink has it */
  emit(event: AuditEvent): Awaitable<boolean> {
    if (this.#underWay.size < maxUnderWay) return this.#write(event);
    return new Promise((settle) => {
      for (const dropped of this.#queue.add({ event, settle })) {
        this.#lose(new Error('audit: a sink is too slow; an event was dropped'));
        dropped.settle(false);
      }
    });
  }

  /** Everything that was there when it was called. */
  async flush(): Promise<void> {
    await this.#attempt(() => this.#sink.flush?.());
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async close(): Promise<void> {
    const late = new Error('audit: a sink has not taken everything in time');
    await this.#attempt(() => withDeadline(this.flush(), closeMs, () => late));
    for (const left of this.#queue.takeAll()) {
      this.#lose(late);
      left.settle(false);
    }
    await this.#attempt(() => withDeadline(Promise.resolve(this.#sink.close?.()), closeMs, () => late));
  }

  #write(event: AuditEvent): Awaitable<boolean> {
    try {
      const written = this.#sink.write(event);
      if (!isPromise(written)) return this.#works();
      const settled: Promise<boolean> = written
        .then(() => this.#works())
        .catch((error: unknown) => this.#lose(error))
        .finally(() => {
          this.#underWay.delete(settled);
          this.#next();
        });
      this.#underWay.add(settled);
      return settled;
    } catch (error) {
      return this.#lose(error);
    }
  }

  #next(): void {
    while (this.#underWay.size < maxUnderWay) {
      const waiting = this.#queue.take();
      if (waiting === undefined) return;
      waiting.settle(this.#write(waiting.event));
    }
  }

  /** It works: whoever reads the log learns what is not there. */
  #works(): true {
    if (this.#missed > 0) {
      const count = this.#missed;
      this.#missed = 0;
      void this.#write(this.#settings.report(count));
    }
    return true;
  }

  #lose(error: unknown): false {
    this.#missed++;
    this.#settings.countLoss();
    this.#settings.tell(error);
    return false;
  }

  async #attempt(step: () => Awaitable<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#settings.tell(error);
    }
  }
}
