import type { Call } from './call.js';
import { isOneShot } from './body.js';
import { discard } from './bounded-read.js';
import { findNeededScopes, findStepUp, readAnswer } from './challenge-response.js';
import { ClientError, isClientError } from './client-error.js';
import type { ClientEventDetails } from './client-event.js';
import type { ClientSettings } from './options.js';
import { findRedirect } from './redirect.js';
import { secretsOf } from './redact.js';
import { backOff, findWait, mayRepeat } from './retry.js';
import type { Answer, Authenticator, Prepared, Verdict } from './strategy.js';
import { send } from './transport.js';
import { sleep, throwIfAborted } from './wait.js';

/** What became of a call, beside its answer. */
export interface CallReport {
  /** How often the request was sent. */
  readonly attempts: number;
  /** Scopes that a 403 asked for; none where it named none. */
  readonly neededScopes: readonly string[];
}

export interface Outcome {
  readonly response: Response;
  readonly report: CallReport;
}

interface Next {
  readonly call: Call;
  readonly reason: 'credentials-refused' | 'retry-after' | 'network' | 'redirect';
  readonly waitSeconds: number;
}

const maxRedirects = 5;

/**
 * The steps of one call: credentials, sending, and what the answer asks for. Bounded: one repeat for the strategy, `attempts` for
 * waits and lost connections, five redirects.
 */
export class Pipeline {
  readonly #settings: ClientSettings;
  readonly #authenticator: Authenticator;
  #call: Call;
  #attempts = 0;
  #tries = 1;
  #redirects = 0;
  #repeated = false;
  #neededScopes: readonly string[] = [];

  constructor(settings: ClientSettings, authenticator: Authenticator, call: Call) {
    this.#settings = settings;
    this.#authenticator = authenticator;
    this.#call = call;
  }

  /** @throws ClientError */
  async run(): Promise<Outcome> {
    for (;;) {
      throwIfAborted(this.#call.signal);
      const prepared = await this.#authenticator.prepare(this.#call, this.#call.signal);
      const sent = await this.#send(prepared);
      if (!(sent instanceof ClientError)) {
        const next = await this.#judge(sent, prepared);
        if (next === undefined)
          return { response: sent, report: { attempts: this.#attempts, neededScopes: this.#neededScopes } };
        // Frees the connection; what an answer says that is not handed out matters to nobody.
        await discard(sent);
        await this.#proceed(next);
      } else {
        await this.#proceed(this.#afterFailure(sent));
      }
    }
  }

  /** The answer, or the error of a connection that was lost. */
  async #send({ headers }: Prepared): Promise<Response | ClientError> {
    const { method, url, body, signal, headers: asked } = this.#call;
    const all = new Headers(asked);
    for (const [name, value] of headers) all.set(name, value);
    const content = await body.open();
    this.#attempts += 1;
    const init = { method, headers: all, body: content, ...(isOneShot(content) && { duplex: 'half' as const }) };
    try {
      return await send(this.#settings.transport, url, init, { signal, secrets: secretsOf(headers) });
    } catch (error) {
      if (isClientError(error) && error.code === 'network') return error;
      throw error;
    }
  }

  async #judge(response: Response, { headers, credentials }: Prepared): Promise<Next | undefined> {
    const answer = readAnswer(response, this.#repeated);
    const secrets = secretsOf(headers);
    const stepUp = findStepUp(answer, response, secrets);
    if (stepUp !== undefined) throw stepUp;
    this.#noteScopes(answer, secrets);
    const verdict = await this.#authenticator.afterResponse(answer, credentials);
    return this.#obey(verdict, response) ?? this.#afterRetryAfter(response) ?? this.#afterRedirect(response);
  }

  #noteScopes(answer: Answer, secrets: readonly string[]): void {
    const scopes = findNeededScopes(answer, secrets);
    if (scopes === undefined) return;
    this.#neededScopes = scopes;
    this.#settings.emit({ kind: 'scope-needed', scopes, ...this.#name() });
  }

  #obey(verdict: Verdict, response: Response): Next | undefined {
    if (verdict.kind === 'keep') return undefined;
    if (verdict.kind === 'fail') throw verdict.error;
    // Never more than once, whatever a strategy says.
    if (this.#repeated) return undefined;
    if (!this.#call.body.replayable)
      throw new ClientError(
        'body-not-replayable',
        `the answer ${response.status} asks for new credentials, and the body can be sent once only: give a function that makes it`,
        { response },
      );
    this.#repeated = true;
    const waitSeconds = verdict.kind === 'wait' ? verdict.seconds : 0;
    return { call: this.#call, reason: 'credentials-refused', waitSeconds };
  }

  #afterRetryAfter(response: Response): Next | undefined {
    const { retry, clock, random } = this.#settings;
    const wait = findWait(response, retry.maxWaitSeconds, { clock, random });
    if (wait === undefined || !this.#mayTryAgain()) return undefined;
    this.#tries += 1;
    return { call: this.#call, reason: 'retry-after', waitSeconds: wait };
  }

  #afterRedirect(response: Response): Next | undefined {
    try {
      const call = findRedirect(response, this.#call, this.#settings.redirects);
      if (call === undefined) return undefined;
      if (++this.#redirects > maxRedirects)
        throw new ClientError('redirect-refused', `more than ${maxRedirects} redirects`, { response });
      return { call, reason: 'redirect', waitSeconds: 0 };
    } catch (error) {
      // Nobody reads it: an endless one would hold its connection, and the process.
      void discard(response);
      throw error;
    }
  }

  #afterFailure(error: ClientError): Next {
    if (!this.#mayTryAgain()) throw error;
    const waitSeconds = backOff(this.#tries, this.#settings.random);
    this.#tries += 1;
    return { call: this.#call, reason: 'network', waitSeconds };
  }

  #mayTryAgain(): boolean {
    return this.#tries < this.#settings.retry.attempts && mayRepeat(this.#call);
  }

  async #proceed({ call, reason, waitSeconds }: Next): Promise<void> {
    if (reason !== 'redirect') this.#settings.emit({ kind: 'retry', reason, waitSeconds, ...this.#name() });
    this.#call = call;
    if (waitSeconds > 0) await sleep(this.#settings.clock, waitSeconds, call.signal);
  }

  #name(): Pick<ClientEventDetails & { kind: 'retry' }, 'method' | 'path'> {
    return { method: this.#call.method, path: this.#call.url.pathname };
  }
}
