import { publicFetch } from '#public-fetch';

import { parseJsonObject, type JsonObject } from '../base/strict-json.js';
import { withTimeLimit } from '../base/time-limit.js';
import { readBoundedBody } from './bounded-body.js';

/** What is needed of `fetch`: the global one fits, and so does one behind a proxy. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchedResponse>;

export interface FetchInit {
  readonly headers: Readonly<Record<string, string>>;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

export interface FetchedResponse {
  readonly status: number;
  /** After decompression. */
  readonly body: ReadableStream<Uint8Array> | null;
}

export interface DocumentFetcherOptions {
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  readonly timeoutSeconds: number;
  readonly maxBytes: number;
  readonly publicAddressesOnly: boolean;
}

/** Fetches one JSON object. */
export type FetchDocument = (url: URL, signal?: AbortSignal) => Promise<JsonObject>;

/** Why a document could not be had, in words for the operator: where it lies, without its query. */
class DocumentError extends Error {
  constructor(url: URL, problem: string, cause?: unknown) {
    super(`${url.origin}${url.pathname} ${problem}`, { cause });
    this.name = 'DocumentError';
  }
}

/** Whether this runtime can keep to public addresses. */
export const canKeepToPublicAddresses: boolean = publicFetch !== undefined;

/**
 * Makes the one way in which documents come from elsewhere: keys, metadata.
 * Checks: status 200, so no redirect; the bytes, counted after decompression; the whole time, however slowly they come; one
 * JSON object, read strictly. Where asked, that the address connected to is public.
 * Does not check: the content type, which many get wrong; the URL, see `findUrlFault`; what the document says.
 * @throws DocumentError
 */
export function createDocumentFetcher(options: DocumentFetcherOptions): FetchDocument {
  const { timeoutSeconds, maxBytes, publicAddressesOnly } = options;
  const fetchIt: Fetch = (url, init) => {
    if (!publicAddressesOnly) return (options.fetch ?? globalThis.fetch)(url, init);
    if (publicFetch === undefined) throw new Error('this runtime cannot keep to public addresses');
    return publicFetch(url, init);
  };
  return async (url, signal) => {
    try {
      return await withTimeLimit(timeoutSeconds, (limited) => fetchObject(url, limited), signal);
    } catch (error) {
      throw error instanceof DocumentError ? error : new DocumentError(url, `cannot be had: ${describe(error)}`, error);
    }
  };

  async function fetchObject(url: URL, signal: AbortSignal): Promise<JsonObject> {
    const headers = { accept: 'application/json, application/jwk-set+json' };
    const { status, body } = await fetchIt(url.href, { headers, redirect: 'manual', signal });
    // Decision: redirects are refused, also to the same origin: what is trusted is the address in the options (RFC 8725 §3.10).
    if (status === 0 || (status >= 300 && status < 400))
      throw new DocumentError(url, 'redirects, which is refused: write the address that it leads to');
    if (status !== 200) throw new DocumentError(url, `answers with status ${status}`);
    const bytes = body === null ? new Uint8Array() : await readBoundedBody(body, maxBytes);
    if (bytes === undefined) throw new DocumentError(url, `is longer than ${maxBytes} bytes`);
    const document = parseJsonObject(bytes);
    if (document === undefined) throw new DocumentError(url, 'is not one well-formed JSON object');
    return document;
  }
}

/**
 * What is wrong with a URL from which documents are to come: `insecure-url` for user info (it would end up in logs) and for
 * anything but https, or http where it is allowed; `invalid-option` for what is no absolute URL, or has a fragment.
 */
export function findUrlFault(text: unknown, allowInsecureHttp: boolean): 'insecure-url' | 'invalid-option' | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return 'invalid-option';
  const { protocol, username, password, hash } = new URL(text);
  if (username !== '' || password !== '') return 'insecure-url';
  if (protocol !== 'https:' && !(protocol === 'http:' && allowInsecureHttp)) return 'insecure-url';
  return hash === '' ? undefined : 'invalid-option';
}

/** `fetch failed` alone says nothing: the cause does. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}
