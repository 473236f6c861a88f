import { Gate } from '../../base/gate.js';
import { Once } from '../../base/once.js';
import { parseJsonObject, type JsonObject } from '../../base/strict-json.js';
import { authenticateClient } from '../../client-authentication/authenticate.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { KeyContext } from '../../contracts/key.js';
import { DependencyError } from '../../errors/failure-error.js';
import type { Reason } from '../../errors/failures.js';
import { createDocumentFetcher } from '../../http/document-fetcher.js';
import { createExchange, type Exchange, type Exchanged } from '../../http/exchange.js';
import { discoverUrl } from '../../keys/discovery.js';
import { KeySetError } from '../../keys/key-set.js';
import { isAnswer } from './answer.js';
import { Breaker } from './breaker.js';
import type { IntrospectionSettings } from './options.js';
import { readSignedAnswer } from './signed-answer.js';

/** What was said of a token, and its size as it came. */
export interface Said {
  readonly answer: JsonObject;
  readonly bytes: number;
}

const maxBytes = 64 * 1024;
const maxMetadataBytes = 512 * 1024;
// Decision: a flood of invented tokens asks so many at a time; as many more wait as a second may serve.
const bounds = { most: 64, mostWaiting: 4096 };

/**
 * The introspection endpoint of an authorization server (RFC 7662 §2).
 * What it asks is a POST with the token in its body, proved as our client. Whatever else than a well-formed answer comes back is an
 * outage: bounded in time and bytes, and never the fault of the caller.
 */
export class IntrospectionEndpoint {
  readonly #settings: IntrospectionSettings;
  readonly #exchange: Exchange;
  readonly #url: Once<URL>;
  readonly #gate = new Gate(bounds);
  readonly #breaker = new Breaker();
  readonly #closed = new AbortController();

  constructor(settings: IntrospectionSettings) {
    this.#settings = settings;
    const { fetch, timeoutSeconds } = settings;
    this.#exchange = createExchange({ fetch, timeoutSeconds, maxBytes });
    this.#url = new Once(() => settings.endpoint ?? this.#discover());
  }

  /**
   * Asks about a token.
   * @throws DependencyError `introspection-unavailable`, `introspection-unauthorized`, `introspection-invalid`,
   * `issuer-metadata-mismatch`, or that of the keys for a signed answer
   */
  async ask(token: string, context: KeyContext): Promise<Said> {
    this.#breaker.check(context.clock.now());
    const asked = this.#gate.run(async () => {
      this.#breaker.check(context.clock.now());
      try {
        const said = await this.#askNow(token, context);
        this.#breaker.succeeded();
        return said;
      } catch (error) {
        throw this.#failed(error, context);
      }
    });
    if (asked !== undefined) return asked;
    throw new DependencyError('introspection-unavailable', {}, { message: 'too many tokens wait to be asked about' });
  }

  /** Finds the endpoint, and imports the keys. */
  async ready(context: KeyContext): Promise<void> {
    const { client, answerKeys } = this.#settings;
    if (client.method === 'private_key_jwt') await client.signingKey();
    await answerKeys?.ready?.(context);
    try {
      await this.#url.get();
    } catch (error) {
      // As with keys: a server can start while its issuer is down.
      context.onError?.(error);
    }
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('closed'));
    await this.#settings.answerKeys?.close?.();
  }

  async #askNow(token: string, context: KeyContext): Promise<Said> {
    const { client, signedResponse } = this.#settings;
    const url = await this.#url.get();
    const { headers, parameters } = await authenticateClient(client, context);
    // RFC 7662 §2.1: one parameter of a form, whatever the token is made of.
    const body = new URLSearchParams({ token, token_type_hint: 'access_token', ...parameters }).toString();
    const accept = signedResponse === 'off' ? 'application/json' : acceptSigned[signedResponse];
    const type = 'application/x-www-form-urlencoded';
    const request = { method: 'POST', headers: { ...headers, accept, 'content-type': type }, body } as const;
    const answered = await this.#exchange(url, request, this.#closed.signal).catch((error: unknown) => {
      throw outage('introspection-unavailable', error);
    });
    const named = `${url.origin}${url.pathname}`;
    if (takesNoSuchToken(answered)) return { answer: { active: false }, bytes: answered.body.length };
    checkStatus(answered, named);
    const answer = await this.#read(answered.body, context, named);
    if (answer !== undefined && isAnswer(answer, this.#settings)) return { answer, bytes: answered.body.length };
    throw outage('introspection-invalid', `${named} gave no good answer`);
  }

  /** A signed answer cannot be taken for a plain one, nor the other way round: one is JSON, the other is not. */
  #read(bytes: Uint8Array, context: KeyContext, named: string): Awaitable<JsonObject | undefined> {
    const { signedResponse, answerKeys: keys, issuer, audience, client, clockToleranceSeconds } = this.#settings;
    const plain = parseJsonObject(bytes);
    if (plain !== undefined) return signedResponse === 'require' ? undefined : plain;
    if (keys === undefined) throw outage('introspection-unavailable', `${named} answers what is no JSON object`);
    const recipients = [client.clientId, ...audience];
    return readSignedAnswer(bytes, { issuer: issuer!, recipients, keys, clockToleranceSeconds }, context);
  }

  #discover(): Promise<URL> {
    const { issuer, allowInsecureHttp, fetch, timeoutSeconds } = this.#settings;
    const fetchDocument = createDocumentFetcher({
      fetch,
      timeoutSeconds,
      maxBytes: maxMetadataBytes,
      publicAddressesOnly: false,
    });
    const options = { issuer: issuer!, allowInsecureHttp, fetchDocument };
    return discoverUrl('introspection_endpoint', options, this.#closed.signal).catch((error: unknown) => {
      const another = error instanceof KeySetError && error.reason === 'issuer-metadata-mismatch';
      throw outage(another ? 'issuer-metadata-mismatch' : 'introspection-unavailable', error);
    });
  }

  /** What is no outage, such as a key of ours that cannot be used, stays what it is. */
  #failed(error: unknown, { clock, alert }: KeyContext): unknown {
    if (!(error instanceof DependencyError)) return error;
    const isFirst = this.#breaker.failed(error, clock.now());
    // It may have moved.
    this.#url.forget();
    const { reason } = error.failure;
    if (isFirst && reason === 'introspection-unauthorized') alert?.({ reason, issuer: this.#settings.issuer ?? null });
    return error;
  }
}

const acceptSigned = {
  allow: 'application/token-introspection+jwt, application/json;q=0.5',
  require: 'application/token-introspection+jwt',
} as const;

/**
 * RFC 7009 §2.2.1: what some servers say of a token of another kind, such as a JWT where they keep none.
 * Decision: that is no outage but an answer about this token: else whoever sends such tokens would open the breaker for all others.
 */
const takesNoSuchToken = ({ status, body }: Exchanged): boolean =>
  status === 400 && parseJsonObject(body)?.['error'] === 'unsupported_token_type';

/** RFC 7662 §2.3: 401 says that we are not who we say, and nothing of the token. */
function checkStatus({ status }: Exchanged, named: string): void {
  if (status === 200) return;
  const refused = status === 401 || status === 403;
  throw outage(
    refused ? 'introspection-unauthorized' : 'introspection-unavailable',
    `${named} answers with status ${status}`,
  );
}

function outage(reason: Reason, problem: unknown): DependencyError {
  const message = problem instanceof Error ? problem.message : String(problem);
  return new DependencyError(reason, {}, { message, ...(problem instanceof Error && { cause: problem }) });
}
