import { publicFetch } from '#public-fetch';

import { concatBytes } from '../base/bytes.js';
import { withTimeLimit } from '../base/time-limit.js';

/** What is needed of `fetch`: the global one fits, and so does one behind a proxy, or with a client certificate. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchedResponse>;

export interface FetchInit {
  /** Left out: GET. */
  readonly method?: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Of a POST. */
  readonly body?: string;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

export interface FetchedResponse {
  readonly status: number;
  /** After decompression. */
  readonly body: ReadableStream<Uint8Array> | null;
}

export interface BoundedFetchOptions {
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  readonly timeoutSeconds: number;
  readonly maxBytes: number;
  readonly publicAddressesOnly: boolean;
}

/** A GET, or a POST where there is a form. */
export interface BoundedRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: URLSearchParams;
}

/** Fetches one document: the bytes of an answer with status 200. */
export type BoundedFetch = (url: URL, request: BoundedRequest, signal?: AbortSignal) => Promise<Uint8Array>;

/** Why a document could not be had, in words for the operator: where it lies, without its query. */
export class DocumentError extends Error {
  /** Of an answer that was not 200. */
  readonly status: number | undefined;

  constructor(
    url: URL,
    problem: string,
    { status, cause }: { readonly status?: number; readonly cause?: unknown } = {},
  ) {
    super(`${url.origin}${url.pathname} ${problem}`, { cause });
    this.name = 'DocumentError';
    this.status = status;
  }
}

/** Whether this runtime can keep to public addresses. */
export const canKeepToPublicAddresses: boolean = publicFetch !== undefined;

/**
 * Makes the one way in which anything is asked of somebody else: keys, metadata, what a token is worth.
 * Checks: status 200, so no redirect; the bytes, counted after decompression; the whole time, however slowly they come. Where
 * asked, that the address connected to is public.
 * Does not check: the content type, which many get wrong; the URL, see `findUrlFault`; what the document says.
 * @throws DocumentError
 */
export function createBoundedFetch(options: BoundedFetchOptions): BoundedFetch {
  const { timeoutSeconds, maxBytes, publicAddressesOnly } = options;
  const fetchIt: Fetch = (url, init) => {
    if (!publicAddressesOnly) return (options.fetch ?? globalThis.fetch)(url, init);
    if (publicFetch === undefined) throw new Error('this runtime cannot keep to public addresses');
    return publicFetch(url, init);
  };
  return async (url, request, signal) => {
    try {
      return await withTimeLimit(timeoutSeconds, (limited) => fetchBytes(url, request, limited), signal);
    } catch (error) {
      if (error instanceof DocumentError) throw error;
      throw new DocumentError(url, `cannot be had: ${describe(error)}`, { cause: error });
    }
  };

  async function fetchBytes(url: URL, request: BoundedRequest, signal: AbortSignal): Promise<Uint8Array> {
    const { status, body } = await fetchIt(url.href, { ...toInit(request), redirect: 'manual', signal });
    // Decision: redirects are refused, also to the same origin: what is trusted is the address in the options (RFC 8725 §3.10).
    if (status === 0 || (status >= 300 && status < 400))
      throw new DocumentError(url, 'redirects, which is refused: write the address that it leads to', { status });
    if (status !== 200) throw new DocumentError(url, `answers with status ${status}`, { status });
    const bytes = body === null ? new Uint8Array() : await readBody(body);
    if (bytes === undefined) throw new DocumentError(url, `is longer than ${maxBytes} bytes`);
    return bytes;
  }

  async function readBody(body: ReadableStream<Uint8Array>): Promise<Uint8Array | undefined> {
    const reader = body.getReader();
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return concatBytes(chunks, length);
      length += value.length;
      if (length > maxBytes) return undefined;
      chunks.push(value);
    }
  }
}

function toInit({ headers, form }: BoundedRequest): Pick<FetchInit, 'method' | 'headers' | 'body'> {
  if (form === undefined) return { headers };
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', headers: { ...headers, ...type }, body: form.toString() };
}

/** `fetch failed` alone says nothing: the cause does. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}
