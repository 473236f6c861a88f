import { all, isPromise } from '../base/awaitable.js';
import { neverThrowing } from '../base/never-throwing.js';
import type { AuditEvent, AuditSink, Unnumbered } from '../contracts/audit-event.js';
import type { Awaitable } from '../contracts/awaitable.js';
import { Lane } from './lane.js';

/** Hands events to the sinks; a sink that fails or hangs never delays or breaks a request. */
export interface AuditEmitter {
  /**
   * Numbers an event and hands it to every sink.
   * @returns whether every sink has it: at once where no sink waits. Nobody has to wait for it, and it never rejects.
   */
  emit(event: Unnumbered<AuditEvent>): Awaitable<boolean>;
  /** Events that a sink threw at, rejected, or was too slow to take. */
  readonly lost: number;
  flush(): Promise<void>;
  /** Ends within two seconds, also where a sink hangs. */
  close(): Promise<void>;
}

/** What an emitter works with. */
export interface EmitterOptions {
  /** Told of each error that a sink threw. */
  readonly onError: (error: unknown) => void;
  /** The event that tells a sink, when it works again, how many it has missed. */
  readonly lossEvent: (count: number) => Unnumbered<AuditEvent>;
}

export function createAuditEmitter(sinks: readonly AuditSink[], { onError, lossEvent }: EmitterOptions): AuditEmitter {
  let lost = 0;
  let sequence = 0;
  const number = (event: Unnumbered<AuditEvent>): AuditEvent =>
    // The event is new and nobody else's: no copy.
    Object.assign(event, { sequence: ++sequence }) as AuditEvent;
  const settings = {
    tell: neverThrowing(onError),
    countLoss: () => void lost++,
    report: (count: number) => number(lossEvent(count)),
  };
  const lanes = sinks.map((sink) => new Lane(sink, settings));
  const emitToAll = (event: AuditEvent): Awaitable<boolean> => {
    const written = all(lanes.map((lane) => lane.emit(event)));
    return isPromise(written) ? written.then((each) => each.every(Boolean)) : written.every(Boolean);
  };
  return {
    emit(event) {
      const numbered = number(event);
      const [only] = lanes;
      return lanes.length === 1 ? only!.emit(numbered) : emitToAll(numbered);
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
