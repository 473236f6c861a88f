import { randomUuid } from '../base/random.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Clock } from '../contracts/clock.js';
import type { Alert, CertificateReader, Context, OneUse, RevocableToken } from '../contracts/scheme.js';
import { rememberUse, useOnce } from '../stores/use-once.js';
import type { RequestRecord } from './request-record.js';
import { isRevoked } from './revocation.js';
import type { Settings } from './settings.js';

/** Whom a scheme works for: the caller of a request, or whoever waits for `ready()`. */
export interface Caller {
  readonly address: string | null;
  readonly signal?: AbortSignal;
  /** Of a request: what it has used already. */
  readonly uses?: RequestRecord['uses'];
}

/** What one scheme gets. A class, so that the signal and the functions are made only where somebody uses them. */
export class SchemeContext implements Context {
  readonly #settings: Settings;
  readonly #scheme: string;
  readonly #caller: Caller;
  /** What it has used by itself. */
  #own: Set<string> | undefined;

  constructor(settings: Settings, scheme: string, caller: Caller) {
    this.#settings = settings;
    this.#scheme = scheme;
    this.#caller = caller;
  }

  get clock(): Clock {
    return this.#settings.clock;
  }

  get clientAddress(): string | null {
    return this.#caller.address;
  }

  get clientCertificates(): CertificateReader {
    return this.#settings.clientCertificates;
  }

  get signal(): AbortSignal {
    return this.#caller.signal as AbortSignal;
  }

  useOnce(use: OneUse): Awaitable<boolean> {
    const { uses = new Map(), signal } = this.#caller;
    return rememberUse({ uses, own: (this.#own ??= new Set()) }, use, () => useOnce(this.#settings, use, signal));
  }

  isRevoked(token: RevocableToken): Awaitable<boolean> {
    return isRevoked(this.#settings, token, this.#caller.signal);
  }

  get onError(): (error: unknown) => void {
    return this.#settings.onError;
  }

  get alert(): (alert: Alert) => void {
    return ({ reason, issuer, keyid = null }) => {
      const { audit, random, clock } = this.#settings;
      void audit?.emitter.emit({
        version: 1,
        kind: 'key',
        id: randomUuid(random),
        time: new Date(clock.now() * 1000).toISOString(),
        outcome: 'alert',
        reason,
        scheme: this.#scheme,
        issuer,
        keyid,
      });
    };
  }
}
