import type { HeaderList } from '@auth/core/signing';

import { isOneShot, type BodyContent } from './body.js';
import type { Call } from './call.js';
import { discard } from './bounded-read.js';
import { beginCallEvent } from './call-event.js';
import { ClientError, isClientError } from './client-error.js';
import { Exchange, type Next } from './exchange.js';
import type { ClientSettings } from './options.js';
import { findRedirect } from './redirect.js';
import { secretsOf } from './redact.js';
import { verifyResponse, type SentRequest } from './signed-response.js';
import { readSignable } from './signers/signable-body.js';
import type { Authenticator, Prepared } from './strategy.js';
import { send } from './transport.js';
import { throwIfAborted } from './wait.js';

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

const maxRedirects = 5;

/** The steps of one call by `fetch`: credentials, sending, what the answer asks for, and at most five redirects. */
export class Pipeline {
  readonly #settings: ClientSettings;
  readonly #exchange: Exchange;
  #call: Call;
  #attempts = 0;
  #redirects = 0;
  /** The latest, as it was sent. */
  #sent: SentRequest | undefined;

  constructor(settings: ClientSettings, authenticator: Authenticator, call: Call) {
    this.#settings = settings;
    this.#exchange = new Exchange(settings, authenticator);
    this.#call = call;
  }

  /** @throws ClientError */
  async run(): Promise<Outcome> {
    const tell = beginCallEvent(this.#settings, this.#call);
    try {
      const outcome = await this.#run();
      tell({ attempts: this.#attempts, status: outcome.response.status });
      return outcome;
    } catch (error) {
      tell({ attempts: this.#attempts, error });
      throw error;
    }
  }

  async #run(): Promise<Outcome> {
    for (;;) {
      throwIfAborted(this.#call.signal);
      const prepared = await this.#exchange.prepare(this.#call);
      const sent = await this.#send(prepared);
      const next =
        sent instanceof ClientError ? this.#exchange.afterFailure(this.#call, sent) : await this.#judge(sent, prepared);
      if (next === undefined) return this.#end(sent as Response, prepared);
      // Frees the connection; what an answer says that is not handed out matters to nobody.
      if (!(sent instanceof ClientError)) await discard(sent);
      if (next !== 'redirect') await this.#exchange.wait(next, this.#call);
    }
  }

  /** The answer, or the error of a connection that was lost. */
  async #send({ headers }: Prepared): Promise<Response | ClientError> {
    const { method, url, body, signal, headers: asked } = this.#call;
    const all = new Headers(asked);
    for (const [name, value] of headers) all.set(name, value);
    // The digest of an answer is that of its bytes as they were sent: the platform would hand out others.
    if (this.#settings.verifyResponses !== undefined) all.set('accept-encoding', 'identity');
    const content = await this.#sign(all, await body.open());
    this.#sent = { method, url, headers: all };
    this.#attempts += 1;
    const init = { method, headers: all, body: content, ...(isOneShot(content) && { duplex: 'half' as const }) };
    try {
      return await send(this.#settings.transport, url, init, { signal, secrets: secretsOf(headers) });
    } catch (error) {
      if (isClientError(error) && error.code === 'network') return error;
      throw error;
    }
  }

  /** Adds a signature over exactly what is sent, where there is a signer: it comes last. */
  async #sign(headers: Headers, content: BodyContent | null): Promise<BodyContent | null> {
    const { sign: signer, serverClock, random } = this.#settings;
    if (signer === undefined) return content;
    const { bytes, contentType } = await readSignable(content);
    if (contentType !== null && !headers.has('content-type')) headers.set('content-type', contentType);
    const { method, url } = this.#call;
    const request = { method, url, headers: [...headers] as HeaderList, body: bytes };
    const added = await signer.sign(request, { now: serverClock.now(), random });
    for (const [name, value] of added) headers.set(name, value);
    return content === null ? null : bytes;
  }

  async #judge(response: Response, prepared: Prepared): Promise<Next | 'redirect' | undefined> {
    const { status, headers } = response;
    const next = await this.#exchange.judge(this.#call, { status, headers, response }, prepared);
    return next ?? (this.#redirect(response) ? 'redirect' : undefined);
  }

  #redirect(response: Response): boolean {
    try {
      const call = findRedirect(response, this.#call, this.#settings.redirects);
      if (call === undefined) return false;
      this.#redirects += 1;
      if (this.#redirects > maxRedirects)
        throw new ClientError('redirect-refused', `more than ${maxRedirects} redirects`, { response });
      this.#call = call;
      return true;
    } catch (error) {
      // Nobody reads it: an endless one would hold its connection, and the process.
      void discard(response);
      throw error;
    }
  }

  async #end(received: Response, { headers }: Prepared): Promise<Outcome> {
    const { verifyResponses } = this.#settings;
    const response =
      verifyResponses === undefined
        ? received
        : await verifyResponse(received, {
            verifier: verifyResponses,
            sent: this.#sent!,
            transport: this.#settings.transport,
            signal: this.#call.signal,
            secrets: secretsOf(headers),
          });
    return { response, report: { attempts: this.#attempts, neededScopes: this.#exchange.neededScopes } };
  }
}
