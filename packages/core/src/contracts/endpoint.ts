import type { Awaitable } from './awaitable.js';
import type { EventTarget } from './audit-event.js';
import type { RandomSource } from './clock.js';
import type { Answer } from './decision.js';
import type { Failure } from './failure.js';
import type { Principal } from './principal.js';
import type { AuthRequest } from './request.js';
import type { Requirement } from './requirement.js';
import type { Context } from './scheme.js';

/** What an endpoint of ours did, for its event. */
export interface Deed {
  readonly outcome: 'allow' | 'refuse';
  /** `key-created`, `token-issued`; for a refusal finer than what the caller is told. */
  readonly reason: string;
  /** Where the body of the answer is an error of OAuth 2.0 (RFC 6749 §5.2). */
  readonly code?: `oauth:${string}`;
  /** Whom it was done for, where the endpoint found that out by itself. */
  readonly subject?: string;
  readonly clientId?: string;
  /** Which of several secrets, or which key, proved the client. */
  readonly credentialId?: string;
  /** What it was done to. */
  readonly target?: EventTarget;
}

/** What an endpoint answers, and its event: none where nothing happened. A failure is refused as everywhere. */
export type Served = { readonly kind: 'served'; readonly answer: Answer; readonly deed: Deed | null } | Failure;

/** Something about a credential that somebody should look into, beside the event of the request. */
export type CredentialAlert = Omit<Deed, 'outcome' | 'code'>;

/** What an endpoint works with. */
export interface EndpointContext extends Omit<Context, 'alert'> {
  /** Whoever the requirement has let through; null where none was given. */
  readonly principal: Principal | null;
  readonly random: RandomSource;
  /** That of `createAuth`, for challenges. */
  readonly realm: string;
  readonly alert: (alert: CredentialAlert) => void;
  /**
   * Whether the caller may try to prove to be somebody, by the limits of `createAuth`. Whoever asks says what became of the try, once:
   * `right`, `wrong` (a guess that missed) or `neither`.
   * @param claimed whom it claims to be, by a name that no scheme has
   */
  readonly admit: (claimed: string) => Awaitable<Try | Failure>;
}

/** A try at being somebody, under way. */
export interface Try {
  readonly kind: 'admitted';
  end(outcome: 'right' | 'wrong' | 'neither'): Awaitable<void>;
}

/**
 * Serves one request of an endpoint behind the guard: transport and authority are checked, the requirement (where there is one)
 * is met, one event is written, and whatever is thrown refuses.
 */
export type ServeEndpoint = (
  request: AuthRequest,
  requirement: Requirement | null,
  work: (context: EndpointContext) => Awaitable<Served>,
) => Promise<Answer>;

/** The part of `Auth` that endpoints stand on. */
export interface EndpointHost {
  readonly forAdapters: {
    readonly serve: ServeEndpoint;
    /** @throws ConfigurationError for a wrong requirement. */
    guard(requirement: Requirement): unknown;
  };
}
