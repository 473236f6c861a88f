import { parseJsonObject, type JsonObject } from '../base/strict-json.js';
import { createBoundedFetch, DocumentError, type BoundedFetchOptions } from './bounded-fetch.js';

/** Fetches one JSON object. */
export type FetchDocument = (url: URL, signal?: AbortSignal) => Promise<JsonObject>;

/**
 * Makes the one way in which documents come from elsewhere: keys, metadata.
 * Checks: all that `createBoundedFetch` does; one JSON object, read strictly.
 * @throws DocumentError
 */
export function createDocumentFetcher(options: BoundedFetchOptions): FetchDocument {
  const fetchBytes = createBoundedFetch(options);
  const request = { headers: { accept: 'application/json, application/jwk-set+json' } };
  return async (url, signal) => {
    const document = parseJsonObject(await fetchBytes(url, request, signal));
    if (document === undefined) throw new DocumentError(url, 'is not one well-formed JSON object');
    return document;
  };
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
