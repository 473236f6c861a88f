import { findUrlFault, type FetchDocument } from '../http/document-fetcher.js';
import { findInMetadata } from '../http/issuer-metadata.js';
import type { JsonObject } from '../base/strict-json.js';
import { KeySetError } from './key-set.js';

/**
 * Fetches the JWK Set of an issuer.
 * @param again an unknown key is looked for: what is known of the way to the set will do
 */
export type LoadKeySet = (signal: AbortSignal, again: boolean) => Promise<JsonObject>;

/** Loads keys from where the options say. */
export function loadFrom(url: URL, fetchDocument: FetchDocument): LoadKeySet {
  return (signal) => fetchDocument(url, signal);
}

export interface DiscoveryOptions {
  readonly issuer: string;
  readonly allowInsecureHttp: boolean;
  readonly fetchDocument: FetchDocument;
}

/**
 * Loads keys from where the issuer's metadata says (RFC 8414 §3, OpenID Connect Discovery 1.0 §4).
 * Checks: `issuer` of the metadata is exactly the one asked for (RFC 8414 §3.3); `jwks_uri` is https without user info.
 * The metadata is read again with each refresh, and a refresh follows each failure: so a set that moves is followed.
 */
export function loadByDiscovery(options: DiscoveryOptions): LoadKeySet {
  let known: URL | undefined;
  return async (signal, again) => {
    if (!again || known === undefined) known = await discoverUrl('jwks_uri', options, signal);
    return options.fetchDocument(known, signal);
  };
}

/** Whether an issuer is one whose metadata can be found: a URL without query and fragment (RFC 8414 §2). */
export function isDiscoverable(issuer: string): boolean {
  return /^https?:/.test(issuer) && URL.canParse(issuer) && !/[?#]/.test(issuer);
}

/**
 * Finds a URL in the metadata of an issuer.
 * Checks: as `loadByDiscovery`, for the member that is asked for.
 * @throws KeySetError with `issuer-metadata-mismatch`; DocumentError
 */
export async function discoverUrl(member: string, options: DiscoveryOptions, signal: AbortSignal): Promise<URL> {
  const read = async (url: URL): Promise<URL> =>
    findUrl(member, await options.fetchDocument(url, signal), { ...options, url });
  // Where one place has the metadata of another issuer, that says more than that the other place has none.
  return findInMetadata(options.issuer, read, (error) => error instanceof KeySetError);
}

function findUrl(
  member: string,
  metadata: JsonObject,
  { url, issuer, allowInsecureHttp }: DiscoveryOptions & { readonly url: URL },
): URL {
  if (metadata['issuer'] !== issuer)
    throw new KeySetError(
      `the metadata at ${url.href} is that of ${JSON.stringify(metadata['issuer'])}, which is not exactly ${issuer}`,
      'issuer-metadata-mismatch',
    );
  const found = metadata[member];
  if (findUrlFault(found, allowInsecureHttp) !== undefined)
    throw new KeySetError(`the metadata at ${url.href} has no https URL as ${member}`);
  return new URL(found as string);
}
