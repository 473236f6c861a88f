import type { Allow, Answer } from '../contracts/decision.js';
import type { HeaderList } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import type { PolicyContext } from '../contracts/policy.js';
import type { Held } from './evaluate.js';
import type { Attempt } from './attempt.js';
import { contextOf } from './permissions.js';

/** A pass. A class, so that the signal of its end costs nothing until somebody asks for it. */
export class AllowDecision implements Allow {
  readonly kind = 'allow';
  readonly principal: Principal | null;
  readonly principals: readonly Principal[];
  readonly headers: HeaderList;
  readonly #attempt: Attempt;
  #ended: AbortSignal | undefined;

  constructor(held: Held, headers: HeaderList, attempt: Attempt) {
    this.principal = held.principal;
    // By name for a named allOf: the type that a requirement infers says which.
    this.principals = Object.freeze(held.principals) as readonly Principal[];
    this.headers = headers;
    this.#attempt = attempt;
  }

  get context(): PolicyContext {
    return contextOf(this.#attempt);
  }

  get ended(): AbortSignal {
    return (this.#ended ??= this.#waitForEnd());
  }

  get signResponse(): ((response: Answer) => Promise<HeaderList>) | undefined {
    const { schemes, clock } = this.#attempt.settings;
    const signing = Object.values(this.principals)
      .flatMap((principal) => (principal === undefined ? [] : schemes[principal.scheme]))
      .find((scheme) => scheme?.signResponse !== undefined);
    // The scheme is asked as it stands: one of somebody's own may need its `this`.
    return signing && (async (response) => signing.signResponse!(response, this.#attempt.request, { clock }));
  }

  /** Aborts at the first `expiresAt`; waits no longer than the caller stays, or the guard is open. */
  #waitForEnd(): AbortSignal {
    const controller = new AbortController();
    const ends = Object.values(this.principals).flatMap((principal) => principal?.expiresAt ?? []);
    if (ends.length === 0) return controller.signal;
    const { clock, waits } = this.#attempt.settings;
    const gone = this.#attempt.request.signal;
    if (gone?.aborted === true) return controller.signal;
    // A clock may run at once what is due: then there is nothing yet to call off.
    let cancel = (): void => undefined;
    const stop = (): void => {
      cancel();
      waits.delete(stop);
      gone?.removeEventListener('abort', stop);
    };
    waits.add(stop);
    gone?.addEventListener('abort', stop, { once: true });
    cancel = clock.schedule(Math.min(...ends), () => {
      stop();
      controller.abort(new DOMException('The credentials have ended', 'AbortError'));
    });
    return controller.signal;
  }
}
