import type { Clock } from '../../contracts/clock.js';
import type { Context } from '../../contracts/scheme.js';
import { askStore } from '../../stores/ask-store.js';
import type { ApiKeyUse, CredentialStore } from '../../stores/credentials.js';

// Decision: a batch of more keys is written in several, and as soon as there are so many.
const maxBatch = 10_000;
// Decision: keys whose uses wait while the store is down, some 10 MB; the uses of others are told as lost.
const maxWaiting = 100_000;

type RecordUse = NonNullable<CredentialStore['recordUse']>;

interface Count {
  uses: number;
  lastUsedAt: number;
}

/**
 * Counts how keys are used, and writes it to their store in batches: no request waits for it, and none is refused because of it.
 * What a store did not take is kept for the next batch.
 */
export class UseCounter {
  readonly #record: RecordUse;
  readonly #flushSeconds: number;
  readonly #waiting = new Map<string, Count>();
  #lost = 0;
  /** The last batch was not taken: none is tried before the next is due. */
  #failing = false;
  #flight: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;
  #onError: Context['onError'];

  constructor(record: RecordUse, flushSeconds: number) {
    this.#record = record;
    this.#flushSeconds = flushSeconds;
  }

  /** Counts one request that a key has proved. */
  count(id: string, { clock, onError }: Context): void {
    this.#onError = onError;
    this.#add({ id, uses: 1, lastUsedAt: clock.now() });
    if ((this.#closed || this.#waiting.size >= maxBatch) && !this.#failing) void this.#flush();
    this.#arm(clock);
  }

  /** Writes what waits, and ends the timer. What the store does not take now stays for another `close`. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#failing = false;
    // Where the write under way fails there is no other: a store that hung would only be waited for again.
    await this.#flight;
    await this.#flush();
    if (this.#waiting.size > 0)
      this.#onError?.(new Error(`how ${this.#waiting.size} API keys were used is not written: their store is down`));
  }

  #arm(clock: Clock): void {
    if (this.#cancel !== undefined || this.#closed || this.#waiting.size === 0) return;
    this.#cancel = clock.schedule(clock.now() + this.#flushSeconds, () => {
      this.#cancel = undefined;
      this.#failing = false;
      void this.#flush().then(() => this.#arm(clock));
    });
  }

  #flush(): Promise<void> {
    return (this.#flight ??= this.#writeAll().finally(() => (this.#flight = undefined)));
  }

  /** Writes what waits now; what comes meanwhile waits for the next time. Never rejects. */
  async #writeAll(): Promise<void> {
    for (let batches = Math.ceil(this.#waiting.size / maxBatch); batches > 0 && !this.#failing; batches--)
      await this.#write(this.#take());
    if (this.#lost === 0) return;
    this.#onError?.(new Error(`${this.#lost} uses of API keys were not counted: ${maxWaiting} keys waited already`));
    this.#lost = 0;
  }

  async #write(batch: readonly ApiKeyUse[]): Promise<void> {
    const late = new AbortController();
    try {
      await askStore(() => this.#record(batch, late.signal), undefined);
    } catch (error) {
      late.abort(error);
      this.#failing = true;
      for (const use of batch) this.#add(use);
      this.#onError?.(error);
    }
  }

  #take(): readonly ApiKeyUse[] {
    const batch: ApiKeyUse[] = [];
    for (const [id, count] of this.#waiting) {
      if (batch.length >= maxBatch) break;
      batch.push({ id, ...count });
      this.#waiting.delete(id);
    }
    return batch;
  }

  #add({ id, uses, lastUsedAt }: ApiKeyUse): void {
    const count = this.#waiting.get(id);
    if (count !== undefined) {
      count.uses += uses;
      count.lastUsedAt = Math.max(count.lastUsedAt, lastUsedAt);
    } else if (this.#waiting.size < maxWaiting) {
      this.#waiting.set(id, { uses, lastUsedAt });
    } else {
      this.#lost += uses;
    }
  }
}
