import type { AuditEvent } from './audit-event.js';
import type { Clock } from './clock.js';

/** What an alert is about. Stable: dashboards and tests stand on them. */
export type AlertReason =
  | 'new-device'
  | 'new-country'
  | 'impossible-travel'
  | 'credential-stuffing'
  | 'password-spray'
  | 'revoked-credential'
  | 'refresh-reuse'
  | 'volume-change';

/** Something that the events say together. Holds no credential. */
export interface SecurityAlert {
  readonly reason: AlertReason;
  /** RFC 3339, of the event that gave rise to it. */
  readonly time: string;
  /** Whom it is about, as events have it; null where it is about an address. */
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly address: string | null;
  /** The credential, as events name it. */
  readonly credentialId: string | null;
  readonly fingerprint: string | null;
  /** `id` of the event. */
  readonly event: string;
  /** Equal ones that this one tells of. */
  readonly count: number;
  /** Figures of its kind, such as `{ kilometres, kilometresPerHour }`. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** What a detector gets with each event. */
export interface AlertContext {
  readonly clock: Clock;
  /** Makes an alert a further audit event. */
  readonly tell: (alert: SecurityAlert) => void;
  readonly onError: (error: unknown) => void;
}

/** Reads the stream of events for what they say together. */
export interface AlertDetector {
  see(event: AuditEvent, context: AlertContext): void;
  /** Ends every timer, and tells what is counted still. */
  close(): void;
}
