import type { Configuration, JsonObject } from './case.js';

/** A value, or a promise of one. */
export type Awaitable<T> = T | Promise<T>;

/** One audit event as the server writes it. It may have further members; none may show a credential. */
export interface AuditEvent {
  readonly outcome?: unknown;
  readonly reason?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly scheme?: unknown;
  readonly issuer?: unknown;
  readonly subject?: unknown;
  readonly claimedSubject?: unknown;
  readonly clientId?: unknown;
  readonly credentialId?: unknown;
  readonly fingerprint?: unknown;
  readonly device?: unknown;
  readonly method?: unknown;
  readonly path?: unknown;
  readonly route?: unknown;
  readonly address?: unknown;
  readonly time?: unknown;
  readonly sequence?: unknown;
  readonly instance?: unknown;
  readonly permissions?: unknown;
  readonly unknownRoles?: unknown;
  readonly rotatedKey?: unknown;
  readonly dpopProofIgnored?: unknown;
  readonly keyid?: unknown;
  readonly target?: unknown;
  readonly count?: unknown;
  readonly details?: unknown;
  readonly signatures?: unknown;
  readonly graceEndsAt?: unknown;
}

/** What became of a command: done, with its result; or refused, and why. */
export interface ControlAnswer {
  readonly status: 200 | 400;
  readonly answer: JsonObject;
}

/** A server that listens. */
export interface RunningServer {
  /** Its origin: `http://127.0.0.1:41234`. */
  readonly url: string;
  /** All events since it started, oldest first. An event may come a little later than the answer. */
  events(): Awaitable<readonly AuditEvent[]>;
  /**
   * Does one thing to the server while it runs; null only looks. Asked of servers whose configuration has `control: true`.
   * Where there is none, the cases that need it are not run.
   */
  control?(command: JsonObject | null): Awaitable<ControlAnswer>;
  /** Ends it. Called once, whatever happened. */
  stop(): Awaitable<void>;
}

/** A configuration that was refused, with every fault. */
export interface RefusedStart {
  readonly refused: readonly { readonly path: string; readonly reason: string; readonly message: string }[];
}

/** Starts a server with a configuration, or says why not. */
export type Start = (configuration: Configuration) => Promise<RunningServer | RefusedStart>;

/** Waits no longer than this for a start or a stop. */
const patienceMs = 30_000;

/** Starts a server, within bounds. @throws Error where `start` throws, hangs or answers neither. */
export async function startServer(start: Start, configuration: Configuration): Promise<RunningServer | RefusedStart> {
  const starting = Promise.resolve().then(() => start(structuredClone(configuration)));
  let inTime = true;
  // A server that comes too late is nobody's: it is stopped as it comes.
  starting.then((late) => (inTime || 'refused' in late ? undefined : late.stop())).catch(() => undefined);
  try {
    const started = await within(starting, patienceMs, 'start');
    if (!('refused' in started) && !URL.canParse(started.url)) throw new Error('it has no url');
    return started;
  } catch (error) {
    inTime = false;
    throw error;
  }
}

/** Stops a server, within bounds. @returns what went wrong, if anything. */
export async function stopServer(server: RunningServer): Promise<string | undefined> {
  try {
    await within(
      Promise.resolve().then(() => server.stop()),
      patienceMs,
      'stop',
    );
    return undefined;
  } catch (error) {
    return `the server could not be stopped: ${textOf(error)}`;
  }
}

/** Rejects when a promise takes longer than that. */
export async function within<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
