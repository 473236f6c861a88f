import type { Allow, Answer } from '../contracts/decision.js';
import type { HeaderList } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import type { PolicyContext } from '../contracts/policy.js';
import type { Attempt } from './attempt.js';
import { watchForEnd } from './ended.js';
import type { Held } from './evaluate.js';
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
    return (this.#ended ??= watchForEnd(this.#attempt, Object.values(this.principals)));
  }

  get signResponse(): ((response: Answer) => Promise<HeaderList>) | undefined {
    const { schemes, clock } = this.#attempt.settings;
    const signing = Object.values<Principal | null>(this.principals)
      .flatMap((principal) => (principal === null ? [] : schemes[principal.scheme]))
      .find((scheme) => scheme?.signResponse !== undefined);
    // The scheme is asked as it stands: one of somebody's own may need its `this`.
    return signing && (async (response) => signing.signResponse!(response, this.#attempt.request, { clock }));
  }
}
