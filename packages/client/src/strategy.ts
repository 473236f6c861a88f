import type { Awaitable, Clock, HeaderList, ParsedChallenge, RandomSource, TokenCache } from '@auth/core/signing';

import type { ClientError } from './client-error.js';
import type { ClientEventDetails } from './client-event.js';
import type { ServerClock } from './server-clock.js';
import type { Transport } from './transport.js';

/** What credentials may depend on. */
export interface OutgoingRequest {
  readonly method: string;
  /** At the origin of the client. */
  readonly url: URL;
}

/** Credentials for one request: `headers` are sent, `credentials` come back with the answer. */
export interface Prepared<C = unknown> {
  readonly headers: HeaderList;
  readonly credentials: C;
}

/** Field lines of an answer: those of one name joined, null where there is none. */
export interface AnswerHeaders {
  get(name: string): string | null;
}

/** What a strategy sees of an answer. */
export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Of a 401 or 403; none where the field is malformed or too large. */
  readonly challenges: readonly ParsedChallenge[];
  /** Whether this strategy has already asked for a retry of this call: there is no second one. */
  readonly repeated: boolean;
}

/** `keep` hands the answer out; `retry` prepares and sends once more. */
export type Verdict =
  | { readonly kind: 'keep' }
  | { readonly kind: 'retry' }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'fail'; readonly error: ClientError };

/** A strategy at work for one client. */
export interface Authenticator<C = unknown> {
  /** Gives a request its credentials; called anew for each time that it is sent. */
  prepare(request: OutgoingRequest, signal?: AbortSignal): Awaitable<Prepared<C>>;
  /** Sees every answer. */
  afterResponse(answer: Answer, credentials: C): Awaitable<Verdict>;
  /** Ends what still goes on. */
  close?(): Awaitable<void>;
}

/** What a client lends to its strategy. */
export interface StrategyContext {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** The time of the servers, as far as they said that ours is another. */
  readonly serverClock: ServerClock;
  readonly tokens: TokenCache;
  readonly emit: (event: ClientEventDetails) => void;
  /** Names the certificate that tokens may be bound to (RFC 8705 §3); empty where there is none. It changes with the certificate. */
  readonly binding: () => string;
  /** Whether secrets may go over plain HTTP to other machines. */
  readonly allowInsecureHttp: boolean;
}

/** One way of giving calls their credentials: the counterpart of the server's `Scheme`. */
export interface Strategy<C = unknown> {
  readonly type: string;
  /** The header fields it writes, in lower case: a caller who sets one is refused. */
  readonly fields: readonly string[];
  /** @throws ConfigurationError, ClientError */
  connect(context: StrategyContext): Authenticator<C>;
}
