import { createAuditEmitter } from '../audit/emit.js';
import { createSubjectHash, signalEvent } from '../audit/event.js';
import { randomUuid } from '../base/random.js';
import type { AlertDetector, SecurityAlert } from '../contracts/alerts.js';
import type { AuditEvent, AuditSink } from '../contracts/audit-event.js';
import type { Clock, RandomSource } from '../contracts/clock.js';
import { Faults } from '../errors/faults.js';
import type { AuditSettings } from './settings.js';

/** A sink, or a callback, which is one that has nothing to flush. */
export type SinkOrCallback = AuditSink | ((event: AuditEvent) => void);

/** Where events go, with options. */
export interface AuditOptions {
  readonly sinks: SinkOrCallback | readonly SinkOrCallback[];
  /**
   * Nobody is let in, nor refused otherwise, before every sink has taken the event: where one fails, or takes longer than a second, the
   * request is refused with 503. Default false: what a sink does reaches no request.
   */
  readonly required?: boolean;
  /**
   * How events name a subject that credentials claim and nobody is known to be: it may be a password in the wrong field. Default `hash`.
   */
  readonly unverifiedSubjects?: 'hash' | 'clear';
}

export type AuditOption = SinkOrCallback | readonly SinkOrCallback[] | AuditOptions;

/** @throws ConfigurationError with every fault. */
export function checkAuditOption(option: unknown): void {
  if (option === undefined) return;
  const faults = new Faults();
  const { sinks, required, unverifiedSubjects, ...others } = withOptions(option);
  const list: readonly unknown[] = Array.isArray(sinks) ? sinks : [sinks];
  if (!list.every((sink) => typeof sink === 'function' || isSink(sink)))
    faults.add(
      'audit',
      'invalid-option',
      'must be a callback, a sink with write(event), a list of these, or { sinks, required: true }',
    );
  if (required !== undefined && typeof required !== 'boolean')
    faults.add('audit.required', 'invalid-option', 'must be true or false');
  if (required === true && list.length === 0)
    faults.add('audit.sinks', 'sinks-required', 'must name at least one sink, where the audit is required');
  if (unverifiedSubjects !== undefined && !['hash', 'clear'].includes(unverifiedSubjects as string))
    faults.add('audit.unverifiedSubjects', 'invalid-option', 'must be "hash" or "clear"');
  faults.within('audit', () => {
    const found = new Faults();
    found.addUnknown(others, ['sinks', 'required', 'unverifiedSubjects']);
    found.throwIfAny();
  });
  faults.throwIfAny();
}

/** @returns undefined where nobody listens */
export function readAudit(
  { audit, alerts }: { readonly audit?: AuditOption; readonly alerts?: AlertDetector },
  {
    onError,
    ...made
  }: { readonly onError: (error: unknown) => void; readonly clock: Clock; readonly random: RandomSource },
): AuditSettings | undefined {
  const { sinks, required = false, unverifiedSubjects = 'hash' } = withOptions(audit ?? []) as unknown as AuditOptions;
  const list: AuditSink[] = [sinks].flat().map((sink) => (typeof sink === 'function' ? { write: sink } : sink));
  if (alerts !== undefined)
    list.push({ write: (event) => alerts.see(event, { clock: made.clock, onError, tell: (alert) => emit(alert) }) });
  if (list.length === 0) return undefined;
  const lossEvent = (count: number): ReturnType<typeof signalEvent> =>
    signalEvent('audit-events-lost', null, { ...made, count });
  const emitter = createAuditEmitter(list, { onError, lossEvent });
  const emit = (alert: SecurityAlert): void =>
    void emitter.emit({ version: 1, kind: 'alert', id: randomUuid(made.random), outcome: 'alert', ...alert });
  return {
    emitter,
    required,
    nameUnverified: unverifiedSubjects === 'clear' ? (subject) => subject : createSubjectHash(made.random),
  };
}

/** One form for all. */
function withOptions(option: unknown): Readonly<Record<string, unknown>> {
  const isOptions = typeof option === 'object' && option !== null && 'sinks' in option && !isSink(option);
  return isOptions ? option : { sinks: option };
}

const isSink = (value: unknown): boolean => typeof (value as { write?: unknown } | null)?.write === 'function';
