import { Faults } from '@auth/core/signing';
import type { AuditEvent, AuditSink } from '@auth/core';

import type { Postgres } from './postgres.js';

/** Options of `createPostgresAudit`. */
export interface PostgresAuditOptions {
  /** Events that wait at most; default 20 000 (about 20 MB). What comes beyond is lost, and said to be. */
  readonly maxQueued?: number;
  /** How long `close` tries to write what waits, in milliseconds; default 5000. */
  readonly closeMs?: number;
}

const batchSize = 500;
const firstPauseMs = 50;
const longestPauseMs = 1000;

interface Waiting {
  readonly id: string;
  readonly event: string;
  readonly written: () => void;
  readonly lost: (error: unknown) => void;
}

/**
 * Makes a sink that writes events to PostgreSQL in batches and in order, each once: a batch whose answer was lost is written again, and what
 * is there already is passed over. While PostgreSQL is down events wait, up to `maxQueued`.
 *
 * What a write answers rejects for an event that was lost: `auth.lostEvents` counts it, and `onError` is told.
 * @throws ConfigurationError with every fault of the options
 * @example createAuth({ schemes, audit: createPostgresAudit(postgres) })
 */
export function createPostgresAudit(postgres: Postgres, options: PostgresAuditOptions = {}): Required<AuditSink> {
  const faults = new Faults();
  faults.addUnknown(options, ['maxQueued', 'closeMs']);
  const { maxQueued = 20_000, closeMs = 5000 } = options;
  for (const [name, bound] of Object.entries({ maxQueued, closeMs }))
    if (!(Number.isSafeInteger(bound) && bound > 0))
      faults.add(name, 'invalid-option', 'must be a positive whole number');
  faults.throwIfAny();
  return new PostgresAudit(postgres, maxQueued, closeMs);
}

class PostgresAudit implements Required<AuditSink> {
  readonly #postgres: Postgres;
  readonly #maxQueued: number;
  readonly #closeMs: number;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  /** After it nothing is tried again. */
  #endMs = Number.POSITIVE_INFINITY;
  #wake: () => void = () => undefined;

  constructor(postgres: Postgres, maxQueued: number, closeMs: number) {
    this.#postgres = postgres;
    this.#maxQueued = maxQueued;
    this.#closeMs = closeMs;
  }

  write(event: AuditEvent): Promise<void> {
    if (this.#queue.length >= this.#maxQueued)
      throw new Error(`audit: ${this.#maxQueued} events wait for PostgreSQL already; an event was lost`);
    return new Promise((written, lost) => {
      // JSON of PostgreSQL has no NUL and no half of a surrogate pair.
      const text = JSON.stringify(event, (_, value: unknown) =>
        typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value,
      );
      this.#queue.push({ id: event.id, event: text, written, lost });
      this.#running ??= this.#run().finally(() => (this.#running = undefined));
    });
  }

  /** What waits now is written, or lost, when this is over. */
  async flush(): Promise<void> {
    await this.#running;
  }

  async close(): Promise<void> {
    this.#endMs = performance.now() + this.#closeMs;
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    // One write a turn of the event loop, not one an event.
    await new Promise((resolve) => setImmediate(resolve));
    let pauseMs = firstPauseMs;
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, batchSize);
      try {
        await this.#insert(batch);
        pauseMs = firstPauseMs;
        this.#queue.splice(0, batch.length);
        for (const { written } of batch) written();
      } catch (error) {
        if (performance.now() >= this.#endMs) return this.#loseAll(error);
        await this.#pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
  }

  async #insert(batch: readonly Waiting[]): Promise<void> {
    const events = `[${batch.map(({ event }) => event).join(',')}]`;
    await this.#postgres.query(
      `INSERT INTO ${this.#postgres.schema}.audit (id, time, event)
       SELECT event->>'id', (event->>'time')::timestamptz, event
       FROM jsonb_array_elements(($1::text)::jsonb) WITH ORDINALITY AS events(event, place) ORDER BY place
       ON CONFLICT (id) DO NOTHING`,
      [events],
    );
  }

  #loseAll(error: unknown): void {
    const lost = this.#queue;
    this.#queue = [];
    for (const each of lost) each.lost(error);
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
