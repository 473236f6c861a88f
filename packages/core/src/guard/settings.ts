import type { AuditEmitter } from '../audit/emit.js';
import type { Slot } from '../base/slot.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Clock, RandomSource } from '../contracts/clock.js';
import type { Allow } from '../contracts/decision.js';
import type { Failure } from '../contracts/failure.js';
import type { PolicyEngine } from '../contracts/policy.js';
import type { AuthRequest } from '../contracts/request.js';
import type { Schemes } from '../contracts/requirement.js';
import type { CertificateReader, Limits } from '../contracts/scheme.js';
import type { ReplayStore, RevocationStore } from '../contracts/stores.js';
import type { ProblemWriter } from '../http/problem.js';
import type { InsecureTransport } from '../http/transport.js';
import type { TrustedProxies } from '../http/trusted-proxy.js';
import type { Throttle } from '../throttle/throttle.js';
import type { ProxyWatch } from '../throttle/proxy-watch.js';
import type { RequestRecords } from './request-record.js';

/** Has the last word on a pass: answers nothing, or why the request is refused all the same. */
export type OnAllow = (allow: Allow, request: AuthRequest) => Awaitable<Failure | undefined | void>;

/** Where events go, and what depends on it. */
export interface AuditSettings {
  readonly emitter: AuditEmitter;
  /** Whether nobody is answered before their event has arrived. */
  readonly required: boolean;
  /** How a subject is named that nobody is known to be. */
  readonly nameUnverified: (subject: string) => string;
}

/** The options of `createAuth`, checked and filled in: what every step of a check works with. */
export interface Settings {
  readonly schemes: Schemes;
  readonly realm: string;
  readonly limits: Limits;
  readonly bodyLimitBytes: number;
  readonly insecureTransport: InsecureTransport;
  /** Unset where no proxy is trusted. */
  readonly proxies: TrustedProxies | undefined;
  readonly clientCertificates: CertificateReader;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly writeProblem: ProblemWriter;
  /** Unset where nobody listens: then no event is made. */
  readonly audit: AuditSettings | undefined;
  readonly replay: ReplayStore;
  /** Unset where none was given: then nothing can be told not to be revoked. */
  readonly revocation: RevocationStore | undefined;
  readonly throttle: Throttle;
  /** Unset where a proxy is trusted, or nothing is limited. */
  readonly proxyWatch: ProxyWatch | undefined;
  readonly policy: PolicyEngine | undefined;
  readonly onAllow: OnAllow | undefined;
  /** The operator's console, while somebody develops. */
  readonly explainRefusals: ((explanation: string) => void) | undefined;
  readonly onError: (error: unknown) => void;
  readonly records: RequestRecords;
  /** See `RequestSettings`. */
  readonly known: Slot<object, AuthRequest>;
  /** How to call off every wait for the end of a credential. */
  readonly waits: Set<() => void>;
}
