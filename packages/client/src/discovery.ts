import { findInMetadata, type JsonObject } from '@auth/core/signing';

import { discard, readJsonObject } from './bounded-read.js';
import { ClientError, isClientError } from './client-error.js';
import { isSecureUrl } from './secure-url.js';
import { asIssuerError } from './token-endpoint.js';
import { send, withTimeLimit, type Transport } from './transport.js';

/** Seconds for which metadata is believed. */
const maxAgeSeconds = 3600;
const telling: ReadonlySet<string> = new Set(['issuer-metadata-mismatch', 'token-endpoint', 'tls']);

/** A member of the metadata that is the URL of an endpoint (RFC 8414 §2). */
export type EndpointName = 'token_endpoint' | 'revocation_endpoint';

/** Finds the endpoints of an issuer, and remembers them for an hour. */
export class Discovery {
  readonly #issuer: string;
  readonly #transport: Transport;
  readonly #allowInsecureHttp: boolean;
  #found: { readonly metadata: JsonObject; readonly until: number } | undefined;

  constructor(issuer: string, transport: Transport, allowInsecureHttp: boolean) {
    this.#issuer = issuer;
    this.#transport = transport;
    this.#allowInsecureHttp = allowInsecureHttp;
  }

  /**
   * Checks: the issuer in the document is this one, to the letter (RFC 8414 §3.3); the endpoint is https, as the issuer must be.
   * @throws ClientError `issuer-metadata-mismatch`, `issuer-metadata-invalid`, `token-endpoint` or `tls`
   */
  async findEndpoint(name: EndpointName, signal: AbortSignal): Promise<URL> {
    const now = this.#transport.clock.now();
    if (this.#found === undefined || now >= this.#found.until) {
      const metadata = await findInMetadata(
        this.#issuer,
        async (url) => this.#check(await this.#get(url, signal)),
        (error) => isClientError(error) && telling.has(error.code),
      );
      this.#found = { metadata, until: now + maxAgeSeconds };
    }
    return this.#toEndpoint(name, this.#found.metadata[name]);
  }

  #get(url: URL, signal: AbortSignal): Promise<JsonObject> {
    return withTimeLimit(this.#transport, signal, async (limited) => {
      const init = { headers: { accept: 'application/json' } };
      const response = await send(this.#transport, url, init, { signal: limited, secrets: [] });
      const { status } = response;
      const json = status === 200 ? await readJsonObject(response) : undefined;
      if (json !== undefined) return json;
      await discard(response);
      if (status === 200)
        throw new ClientError('issuer-metadata-invalid', `${url.href} is not one JSON object of at most 128 KiB`);
      // Decision: many a server forbids what it does not have. One that is busy says nothing about it.
      if (status >= 400 && status < 500 && status !== 429)
        throw new ClientError('issuer-metadata-invalid', `the issuer ${this.#issuer} has no metadata`);
      throw new ClientError(
        'token-endpoint',
        `the metadata of the issuer cannot be read: ${url.href} answered ${status}`,
      );
    }).catch((error: ClientError) => {
      throw asIssuerError(error, 'token-endpoint');
    });
  }

  #check(metadata: JsonObject): JsonObject {
    if (metadata['issuer'] !== this.#issuer)
      throw new ClientError('issuer-metadata-mismatch', `the metadata of ${this.#issuer} is that of another issuer`);
    this.#toEndpoint('token_endpoint', metadata['token_endpoint']);
    return metadata;
  }

  #toEndpoint(name: EndpointName, endpoint: unknown): URL {
    if (typeof endpoint !== 'string' || !URL.canParse(endpoint))
      throw new ClientError('issuer-metadata-invalid', `the metadata of ${this.#issuer} has no ${name}`);
    const url = new URL(endpoint);
    if (!isSecureUrl(url, this.#allowInsecureHttp) || url.username !== '' || url.password !== '')
      throw new ClientError('issuer-metadata-mismatch', `the ${name} of ${this.#issuer} is not https`);
    return url;
  }
}
