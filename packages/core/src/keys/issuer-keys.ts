import type { KeySource } from '../contracts/key.js';
import { Faults } from '../errors/faults.js';
import { canKeepToPublicAddresses, createDocumentFetcher, findUrlFault, type Fetch } from '../http/document-fetcher.js';
import { isDiscoverable, loadByDiscovery, loadFrom, type LoadKeySet } from './discovery.js';
import { createRemoteKeys } from './remote-jwks.js';

/** How the keys of an issuer are fetched and kept. */
export interface KeySetOptions {
  /** Seconds for all that one refresh fetches, above 0 and up to 60; default 5. */
  readonly timeoutSeconds?: number;
  /** Largest document, in bytes after decompression; default 524288. */
  readonly maxBytes?: number;
  /** Most keys in a set; default 100. */
  readonly maxKeys?: number;
  /** A key that was withdrawn stops so many seconds after the last good answer, at the latest; default 600. */
  readonly maxAgeSeconds?: number;
  /** During an outage known keys serve so many seconds after the last good answer; default 14400, at least `maxAgeSeconds`. */
  readonly maxStaleSeconds?: number;
  /** Connect to public addresses alone, whatever a name leads to; default false. Not beside a `fetch` of your own. */
  readonly publicAddressesOnly?: boolean;
}

export interface IssuerKeyOptions {
  readonly issuer: string;
  /** Unset: found by discovery from the issuer. */
  readonly jwksUri?: string | undefined;
  readonly allowInsecureHttp?: boolean | undefined;
  readonly fetch?: Fetch | undefined;
  readonly keySet?: KeySetOptions | undefined;
}

const known = [
  'timeoutSeconds', 'maxBytes', 'maxKeys', 'maxAgeSeconds', 'maxStaleSeconds', 'publicAddressesOnly',
] as const; // prettier-ignore
const longestTimeoutSeconds = 60;

/**
 * Makes a source of the keys of one issuer, which are fetched from elsewhere. Fetches nothing yet.
 * @throws ConfigurationError with every fault of the options.
 */
export function createIssuerKeys(options: IssuerKeyOptions): KeySource {
  const { issuer, jwksUri, allowInsecureHttp = false, fetch } = options;
  const faults = new Faults();
  if (typeof allowInsecureHttp !== 'boolean')
    faults.add('allowInsecureHttp', 'invalid-option', 'must be true or false');
  if (fetch !== undefined && typeof fetch !== 'function')
    faults.add('fetch', 'invalid-option', 'must be a function like the global fetch');
  checkUrl(options, faults);
  const { keySet = {} } = options;
  const settings = faults.within('keySet', () => checkKeySetOptions(keySet, fetch !== undefined));
  faults.throwIfAny();
  const { timeoutSeconds, maxBytes, publicAddressesOnly, ...kept } = settings!;
  const fetchDocument = createDocumentFetcher({ fetch, timeoutSeconds, maxBytes, publicAddressesOnly });
  const load: LoadKeySet =
    jwksUri === undefined
      ? loadByDiscovery({ issuer, allowInsecureHttp, fetchDocument })
      : loadFrom(new URL(jwksUri), fetchDocument);
  return createRemoteKeys({ issuer, load, timeoutSeconds, ...kept });
}

function checkUrl({ issuer, jwksUri, allowInsecureHttp = false }: IssuerKeyOptions, faults: Faults): void {
  const name = jwksUri === undefined ? 'issuer' : 'jwksUri';
  if (jwksUri === undefined && !isDiscoverable(issuer)) {
    faults.add(
      'jwks',
      'keys-required',
      'are missing: write jwks, jwksUri or secretBase64; only from an issuer that is a URL can keys be discovered',
    );
    return;
  }
  const fault = findUrlFault(jwksUri ?? issuer, allowInsecureHttp);
  if (fault === 'insecure-url')
    faults.add(name, fault, 'must be an https URL without user name and password (for tests: allowInsecureHttp)');
  else if (fault !== undefined) faults.add(name, fault, 'must be an absolute https URL without a fragment');
}

/** `KeySetOptions`, checked and filled in. */
export type KeySetSettings = Required<KeySetOptions>;

/** @throws ConfigurationError with every fault. */
export function checkKeySetOptions(options: KeySetOptions, ownFetch: boolean): KeySetSettings {
  const faults = new Faults();
  if (typeof options !== 'object' || options === null) {
    faults.add('', 'invalid-option', `must be an object with any of ${known.join(', ')}`);
    faults.throwIfAny();
  }
  faults.addUnknown(options, known);
  const {
    timeoutSeconds = 5,
    maxBytes = 512 * 1024,
    maxKeys = 100,
    maxAgeSeconds = 600,
    maxStaleSeconds = Math.max(4 * 3600, maxAgeSeconds),
    publicAddressesOnly = false,
  } = options;
  if (!(isPositive(timeoutSeconds) && timeoutSeconds <= longestTimeoutSeconds))
    faults.add('timeoutSeconds', 'invalid-option', `must be a number of seconds up to ${longestTimeoutSeconds}`);
  for (const [name, size] of Object.entries({ maxBytes, maxKeys }))
    if (!(Number.isSafeInteger(size) && size > 0))
      faults.add(name, 'invalid-option', 'must be a positive whole number');
  if (!isPositive(maxAgeSeconds)) faults.add('maxAgeSeconds', 'invalid-option', 'must be a positive number of seconds');
  else if (!(isPositive(maxStaleSeconds) && maxStaleSeconds >= maxAgeSeconds))
    faults.add('maxStaleSeconds', 'invalid-option', 'must be a number of seconds, at least maxAgeSeconds');
  checkPublicAddressesOnly(publicAddressesOnly, ownFetch, faults);
  faults.throwIfAny();
  return { timeoutSeconds, maxBytes, maxKeys, maxAgeSeconds, maxStaleSeconds, publicAddressesOnly };
}

function checkPublicAddressesOnly(value: unknown, ownFetch: boolean, faults: Faults): void {
  if (typeof value !== 'boolean') {
    faults.add('publicAddressesOnly', 'invalid-option', 'must be true or false');
  } else if (value && ownFetch) {
    faults.add(
      'publicAddressesOnly',
      'contradicting-options',
      'cannot be kept with a fetch of your own, which connects where it likes: leave one of the two out',
    );
  } else if (value && !canKeepToPublicAddresses) {
    faults.add('publicAddressesOnly', 'not-supported', 'cannot be kept by this runtime, whose fetch hides the address');
  }
}

const isPositive = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;
