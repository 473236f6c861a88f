import { Faults } from '../../errors/faults.js';
import { isQuotable } from '../../http/challenge.js';
import type { CredentialStore } from '../../stores/credentials.js';
import { createMemoryCredentials } from '../../stores/memory/credentials.js';
import { readApiKeys, type ApiKeyEntry } from './entries.js';
import { isKeyPrefix } from './key-format.js';

/** Options of `apiKey()`. Exactly one of `keys` and `store`. */
export interface ApiKeyOptions {
  /** What stands before the underscore of every key: 2 to 16 lower-case letters and digits. */
  readonly prefix: string;
  readonly keys?: readonly ApiKeyEntry[];
  readonly store?: CredentialStore;
  /** The field that carries keys beside `Authorization: ApiKey`; default `X-API-Key`. */
  readonly header?: string;
  /** Realm in challenges; default that of `createAuth`. */
  readonly realm?: string;
}

/** Options of `apiKey()`, checked and filled in. */
export interface ApiKeySettings {
  readonly prefix: string;
  readonly store: CredentialStore;
  /** Lower case. */
  readonly header: string;
  readonly realm: string | undefined;
}

const known = ['prefix', 'keys', 'store', 'header', 'realm'];
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** @throws ConfigurationError with every fault of the options; none shows a key. */
export function checkApiKeyOptions(options: ApiKeyOptions): ApiKeySettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { prefix, keys, store, header = 'X-API-Key', realm } = options;
  if (!isKeyPrefix(prefix))
    faults.add('prefix', 'invalid-option', 'must be 2 to 16 lower-case letters and digits, a letter first');
  if ((keys === undefined) === (store === undefined))
    faults.add('keys', 'keys-required', 'write exactly one of keys (a list) and store');
  if (typeof header !== 'string' || !token.test(header)) {
    faults.add('header', 'invalid-option', 'must be the name of a header field');
  } else if (header.toLowerCase() === 'authorization') {
    faults.add('header', 'invalid-option', 'must be another field; Authorization: ApiKey <key> is accepted always');
  }
  if (realm !== undefined && (typeof realm !== 'string' || !isQuotable(realm)))
    faults.add('realm', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  if (store !== undefined && typeof store?.findApiKey !== 'function')
    faults.add('store', 'invalid-option', 'must be a CredentialStore');
  const records = keys === undefined ? [] : readApiKeys(keys, prefix, faults);
  faults.throwIfAny();
  return { prefix, store: store ?? createMemoryCredentials(records), header: header.toLowerCase(), realm };
}
