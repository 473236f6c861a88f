import { Gate } from '../../base/gate.js';
import { Once } from '../../base/once.js';
import { parseJsonObject, type JsonObject } from '../../base/strict-json.js';
import { authenticateClient } from '../../client-authentication/authenticate.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { KeyContext } from '../../contracts/key.js';
import { DependencyError, isFailureError } from '../../errors/failure-error.js';
import { createBoundedFetch, DocumentError, type BoundedFetch } from '../../http/bounded-fetch.js';
import { createDocumentFetcher } from '../../http/document-fetcher.js';
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
  readonly #fetch: BoundedFetch;
  readonly #url: Once<URL>;
  readonly #gate = new Gate(bounds);
  readonly #breaker = new Breaker();
  readonly #closed = new AbortController();

  constructor(settings: IntrospectionSettings) {
    this.#settings = settings;
    const { fetch, timeoutSeconds } = settings;
    this.#fetch = createBoundedFetch({ fetch, timeoutSeconds, maxBytes, publicAddressesOnly: false });
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
      context.onError?.(toDependencyError(error));
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
    const form = new URLSearchParams({ token, token_type_hint: 'access_token', ...parameters });
    const accept = signedResponse === 'off' ? 'application/json' : acceptSigned[signedResponse];
    const bytes = await this.#fetch(url, { headers: { ...headers, accept }, form }, this.#closed.signal);
    const answer = await this.#read(bytes, context);
    if (answer !== undefined && isAnswer(answer, this.#settings)) return { answer, bytes: bytes.length };
    throw new DependencyError(
      'introspection-invalid',
      {},
      { message: `${url.origin}${url.pathname} gave no good answer` },
    );
  }

  /** A signed answer cannot be taken for a plain one, nor the other way round: one is JSON, the other is not. */
  #read(bytes: Uint8Array, context: KeyContext): Awaitable<JsonObject | undefined> {
    const { signedResponse, answerKeys: keys, issuer, audience, client, clockToleranceSeconds } = this.#settings;
    const plain = parseJsonObject(bytes);
    if (plain !== undefined) return signedResponse === 'require' ? undefined : plain;
    if (keys === undefined)
      throw new DocumentError(this.#settings.endpoint ?? new URL(issuer!), 'is not one well-formed JSON object');
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
    return discoverUrl(
      'introspection_endpoint',
      { issuer: issuer!, allowInsecureHttp, fetchDocument },
      this.#closed.signal,
    );
  }

  #failed(error: unknown, { clock, alert }: KeyContext): unknown {
    const failed = toDependencyError(error);
    if (!(failed instanceof DependencyError)) return failed;
    const isFirst = this.#breaker.failed(failed, clock.now());
    // It may have moved.
    this.#url.forget();
    const { reason } = failed.failure;
    if (isFirst && reason === 'introspection-unauthorized') alert?.({ reason, issuer: this.#settings.issuer ?? null });
    return failed;
  }
}

const acceptSigned = {
  allow: 'application/token-introspection+jwt, application/json;q=0.5',
  require: 'application/token-introspection+jwt',
} as const;

/** What is no outage (a key that cannot be used) stays what it is. */
function toDependencyError(error: unknown): unknown {
  if (error instanceof KeySetError)
    return new DependencyError(
      error.reason === 'jwks-unavailable' ? 'introspection-unavailable' : error.reason,
      {},
      { message: error.message, cause: error },
    );
  if (isFailureError(error) || !(error instanceof DocumentError)) return error;
  const refused = error.status === 401 || error.status === 403;
  return new DependencyError(
    refused ? 'introspection-unauthorized' : 'introspection-unavailable',
    {},
    { message: error.message, cause: error },
  );
}
