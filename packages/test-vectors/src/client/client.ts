import type { Awaitable } from '../server.js';
import type { JsonObject } from '../case.js';

/** What a call is made with. The body is what `fetch` takes. */
export interface ClientCall {
  readonly method: string;
  /** A path, or whatever else the case wants to see refused. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array<ArrayBuffer> | URLSearchParams | ReadableStream<Uint8Array>;
  readonly signal: AbortSignal;
}

export interface ClientAnswer {
  readonly status: number;
  readonly body: string;
  /** How often the request was sent, where the client knows. */
  readonly attempts?: number;
}

/** A client that was made with a configuration. */
export interface RunningClient {
  /** Rejects, where the call fails, with an error that has a `code`. */
  send(call: ClientCall): Promise<ClientAnswer>;
  /** All events since the start, oldest first; left out by a client that has none: events are not looked at then. */
  events?(): readonly object[];
  /** Moves the client's clock. Without it cases that need it are left out. */
  advance?(seconds: number): Awaitable<void>;
  close(): Awaitable<void>;
}

/**
 * Makes a client, or throws: an error with `faults` (each has a `path`), or with a `code`. The clock stands at
 * 2026-01-01T00:00:00Z and goes on by itself only while the client waits for a time.
 */
export type StartClient = (configuration: JsonObject) => Awaitable<RunningClient>;
