import { after, type Awaitable, type HeaderList } from '@auth/core/signing';

import { beginCallEvent } from './call-event.js';
import { assertFields } from './call.js';
import { Exchange, type ExchangeCall } from './exchange.js';
import type { ClientSettings } from './options.js';
import { assertOrigin } from './origin-guard.js';
import type { AnswerHeaders, Authenticator, Prepared } from './strategy.js';

/** A call that somebody else sends. */
export interface OutgoingCall {
  readonly method: string;
  /** A path, or a URL of the client's origin. */
  readonly target: string | URL;
  /** Names of the fields that the caller sets, in lower case. */
  readonly fields?: readonly string[];
  /** Whether the body can be sent a second time: true where there is none. */
  readonly replayable: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The credentials of one call that somebody else sends: an interceptor, hooks of another library. */
export interface ClientExchange {
  /** Field lines for the next time that it is sent; at once where a token is at hand. */
  prepare(): Awaitable<HeaderList>;
  /**
   * Sees each answer, and says whether to send the call once more, after it has waited.
   * @throws ClientError, or rejects with one
   */
  judge(answer: { readonly status: number; readonly headers: AnswerHeaders }): Awaitable<boolean>;
}

/**
 * Begins a call that somebody else sends.
 * Checks: that the target is of the client's origin, and that the caller sets no field of the strategy.
 * Does not check: where redirects lead; whoever sends must not follow them, or must come here again.
 * @throws ClientError
 */
export function createExchange(
  settings: ClientSettings,
  authenticator: Authenticator,
  { method, target, fields = [], replayable, signal }: OutgoingCall,
): ClientExchange {
  assertFields(fields, settings.auth.fields);
  const call: ExchangeCall = {
    method,
    url: assertOrigin(target, settings.origin),
    headers: { has: (name) => fields.includes(name) },
    body: { replayable },
    signal,
  };
  const exchange = new Exchange(settings, authenticator);
  const tell = beginCallEvent(settings, call);
  let attempts = 0;
  let prepared: Prepared | undefined;
  const end = (status: number): false => {
    tell({ attempts, status });
    return false;
  };
  return {
    prepare: () =>
      after(exchange.prepare(call), (made) => {
        attempts += 1;
        prepared = made;
        return made.headers;
      }),
    judge: (answer) =>
      after(exchange.judge(call, answer, prepared!), (next) =>
        next === undefined ? end(answer.status) : exchange.wait(next, call).then(() => true),
      ),
  };
}
