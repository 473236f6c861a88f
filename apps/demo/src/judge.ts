import type { AuditEvent } from '@auth/core';

import type { DemoRequest } from './requests/request.js';
import type { Received } from './send.js';

/** An audit event that tells of a request; others tell of keys. */
export type AttemptEvent = Extract<AuditEvent, { readonly kind: 'attempt' }>;

/** All that one request did to one server. */
export interface Observed {
  readonly received: Pick<Received, 'outcome' | 'challenged'>;
  readonly events: readonly AttemptEvent[];
  readonly handlerRuns: number;
}

/** What is not as expected, in words; nothing where all is. */
export function findFaults({ outcome, reason }: DemoRequest['expected'], observed: Observed): readonly string[] {
  const { received, events, handlerRuns } = observed;
  const refused = Number.parseInt(outcome, 10) >= 400;
  const faults: string[] = [];
  if (received.outcome !== outcome) faults.push(`${received.outcome} instead of ${outcome}`);
  if (received.outcome.startsWith('401') && !received.challenged) faults.push('401 without a challenge');
  if (refused && handlerRuns > 0) faults.push('the handler ran');
  if (!refused && handlerRuns !== 1) faults.push(`the handler ran ${handlerRuns} times`);
  const decided = decisionsOf(events).length;
  if (decided !== 1) faults.push(`${decided} audit events instead of 1`);
  const reasons = reasonsOf(events);
  if (reasons !== reason) faults.push(`audit reason ${reasons} instead of ${reason}`);
  return faults;
}

/** An alert comes beside the event that says what became of the request. */
const decisionsOf = (events: readonly AttemptEvent[]): readonly AttemptEvent[] =>
  events.filter(({ outcome }) => outcome !== 'alert');

export const reasonsOf = (events: readonly AttemptEvent[]): string =>
  decisionsOf(events)
    .map((event) => event.reason)
    .join(', ') || 'none';
