import type { SecurityAlert } from '../contracts/alerts.js';
import type { AuditEvent } from '../contracts/audit-event.js';

/** Where a caller is, as a resolver of yours knows. */
export interface Place {
  /** Such as ISO 3166-1 alpha-2. */
  readonly country?: string;
  /** Degrees. */
  readonly latitude?: number;
  readonly longitude?: number;
}

/** What a detector found in one event. */
export type Finding = Pick<SecurityAlert, 'reason' | 'details'> & {
  /** What makes two equal, beside the reason. */
  readonly about: string;
};

/** An event of a request. */
export type RequestEvent = Extract<AuditEvent, { readonly kind: 'attempt' | 'credential' }>;

/** Names a subject of an issuer in one text. */
export const subjectKey = (issuer: string | null, subject: string): string => JSON.stringify([issuer, subject]);
