import { Faults } from '../../errors/faults.js';
import { isQuotable } from '../../http/challenge.js';
import type { CredentialStore } from '../../stores/credentials.js';
import { createMemoryCredentials } from '../../stores/memory/credentials.js';
import { readApiKeys, type ApiKeyEntry } from './entries.js';
import { isKeyEnvironment, isKeyPrefix } from './key-format.js';

/**
 * Where a key may stand.
 * - `header`: a field of its own, `X-API-Key` unless `header` says otherwise.
 * - `authorization`: `Authorization: ApiKey <key>`.
 * - `bearer`: `Authorization: Bearer <key>`, beside tokens: what begins with the prefix is a key.
 */
export type ApiKeyLocation = 'header' | 'authorization' | 'bearer';

/** Options of `apiKey()`. Exactly one of `keys` and `store`. */
export interface ApiKeyOptions {
  /** What stands before the underscore of every key: 2 to 16 lower-case letters and digits. */
  readonly prefix: string;
  /**
   * Which keys are taken, of those made for several environments: `live` takes `acme_live_…` alone, so that a test key cannot be used
   * here. 2 to 16 lower-case letters and digits; unset: keys that name none.
   */
  readonly environment?: string;
  readonly keys?: readonly ApiKeyEntry[];
  readonly store?: CredentialStore;
  /** Where a key may stand; default `header` and `authorization`. One key in one place: two are refused. */
  readonly location?: readonly ApiKeyLocation[];
  /** The field for `location: ['header']`; default `X-API-Key`. */
  readonly header?: string;
  /**
   * Takes keys from this query parameter too (`true`: `api_key`). Insecure: URLs end in logs, histories and `Referer` fields.
   * Unset: a request with a parameter `api_key` and nothing else is refused.
   */
  readonly insecureQueryParameter?: string | boolean;
  /** Seconds between two writes of how keys were used, 1 to 3600; default 60. For a store with `recordUse`. */
  readonly useFlushSeconds?: number;
  /** Realm in challenges; default that of `createAuth`. */
  readonly realm?: string;
}

/** Options of `apiKey()`, checked and filled in. */
export interface ApiKeySettings {
  readonly prefix: string;
  readonly environment: string | undefined;
  readonly store: CredentialStore;
  readonly locations: ReadonlySet<ApiKeyLocation>;
  /** Lower case. */
  readonly header: string;
  /** The parameter that keys are taken from. */
  readonly queryParameter: string | undefined;
  readonly useFlushSeconds: number;
  readonly realm: string | undefined;
}

const known = [
  'prefix', 'environment', 'keys', 'store', 'location', 'header', 'insecureQueryParameter', 'useFlushSeconds', 'realm',
]; // prettier-ignore
const everyLocation: readonly ApiKeyLocation[] = ['header', 'authorization', 'bearer'];
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** @throws ConfigurationError with every fault of the options; none shows a key. */
export function checkApiKeyOptions(options: ApiKeyOptions): ApiKeySettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { prefix, environment, keys, store, useFlushSeconds = 60, realm } = options;
  checkForm(options, faults);
  if ((keys === undefined) === (store === undefined))
    faults.add('keys', 'keys-required', 'write exactly one of keys (a list) and store');
  const locations = checkLocations(options, faults);
  const header = checkHeader(options, faults);
  const queryParameter = checkQueryParameter(options, faults);
  if (!(Number.isFinite(useFlushSeconds) && useFlushSeconds >= 1 && useFlushSeconds <= 3600))
    faults.add('useFlushSeconds', 'invalid-option', 'must be a number of seconds from 1 to 3600');
  if (realm !== undefined && (typeof realm !== 'string' || !isQuotable(realm)))
    faults.add('realm', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  if (store !== undefined && typeof store?.findApiKey !== 'function')
    faults.add('store', 'invalid-option', 'must be a CredentialStore');
  const records = keys === undefined ? [] : readApiKeys(keys, { prefix, environment }, faults);
  faults.throwIfAny();
  return {
    prefix,
    environment,
    store: store ?? createMemoryCredentials(records),
    locations,
    header,
    queryParameter,
    useFlushSeconds,
    realm,
  };
}

function checkForm({ prefix, environment }: ApiKeyOptions, faults: Faults): void {
  if (!isKeyPrefix(prefix))
    faults.add('prefix', 'invalid-option', 'must be 2 to 16 lower-case letters and digits, a letter first');
  if (!isKeyEnvironment(environment))
    faults.add('environment', 'invalid-option', 'must be 2 to 16 lower-case letters and digits, a letter first');
}

function checkLocations(
  { location = ['header', 'authorization'], header }: ApiKeyOptions,
  faults: Faults,
): ReadonlySet<ApiKeyLocation> {
  const locations = new Set(Array.isArray(location) ? location : []);
  if (locations.size === 0 || ![...locations].every((each) => everyLocation.includes(each)))
    faults.add('location', 'invalid-option', `must be a list with any of ${everyLocation.join(', ')}`);
  else if (header !== undefined && !locations.has('header'))
    faults.add('header', 'contradicting-options', 'is never read: name "header" in location, or leave it out');
  return locations;
}

function checkHeader({ header = 'X-API-Key' }: ApiKeyOptions, faults: Faults): string {
  if (typeof header !== 'string' || !token.test(header)) {
    faults.add('header', 'invalid-option', 'must be the name of a header field');
    return '';
  }
  if (header.toLowerCase() === 'authorization')
    faults.add('header', 'invalid-option', 'must be another field: location says whether Authorization is read');
  return header.toLowerCase();
}

function checkQueryParameter(
  { insecureQueryParameter: name = false }: ApiKeyOptions,
  faults: Faults,
): string | undefined {
  if (typeof name === 'boolean') return name ? 'api_key' : undefined;
  if (typeof name === 'string' && name !== '') return name;
  faults.add('insecureQueryParameter', 'invalid-option', 'must be the name of a query parameter, or left out');
  return undefined;
}
