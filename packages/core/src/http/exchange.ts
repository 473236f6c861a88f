import { withTimeLimit } from '../base/time-limit.js';
import { readBoundedBody } from './bounded-body.js';

/** What is needed of `fetch` where a request has a body and the type of the answer counts: the global one fits. */
export type ExchangeFetch = (url: string, init: ExchangeFetchInit) => Promise<ExchangeResponse>;

export interface ExchangeRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ExchangeFetchInit extends ExchangeRequest {
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

export interface ExchangeResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** After decompression. */
  readonly body: ReadableStream<Uint8Array> | null;
}

/** A whole answer. */
export interface Exchanged {
  readonly status: number;
  /** Lower case, without parameters; empty where there is none. */
  readonly mediaType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

export type Exchange = (url: URL, request: ExchangeRequest, signal?: AbortSignal) => Promise<Exchanged>;

export interface ExchangeOptions {
  /** Default: the global `fetch`, as it is when it is used. */
  readonly fetch?: ExchangeFetch | undefined;
  readonly timeoutSeconds: number;
  readonly maxBytes: number;
}

/**
 * Makes the way in which endpoints of an issuer are asked.
 * Checks: no redirect, to wherever; the bytes, counted after decompression; the whole time, however slowly they come.
 * @throws Error that names the endpoint without its query, and nothing that was sent; what aborted the signal
 */
export function createExchange({ fetch, timeoutSeconds, maxBytes }: ExchangeOptions): Exchange {
  return (url, request, signal) => {
    const named = `${url.origin}${url.pathname}`;
    const exchange = async (limited: AbortSignal): Promise<Exchanged> => {
      const init = { ...request, redirect: 'manual', signal: limited } as const;
      const { status, headers, body } = await (fetch ?? globalThis.fetch)(url.href, init);
      if (status === 0 || (status >= 300 && status < 400)) throw new Error(`${named} redirects, which is refused`);
      const bytes = body === null ? new Uint8Array() : await readBoundedBody(body, maxBytes);
      if (bytes === undefined) throw new Error(`${named} answers more than ${maxBytes} bytes`);
      const [mediaType = ''] = (headers.get('content-type') ?? '').split(';');
      return { status, mediaType: mediaType.trim().toLowerCase(), body: bytes };
    };
    return withTimeLimit(timeoutSeconds, exchange, signal);
  };
}
