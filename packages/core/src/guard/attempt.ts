import type { EventPermission } from '../contracts/audit-event.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Failure } from '../contracts/failure.js';
import type { AuthRequest } from '../contracts/request.js';
import { findClient, type Client } from '../http/trusted-proxy.js';
import type { RequestRecord } from './request-record.js';
import type { Plan } from './requirement.js';
import type { Caller } from './scheme-context.js';
import type { Settings } from './settings.js';

/** One check under way. */
export interface Attempt {
  readonly settings: Settings;
  readonly request: AuthRequest;
  readonly record: RequestRecord;
  /** Unset where the route has no requirement. */
  readonly plan: Plan | undefined;
  /** An endpoint of ours writes the event of a pass by itself, when it knows what it did. */
  readonly silent?: true;
  /** What a policy said, for the event. */
  permissions?: readonly EventPermission[];
  unknownRoles?: readonly string[];
  /** Milliseconds, of a clock that only goes forward. */
  readonly startedMs: number;
  /** Whether the events of this check have arrived. */
  written: Awaitable<boolean>;
}

/** Whom the schemes work for: behind the proxies that are trusted. The signal is made where a scheme waits. */
export const callerOf = (attempt: Attempt): Caller => new RequestCaller(attempt);

/** A class: V8 makes a hidden class, and keeps it, for each object literal with a getter. */
class RequestCaller implements Caller {
  readonly address: string | null;
  readonly uses: RequestRecord['uses'];
  readonly #request: AuthRequest;

  constructor(attempt: Attempt) {
    const client = clientOf(attempt);
    this.address = client.kind === 'client' ? client.address : null;
    this.uses = attempt.record.uses;
    this.#request = attempt.request;
  }

  get signal(): AbortSignal {
    return this.#request.signal as AbortSignal;
  }
}

/** Who really called, found once a request. */
export function clientOf({ settings, request, record }: Attempt): Client | Failure {
  return (record.client ??= findClient(request.headers, request.connection, settings.proxies));
}
