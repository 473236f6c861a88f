import type { AuditEvent } from '../contracts/audit-event.js';
import type { Awaitable } from '../contracts/awaitable.js';

/** An event whose turn has not come. */
export interface Waiting {
  readonly event: AuditEvent;
  readonly settle: (written: Awaitable<boolean>) => void;
}

// About 5 MB.
const maxWaiting = 9000;

/** Events that a slow sink has still to take, in order, bounded. Where there is no room passes go first: refusals are what is looked for. */
export class EventQueue {
  readonly #passes = new Fifo<Waiting>();
  readonly #others = new Fifo<Waiting>();

  /** @returns what had to go for it: at most one, which may be itself */
  add(waiting: Waiting): readonly Waiting[] {
    const isPass = waiting.event.outcome === 'allow';
    const isFull = this.#passes.size + this.#others.size >= maxWaiting;
    if (!isFull) (isPass ? this.#passes : this.#others).add(waiting);
    if (!isFull) return [];
    const dropped = isPass ? undefined : this.#passes.take();
    if (dropped === undefined) return [waiting];
    this.#others.add(waiting);
    return [dropped];
  }

  take(): Waiting | undefined {
    const [pass, other] = [this.#passes.first, this.#others.first];
    if (pass === undefined || other === undefined) return (pass === undefined ? this.#others : this.#passes).take();
    return (pass.event.sequence < other.event.sequence ? this.#passes : this.#others).take();
  }

  takeAll(): readonly Waiting[] {
    const all: Waiting[] = [];
    for (let next = this.take(); next !== undefined; next = this.take()) all.push(next);
    return all;
  }
}

/** First in, first out. What was taken is let go in blocks, since `shift()` moves everything. */
class Fifo<T> {
  #items: T[] = [];
  #taken = 0;

  get size(): number {
    return this.#items.length - this.#taken;
  }

  get first(): T | undefined {
    return this.#items[this.#taken];
  }

  add(item: T): void {
    this.#items.push(item);
  }

  take(): T | undefined {
    const item = this.first;
    if (item !== undefined) this.#taken++;
    if (this.#taken > 1024) {
      this.#items = this.#items.slice(this.#taken);
      this.#taken = 0;
    }
    return item;
  }
}
