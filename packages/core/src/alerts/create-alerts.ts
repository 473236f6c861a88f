import { isPromise } from '../base/awaitable.js';
import type { AlertContext, AlertDetector, SecurityAlert } from '../contracts/alerts.js';
import type { AuditEvent } from '../contracts/audit-event.js';
import type { Awaitable } from '../contracts/awaitable.js';
import { Faults } from '../errors/faults.js';
import { subjectKey, type Finding, type Place, type RequestEvent } from './alert.js';
import { BoundedMap } from './bounded-map.js';
import { Guessing } from './guessing.js';
import { Told } from './told.js';
import { countUse, newVolume, type Volume } from './volume.js';
import { newWhereabouts, seeDevice, seePlace, type Whereabouts } from './whereabouts.js';

/** Options of `createAlerts`. */
export interface AlertOptions {
  /** Told of each alert, beside the audit event. What it throws goes to `onError`. */
  readonly onAlert?: (alert: SecurityAlert) => Awaitable<void>;
  /** Where an address is: from a database of yours. What it throws is no place, and goes to `onError`. Unset: no alert of places. */
  readonly locate?: (address: string) => Awaitable<Place | undefined>;
  /** How many subjects, credentials and networks are remembered; default 10 000 of each. Who was seen the longest time ago goes first. */
  readonly maxRemembered?: number;
}

// What was good once, and was taken back: somebody still has it.
const revoked: ReadonlySet<string> = new Set([
  'revoked',
  'key-revoked',
  'session-ended',
  'certificate-revoked',
  'subject-disabled',
]);

/**
 * Makes a detector for `createAuth({ alerts })`, which reads the events as they come.
 *
 * Checks: devices and countries that are new for a subject; ways that nobody makes in the time (faster than 900 km/h over 500 km); ten subjects guessed at from one
 * network, and twenty networks that guess at one subject, within ten minutes; credentials that were revoked; refresh tokens that come again; and
 * a credential that is suddenly used much more. The same alert is told once in five minutes, then with its number.
 * Does not check: anything across processes, or before this one began.
 * @throws ConfigurationError with every fault of the options
 * @example createAuth({ schemes, audit, alerts: createAlerts({ onAlert: (alert) => page(alert.reason, alert.subject) }) })
 */
export function createAlerts(options: AlertOptions = {}): AlertDetector {
  const faults = new Faults();
  faults.addUnknown(options, ['onAlert', 'locate', 'maxRemembered']);
  const { onAlert, locate, maxRemembered = 10_000 } = options;
  for (const [name, value] of Object.entries({ onAlert, locate }))
    if (value !== undefined && typeof value !== 'function') faults.add(name, 'invalid-option', 'must be a function');
  if (!Number.isSafeInteger(maxRemembered) || maxRemembered < 1)
    faults.add('maxRemembered', 'invalid-option', 'must be a positive whole number');
  faults.throwIfAny();
  return new Detector(options, maxRemembered);
}

class Detector implements AlertDetector {
  readonly #options: AlertOptions;
  readonly #guessing: Guessing;
  readonly #subjects: BoundedMap<Whereabouts>;
  readonly #volumes: BoundedMap<Volume>;
  readonly #told: Told;
  #last: AlertContext | undefined;

  constructor(options: AlertOptions, maxRemembered: number) {
    this.#options = options;
    this.#guessing = new Guessing(maxRemembered);
    this.#subjects = new BoundedMap(maxRemembered);
    this.#volumes = new BoundedMap(maxRemembered);
    this.#told = new Told(maxRemembered);
  }

  see(event: AuditEvent, given: AlertContext): void {
    if (event.kind !== 'attempt' && event.kind !== 'credential') return;
    // The issuer writes the alert of its own: it only goes out.
    const isWritten = event.outcome === 'alert';
    const context = (this.#last = this.#contextOf(isWritten ? { ...given, tell: () => undefined } : given));
    const now = given.clock.now();
    const found = [...this.#guessing.see(event, now), ...sayByItself(event)];
    if (event.kind === 'attempt' && event.outcome === 'allow') found.push(...this.#seePass(event, now, context));
    for (const finding of found) this.#tell(finding, event, context);
  }

  close(): void {
    if (this.#last !== undefined) this.#told.close(this.#last.tell);
  }

  #seePass(event: RequestEvent, now: number, context: AlertContext): readonly Finding[] {
    const { issuer, subject, fingerprint, credentialId, scheme, address } = event;
    if (subject === null) return [];
    const known = this.#subjects.use(subjectKey(issuer, subject), newWhereabouts);
    if (address !== null)
      this.#locate(address, context, (place) => {
        for (const finding of seePlace(known, place, now)) this.#tell(finding, event, context);
      });
    const credential = JSON.stringify([scheme, credentialId ?? fingerprint]);
    const volume = countUse(this.#volumes.use(credential, newVolume), now);
    return [
      ...seeDevice(known, event),
      ...(volume === undefined ? [] : [{ reason: 'volume-change', about: credential, details: volume } as const]),
    ];
  }

  #locate(address: string, { onError }: AlertContext, use: (place: Place) => void): void {
    const useSafely = (place: Place | undefined): void => {
      if (typeof place === 'object' && place !== null) use(place);
    };
    try {
      const place = this.#options.locate?.(address);
      if (isPromise(place)) place.then(useSafely).catch(onError);
      else useSafely(place);
    } catch (error) {
      onError(error);
    }
  }

  #tell({ reason, about, details }: Finding, event: RequestEvent, context: AlertContext): void {
    const { id, time, issuer, subject, claimedSubject, address, credentialId, fingerprint } = event;
    const byAddress = reason === 'credential-stuffing';
    const who = { issuer, subject: byAddress ? null : (subject ?? claimedSubject) };
    const key = JSON.stringify([reason, who, about]);
    const alert = { reason, time, ...who, address, credentialId, fingerprint, event: id, count: 1, details };
    this.#told.tell(key, Object.freeze(alert), context);
  }

  #contextOf(given: AlertContext): AlertContext {
    const { onAlert } = this.#options;
    if (onAlert === undefined) return given;
    const tell = (alert: SecurityAlert): void => {
      given.tell(alert);
      try {
        const told = onAlert(alert);
        if (isPromise(told)) told.catch(given.onError);
      } catch (error) {
        given.onError(error);
      }
    };
    return { ...given, tell };
  }
}

/** What one event says without any other. */
function sayByItself(event: RequestEvent): readonly Finding[] {
  const { outcome, reason, fingerprint, credentialId } = event;
  const about = credentialId ?? fingerprint ?? '';
  if (outcome === 'refuse' && revoked.has(reason))
    return [{ reason: 'revoked-credential', about, details: { reason } }];
  if (outcome !== 'alert' || reason !== 'refresh-reuse' || event.kind !== 'credential') return [];
  const family = event.target?.id ?? about;
  return [{ reason: 'refresh-reuse', about: family, details: { family } }];
}
