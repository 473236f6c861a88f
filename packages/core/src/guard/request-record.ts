import { isPromise } from '../base/awaitable.js';
import { createSlot } from '../base/slot.js';
import type { EventAnnotations } from '../contracts/audit-event.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Allow } from '../contracts/decision.js';
import type { Failure, HeaderList } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import type { AuthRequest, ClientCertificates } from '../contracts/request.js';
import type { Extracted } from '../contracts/scheme.js';
import type { Client } from '../http/trusted-proxy.js';
import type { RateLimit } from '../contracts/stores.js';
import type { LimitState } from '../throttle/fields.js';

/** A principal that was proved, by scheme. */
export interface Proven {
  readonly kind: 'proven';
  readonly principal: Principal;
  readonly headers: HeaderList;
  readonly annotations: EventAnnotations | undefined;
  readonly limit: RateLimit | undefined;
}

/**
 * What is remembered of one request, so that it proves itself once: a guard on the router and another on the route, or a
 * second `check` in the handler, ask no store again and take no second point. Of proof alone; permission is decided anew.
 */
export interface RequestRecord {
  /** A promise while a scheme reads the body. */
  readonly extracted: Map<string, Awaitable<Extracted<unknown>>>;
  readonly proofs: Map<string, Awaitable<Proven | Failure>>;
  /** What the request has used that is good once, and whether it was new. */
  readonly uses: Map<string, Awaitable<boolean>>;
  /** Schemes of passes that have their event. */
  recorded?: Set<string>;
  /** Found on first use. */
  client?: Client | Failure;
  /** Set once this request may try: what was taken for it. */
  limits?: { states: readonly LimitState[]; readonly charged: Set<string> };
  /** Found on first use. */
  certificates?: ClientCertificates | Failure;
  /** Whether the alert of a spoofed certificate is out. */
  alerted?: true;
  /** The latest pass. */
  allowed?: Allow;
}

/** Records by request, for one `createAuth`. */
export type RequestRecords = (request: AuthRequest) => RequestRecord;

export function createRequestRecords(): RequestRecords {
  const records = createSlot<AuthRequest, RequestRecord>();
  return (request) => {
    let record = records.get(request);
    if (record === undefined) {
      record = { extracted: new Map(), proofs: new Map(), uses: new Map() };
      records.set(request, record);
    }
    return record;
  };
}

/** What a scheme found; undefined while it still reads the body. */
export function extractedBy({ extracted }: RequestRecord, scheme: string): Extracted<unknown> | undefined {
  const found = extracted.get(scheme);
  return isPromise(found) ? undefined : found;
}
