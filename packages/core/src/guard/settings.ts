import type { AuditEmitter } from '../audit/emit.js';
import type { Clock, RandomSource } from '../contracts/clock.js';
import type { Schemes } from '../contracts/requirement.js';
import type { Limits } from '../contracts/scheme.js';
import type { ProblemWriter } from '../http/problem.js';
import type { InsecureTransport } from '../http/transport.js';
import type { RequestRecords } from './request-record.js';

/** The options of `createAuth`, checked and filled in: what every step of a check works with. */
export interface Settings {
  readonly schemes: Schemes;
  readonly realm: string;
  readonly limits: Limits;
  readonly bodyLimitBytes: number;
  readonly insecureTransport: InsecureTransport;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly writeProblem: ProblemWriter;
  /** Unset where nobody listens: then no event is made. */
  readonly audit: AuditEmitter | undefined;
  readonly onError: (error: unknown) => void;
  readonly records: RequestRecords;
  /** How to call off every wait for the end of a credential. */
  readonly waits: Set<() => void>;
}
