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
  /** Milliseconds, of a clock that only goes forward. */
  readonly startedMs: number;
}

/** Whom the schemes work for: behind the proxies that are trusted. The signal is made where a scheme waits. */
export function callerOf(attempt: Attempt): Caller {
  const client = clientOf(attempt);
  return {
    address: client.kind === 'client' ? client.address : null,
    get signal() {
      return attempt.request.signal as AbortSignal;
    },
  };
}

/** Who really called, found once a request. */
export function clientOf({ settings, request, record }: Attempt): Client | Failure {
  return (record.client ??= findClient(request.headers, request.connection, settings.proxies));
}
