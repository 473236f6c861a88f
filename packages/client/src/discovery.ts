import { metadataUrls } from '@auth/core/signing';

import { discard, readJsonObject } from './bounded-read.js';
import { ClientError } from './client-error.js';
import { isSecureUrl } from './secure-url.js';
import { asIssuerError } from './token-endpoint.js';
import { send, withTimeLimit, type Transport } from './transport.js';

/** Seconds for which metadata is believed. */
const maxAgeSeconds = 3600;

/** Finds the token endpoint of an issuer, and remembers it for an hour. */
export class Discovery {
  readonly #issuer: string;
  readonly #transport: Transport;
  readonly #allowInsecureHttp: boolean;
  #found: { readonly endpoint: URL; readonly until: number } | undefined;

  constructor(issuer: string, transport: Transport, allowInsecureHttp: boolean) {
    this.#issuer = issuer;
    this.#transport = transport;
    this.#allowInsecureHttp = allowInsecureHttp;
  }

  /**
   * Checks: the issuer in the document is this one, to the letter (RFC 8414 §3.3); the endpoint is https, as the issuer must be.
   * @throws ClientError `issuer-metadata-mismatch`, `issuer-metadata-invalid`, `token-endpoint` or `tls`
   */
  async findTokenEndpoint(signal: AbortSignal): Promise<URL> {
    const now = this.#transport.clock.now();
    if (this.#found === undefined || now >= this.#found.until)
      this.#found = { endpoint: await this.#fetch(signal), until: now + maxAgeSeconds };
    return this.#found.endpoint;
  }

  async #fetch(signal: AbortSignal): Promise<URL> {
    for (const url of metadataUrls(this.#issuer)) {
      const metadata = await this.#get(url, signal);
      if (metadata !== undefined) return this.#check(metadata);
    }
    throw new ClientError('issuer-metadata-invalid', `the issuer ${this.#issuer} has no metadata`);
  }

  /** Undefined where there is no such document. */
  #get(url: URL, signal: AbortSignal): Promise<Readonly<Record<string, unknown>> | undefined> {
    return withTimeLimit(this.#transport, signal, async (limited) => {
      const init = { headers: { accept: 'application/json' } };
      const response = await send(this.#transport, url, init, { signal: limited, secrets: [] });
      const { status } = response;
      if (status === 200) {
        const json = await readJsonObject(response);
        if (json !== undefined) return json;
        throw new ClientError('issuer-metadata-invalid', `${url.href} is not one JSON object of at most 128 KiB`);
      }
      await discard(response);
      // Decision: many a server forbids what it does not have. One that is busy says nothing about it.
      if (status >= 400 && status < 500 && status !== 429) return undefined;
      throw new ClientError(
        'token-endpoint',
        `the metadata of the issuer cannot be read: ${url.href} answered ${status}`,
      );
    }).catch((error: ClientError) => {
      throw asIssuerError(error, 'token-endpoint');
    });
  }

  #check({ issuer, token_endpoint: endpoint }: Readonly<Record<string, unknown>>): URL {
    if (issuer !== this.#issuer)
      throw new ClientError('issuer-metadata-mismatch', `the metadata of ${this.#issuer} is that of another issuer`);
    if (typeof endpoint !== 'string' || !URL.canParse(endpoint))
      throw new ClientError('issuer-metadata-invalid', `the metadata of ${this.#issuer} has no token_endpoint`);
    const url = new URL(endpoint);
    if (!isSecureUrl(url, this.#allowInsecureHttp) || url.username !== '' || url.password !== '')
      throw new ClientError('issuer-metadata-mismatch', `the token endpoint of ${this.#issuer} is not https`);
    return url;
  }
}
