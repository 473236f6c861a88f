import { crypto } from '#crypto';

import { encodeBase64url } from '../../base/base64.js';
import { fromAscii } from '../../base/bytes.js';
import { parseTime } from '../../base/time.js';
import { configurationError } from '../../errors/configuration-error.js';
import { Faults } from '../../errors/faults.js';
import { isAddressRange } from '../../http/addresses.js';
import { isQuotable } from '../../http/challenge.js';
import type { ApiKeyRecord, CredentialStore } from '../../stores/credentials.js';
import { createMemoryCredentials } from '../../stores/memory/credentials.js';
import { isKeyPrefix, isWellFormedKey } from './key-format.js';

/** A key written into the configuration; its text is hashed at once and not kept. */
export interface ApiKeyEntry {
  readonly id: string;
  /** As made by `generateApiKey`. */
  readonly key: string;
  readonly subject: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  /** Addresses and ranges (CIDR) from which alone the key is good. */
  readonly addresses?: readonly string[];
  /** Seconds since the epoch, or RFC 3339 text. */
  readonly expiresAt?: number | string;
  /** Seconds since the epoch, or RFC 3339 text. */
  readonly notBefore?: number | string;
  readonly revoked?: boolean;
  /** Switched off for the time being, with its subject. */
  readonly disabled?: boolean;
}

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
const entryMembers = [
  'id',
  'key',
  'subject',
  'scopes',
  'roles',
  'expiresAt',
  'notBefore',
  'addresses',
  'revoked',
  'disabled',
];
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
  if (store !== undefined && typeof store.findApiKey !== 'function')
    faults.add('store', 'invalid-option', 'must be a CredentialStore');
  const records = keys === undefined ? [] : checkEntries(keys, prefix, faults);
  faults.throwIfAny();
  return { prefix, store: store ?? createMemoryCredentials(records), header: header.toLowerCase(), realm };
}

/** The name under which a store keeps a key. */
export function hashOfKey(key: string): string {
  return encodeBase64url(crypto.sha256(fromAscii(key)));
}

function checkEntries(entries: unknown, prefix: string, faults: Faults): (readonly [string, ApiKeyRecord])[] {
  if (!Array.isArray(entries)) {
    faults.add('keys', 'invalid-option', 'must be a list of keys');
    return [];
  }
  const ids = new Set<string>();
  const hashes = new Set<string>();
  const records: (readonly [string, ApiKeyRecord])[] = [];
  for (const [index, entry] of (entries as readonly ApiKeyEntry[]).entries()) {
    const found = faults.within(`keys[${index}]`, () => checkEntry(entry, prefix));
    if (found === undefined) continue;
    const [hash, { id }] = found;
    if (ids.has(id)) faults.add(`keys[${index}].id`, 'duplicate-key', 'stands twice; give every key an id of its own');
    if (hashes.has(hash)) faults.add(`keys[${index}].key`, 'duplicate-key', 'stands twice; one key has one entry');
    ids.add(id);
    hashes.add(hash);
    records.push(found);
  }
  return records;
}

function checkEntry(entry: ApiKeyEntry, prefix: string): readonly [string, ApiKeyRecord] {
  if (typeof entry !== 'object' || entry === null)
    throw configurationError('key', 'invalid-option', 'must be an object with id, key and subject');
  const faults = new Faults();
  faults.addUnknown(entry, entryMembers);
  const { id, key, subject, scopes = [], roles = [], revoked = false, disabled = false } = entry;
  if (typeof id !== 'string' || id === '')
    faults.add('id', 'invalid-option', 'is missing: a name that may stand in logs');
  if (typeof subject !== 'string' || subject === '')
    faults.add('subject', 'invalid-option', 'is missing: whose key it is');
  if (typeof key !== 'string' || !isKeyPrefix(prefix) || !isWellFormedKey(key, prefix)) {
    faults.add(
      'key',
      'key-malformed',
      `is not a key of the prefix ${JSON.stringify(prefix)}; make one with generateApiKey`,
    );
  }
  for (const [name, list] of Object.entries({ scopes, roles }))
    if (!isTextList(list)) faults.add(name, 'invalid-option', 'must be a list of texts');
  for (const [name, flag] of Object.entries({ revoked, disabled }))
    if (typeof flag !== 'boolean') faults.add(name, 'invalid-option', 'must be true or false');
  const expiresAt = checkTime('expiresAt', entry, faults);
  const notBefore = checkTime('notBefore', entry, faults);
  const { addresses } = entry;
  if (
    addresses !== undefined &&
    !(Array.isArray(addresses) && addresses.length > 0 && addresses.every(isAddressRange))
  ) {
    faults.add('addresses', 'invalid-option', 'must be a list of addresses or ranges, such as ["192.0.2.0/24"]');
  }
  faults.throwIfAny();
  const record = {
    id,
    subject,
    scopes: [...scopes],
    roles: [...roles],
    revoked,
    disabled,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(notBefore !== undefined && { notBefore }),
    ...(addresses !== undefined && { addresses: [...addresses] }),
  };
  return [hashOfKey(key), Object.freeze(record)];
}

function checkTime(name: 'expiresAt' | 'notBefore', entry: ApiKeyEntry, faults: Faults): number | undefined {
  const value = entry[name];
  const time = value === undefined ? undefined : parseTime(value);
  if (value !== undefined && time === undefined)
    faults.add(name, 'invalid-option', 'must be seconds since the epoch or RFC 3339 text');
  return time;
}

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
