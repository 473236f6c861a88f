import type { Awaitable } from '@auth/core/signing';

import { findNeededScopes, findStepUp, readAnswer } from './challenge-response.js';
import type { AnswerHead } from './challenge-response.js';
import type { Challenge, Reaction } from './challenge.js';
import { ClientError } from './client-error.js';
import type { ClientEventDetails } from './client-event.js';
import type { ClientSettings } from './options.js';
import { secretsOf } from './redact.js';
import { backOff, findWait, mayRepeat } from './retry.js';
import type { Answer, Authenticator, OutgoingRequest, Prepared, Verdict } from './strategy.js';
import { sleep } from './wait.js';

/** What is known of a call, whoever sends it. */
export interface ExchangeCall extends OutgoingRequest {
  readonly headers: { has(name: string): boolean };
  readonly body: { readonly replayable: boolean };
  readonly signal: AbortSignal | undefined;
}

/** What an answer asks for: the same call once more, after a while. */
export interface Next {
  readonly reason: 'credentials-refused' | 'retry-after' | 'network';
  readonly waitSeconds: number;
}

/**
 * The credentials of one call, and what its answers ask for. Bounded: one repeat for the strategy, `attempts` for waits and lost
 * connections. Sends nothing itself: `fetch`, a dispatcher and hooks of other libraries stand on it.
 */
export class Exchange {
  readonly #settings: ClientSettings;
  readonly #authenticator: Authenticator;
  #tries = 1;
  #repeated = false;
  #neededScopes: readonly string[] = [];

  constructor(settings: ClientSettings, authenticator: Authenticator) {
    this.#settings = settings;
    this.#authenticator = authenticator;
  }

  /** Scopes that a 403 asked for. */
  get neededScopes(): readonly string[] {
    return this.#neededScopes;
  }

  /** Credentials for the next time that it is sent; at once where nothing has to be waited for. */
  prepare(call: ExchangeCall): Awaitable<Prepared> {
    return this.#authenticator.prepare(call, call.signal);
  }

  /**
   * What to do with an answer; undefined: hand it out. At once where nothing has to be waited for.
   * @throws ClientError, or rejects with one
   */
  judge(call: ExchangeCall, head: AnswerHead, { headers, credentials }: Prepared): Awaitable<Next | undefined> {
    if (head.status < 400) {
      // The common case: nothing but the strategy looks at it.
      const answer = { status: head.status, headers: head.headers, challenges: [], repeated: this.#repeated };
      const verdict = this.#authenticator.afterResponse(answer, credentials);
      if (verdict instanceof Promise) return verdict.then((later) => this.#obey(later, call, head));
      return this.#obey(verdict, call, head);
    }
    return this.#judgeRefusal(call, head, { headers, credentials });
  }

  /**
   * What to do where the connection was lost.
   * @throws ClientError: this one, where it is not tried again
   */
  afterFailure(call: ExchangeCall, error: ClientError): Next {
    if (!this.#mayTryAgain(call)) throw error;
    const waitSeconds = backOff(this.#tries, this.#settings.random);
    this.#tries += 1;
    return { reason: 'network', waitSeconds };
  }

  /** Tells of another try, and waits for its time. */
  async wait({ reason, waitSeconds }: Next, call: ExchangeCall): Promise<void> {
    this.#settings.emit({ kind: 'retry', reason, waitSeconds, ...nameOf(call) });
    if (waitSeconds > 0) await sleep(this.#settings.clock, waitSeconds, call.signal);
  }

  async #judgeRefusal(call: ExchangeCall, head: AnswerHead, prepared: Prepared): Promise<Next | undefined> {
    const answer = readAnswer(head, this.#repeated);
    const secrets = secretsOf(prepared.headers);
    const stepUp = findStepUp(answer, head, secrets);
    this.#noteScopes(call, answer, secrets);
    const verdict = await this.#authenticator.afterResponse(answer, prepared.credentials);
    const challenged = await this.#challenge(head, stepUp);
    return this.#obey(challenged ?? verdict, call, head) ?? this.#afterRetryAfter(call, head);
  }

  #noteScopes(call: ExchangeCall, answer: Answer, secrets: readonly string[]): void {
    const scopes = findNeededScopes(answer, secrets);
    if (scopes === undefined) return;
    this.#neededScopes = scopes;
    this.#settings.emit({ kind: 'scope-needed', scopes, ...nameOf(call) });
  }

  /** What whoever uses the client says to an API that wants more than a new token of the same kind. */
  async #challenge(head: AnswerHead, stepUp: ClientError | undefined): Promise<Verdict | undefined> {
    const { onChallenge } = this.#settings;
    const scopes = this.#neededScopes;
    const wantsScopes = head.status === 403 && scopes.length > 0;
    if (stepUp === undefined && !wantsScopes) return undefined;
    const error =
      stepUp ??
      new ClientError('insufficient-scope', 'the API asks for further scopes', {
        ...responseOf(head),
        neededScopes: scopes,
      });
    const { acrValues = [], maxAgeSeconds } = error;
    const challenge: Challenge =
      stepUp === undefined
        ? { kind: 'insufficient-scope', scopes }
        : { kind: 'step-up', acrValues, ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) };
    const byDefault: Reaction = stepUp === undefined ? 'keep' : 'fail';
    const reaction = this.#repeated ? byDefault : ((await onChallenge?.(challenge)) ?? byDefault);
    return reaction === 'fail' ? { kind: 'fail', error } : { kind: reaction };
  }

  #obey(verdict: Verdict, call: ExchangeCall, head: AnswerHead): Next | undefined {
    if (verdict.kind === 'keep') return undefined;
    if (verdict.kind === 'fail') throw verdict.error.withResponse(responseOf(head).response);
    // Never more than once, whatever a strategy says.
    if (this.#repeated) return undefined;
    if (!call.body.replayable)
      throw new ClientError(
        'body-not-replayable',
        `the answer ${head.status} asks for new credentials, and the body can be sent once only: give a function that makes it`,
        responseOf(head),
      );
    this.#repeated = true;
    return { reason: 'credentials-refused', waitSeconds: verdict.kind === 'wait' ? verdict.seconds : 0 };
  }

  #afterRetryAfter(call: ExchangeCall, head: AnswerHead): Next | undefined {
    const { retry, clock, random } = this.#settings;
    const wait = findWait(head, retry.maxWaitSeconds, { clock, random });
    if (wait === undefined || !this.#mayTryAgain(call)) return undefined;
    this.#tries += 1;
    return { reason: 'retry-after', waitSeconds: wait };
  }

  #mayTryAgain(call: ExchangeCall): boolean {
    return this.#tries < this.#settings.retry.attempts && mayRepeat(call);
  }
}

const nameOf = ({ method, url }: OutgoingRequest): Pick<ClientEventDetails & { kind: 'retry' }, 'method' | 'path'> => ({
  method,
  path: url.pathname,
});

const responseOf = ({ response }: AnswerHead): { readonly response?: Response } =>
  response === undefined ? {} : { response };
