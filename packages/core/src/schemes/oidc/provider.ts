import { withDeadline } from '../../base/deadline.js';
import { SingleFlight } from '../../base/single-flight.js';
import { withTimeLimit } from '../../base/time-limit.js';
import type { Clock, RandomSource } from '../../contracts/clock.js';
import type { KeyContext, KeySource } from '../../contracts/key.js';
import { DependencyError } from '../../errors/failure-error.js';
import { createDocumentFetcher } from '../../http/document-fetcher.js';
import { createExchange, type Exchange, type ExchangeFetch } from '../../http/exchange.js';
import type { KeySetSettings } from '../../keys/issuer-keys.js';
import { metadataUrls } from '../../http/issuer-metadata.js';
import { createRemoteKeys } from '../../keys/remote-jwks.js';
import { readMetadata, type ProviderMetadata } from './metadata.js';
import { isOidcError } from './oidc-error.js';

export interface ProviderOptions {
  readonly issuer: string;
  readonly allowInsecureHttp: boolean;
  readonly keySet: KeySetSettings;
  readonly fetch: ExchangeFetch | undefined;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly onError: (error: unknown) => void;
}

/** One issuer, as far as a relying party asks it: metadata, keys, endpoints. */
export class Provider {
  readonly issuer: string;
  readonly allowInsecureHttp: boolean;
  readonly keys: KeySource;
  /** Asks an endpoint that the metadata name. */
  readonly exchange: Exchange;
  readonly #options: ProviderOptions;
  readonly #flight = new SingleFlight<ProviderMetadata>();
  #known: { readonly metadata: ProviderMetadata; readonly fetchedAt: number } | undefined;

  constructor(options: ProviderOptions) {
    const { issuer, allowInsecureHttp, keySet, fetch, random } = options;
    const { timeoutSeconds, maxBytes, publicAddressesOnly, ...kept } = keySet;
    const fetchDocument = createDocumentFetcher({ fetch, timeoutSeconds, maxBytes, publicAddressesOnly });
    this.issuer = issuer;
    this.allowInsecureHttp = allowInsecureHttp;
    this.#options = options;
    this.exchange = createExchange({ fetch, timeoutSeconds, maxBytes });
    // OpenID Connect Discovery §4: after the path. The other place of RFC 8414 may say less.
    const [, url] = metadataUrls(issuer);
    this.#load = async (signal) => readMetadata(await fetchDocument(url!, signal), issuer, allowInsecureHttp);
    this.keys = createRemoteKeys({
      issuer,
      load: async (signal, again) => fetchDocument((await this.#find(signal, again)).jwksUri, signal),
      timeoutSeconds,
      random,
      ...kept,
    });
  }

  readonly #load: (signal: AbortSignal) => Promise<ProviderMetadata>;

  /** What key sources get. */
  context(signal?: AbortSignal): KeyContext {
    const { clock, onError } = this.#options;
    return { clock, onError, ...(signal !== undefined && { signal }) };
  }

  /**
   * Finds the metadata; one fetch for all who wait. Whoever leaves ends only his own waiting.
   * @throws OidcError for metadata that are wrong; DependencyError where there are none; what aborted the signal
   */
  async metadata(signal?: AbortSignal): Promise<ProviderMetadata> {
    signal?.throwIfAborted();
    try {
      return await this.#find(signal, true);
    } catch (error) {
      if (isOidcError(error) || (signal?.aborted === true && error === signal.reason)) throw error;
      throw unavailable(`the metadata of ${this.issuer} are not to be had`, error);
    }
  }

  close(): void {
    this.#flight.stop(new Error('closed'));
    void this.keys.close?.();
  }

  async #find(signal: AbortSignal | undefined, known: boolean): Promise<ProviderMetadata> {
    const { clock, keySet } = this.#options;
    const age = clock.now() - (this.#known?.fetchedAt ?? -Infinity);
    if (known && age >= 0 && age < keySet.maxAgeSeconds) return this.#known!.metadata;
    const flight = this.#flight.run(async (stopped) => {
      const fetchedAt = clock.now();
      const metadata = await withTimeLimit(keySet.timeoutSeconds, this.#load, stopped);
      this.#known = { metadata, fetchedAt };
      return metadata;
    });
    // The flight keeps its own limit: twice as long is never.
    return withDeadline(flight, keySet.timeoutSeconds * 2000, () => new Error('no answer in time'), signal);
  }
}

/** An outage of the issuer, or one that refuses us: never the fault of whoever logs in. */
export const unavailable = (message: string, cause?: unknown): DependencyError =>
  new DependencyError('issuer-unavailable', {}, { message, cause });
