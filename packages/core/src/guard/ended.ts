import { after, isPromise } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Failure } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import { failure } from '../errors/failures.js';
import { callerOf, type Attempt } from './attempt.js';
import { extractedBy } from './request-record.js';
import { SchemeContext } from './scheme-context.js';
import { recordEnd } from './settle.js';

// A revocation is seen within five seconds: a store has one to answer.
const recheckSeconds = 4;
// Decision: a store that is down for so long ends a connection, and a short outage does not end all of them at once.
const outageSeconds = 30;

/**
 * Aborts at the first `expiresAt` of those who were proved, or within five seconds of a revocation, and writes its event; waits no longer than the
 * caller stays, or the guard is open.
 */
export function watchForEnd(attempt: Attempt, principals: readonly (Principal | null)[]): AbortSignal {
  const watched = principals.filter((principal) => principal !== null);
  return new Watch(attempt, watched).start();
}

class Watch {
  readonly #attempt: Attempt;
  readonly #principals: readonly Principal[];
  readonly #controller = new AbortController();
  readonly #cancels = new Set<() => void>();
  #isOver = false;
  #downSince: number | undefined;

  constructor(attempt: Attempt, principals: readonly Principal[]) {
    this.#attempt = attempt;
    this.#principals = principals;
  }

  start(): AbortSignal {
    const { settings, request } = this.#attempt;
    const { signal } = this.#controller;
    const first = this.#principals
      .filter(({ expiresAt }) => expiresAt !== undefined)
      .sort((a, b) => a.expiresAt! - b.expiresAt!)[0];
    const rechecked = this.#principals.filter(({ scheme }) => settings.schemes[scheme]?.recheck !== undefined);
    if ((first === undefined && rechecked.length === 0) || request.signal?.aborted === true) return signal;
    settings.waits.add(this.#stop);
    request.signal?.addEventListener('abort', this.#stop, { once: true });
    if (first !== undefined) this.#at(first.expiresAt!, () => this.#end(first, expiredOf(first)));
    if (rechecked.length > 0) this.#recheckLater(rechecked);
    return signal;
  }

  readonly #stop = (): void => {
    this.#isOver = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#attempt.settings.waits.delete(this.#stop);
    this.#attempt.request.signal?.removeEventListener('abort', this.#stop);
  };

  /** A clock may run at once what is due: then there is nothing to call off. */
  #at(time: number, run: () => void): void {
    let isDue = false;
    let cancel = (): void => undefined;
    const callOff = (): void => cancel();
    cancel = this.#attempt.settings.clock.schedule(time, () => {
      isDue = true;
      if (!this.#isOver) run();
      this.#cancels.delete(callOff);
    });
    if (this.#isOver) cancel();
    else if (!isDue) this.#cancels.add(callOff);
  }

  #end(principal: Principal, failed: Failure): void {
    this.#stop();
    recordEnd(this.#attempt, principal, failed);
    this.#controller.abort(new DOMException('The credentials have ended', 'AbortError'));
  }

  #recheckLater(principals: readonly Principal[]): void {
    this.#at(this.#attempt.settings.clock.now() + recheckSeconds, () => {
      const checked = principals.reduce<Awaitable<boolean>>(
        (before, principal) => after(before, (good) => good && this.#recheck(principal)),
        true,
      );
      void after(checked, (good) => {
        if (good && !this.#isOver) this.#recheckLater(principals);
      });
    });
  }

  /** @returns whether it goes on */
  #recheck(principal: Principal): Awaitable<boolean> {
    const { settings, record, request } = this.#attempt;
    const { scheme: name } = principal;
    const sent = extractedBy(record, name);
    if (sent?.kind !== 'credentials') return true;
    const settle = (answer: { readonly kind: string } | undefined): boolean => {
      this.#downSince = undefined;
      if (answer?.kind === 'failure' && !this.#isOver) this.#end(principal, answer as Failure);
      return answer?.kind !== 'failure';
    };
    try {
      const context = new SchemeContext(settings, name, callerOf(this.#attempt));
      const answer = settings.schemes[name]!.recheck!(sent.credentials, request, context);
      return isPromise(answer)
        ? answer.then(settle).catch((error: unknown) => this.#cannotTell(principal, error))
        : settle(answer);
    } catch (error) {
      return this.#cannotTell(principal, error);
    }
  }

  #cannotTell(principal: Principal, error: unknown): boolean {
    if (this.#isOver) return false;
    const { clock, onError } = this.#attempt.settings;
    onError(error);
    this.#downSince ??= clock.now();
    if (clock.now() - this.#downSince < outageSeconds) return true;
    this.#end(principal, failure('recheck-unavailable'));
    return false;
  }
}

const expiredOf = ({ type }: Principal): Failure =>
  failure(type === 'apiKey' ? 'key-expired' : type === 'session' ? 'session-expired' : 'expired');
