import { crypto } from '#crypto';

import { encodeBase64url } from '../../base/base64.js';
import { fromAscii } from '../../base/bytes.js';
import { parseTime } from '../../base/time.js';
import { configurationError } from '../../errors/configuration-error.js';
import { Faults } from '../../errors/faults.js';
import { isAddressRange } from '../../http/addresses.js';
import type { ApiKeyRecord } from '../../stores/credentials.js';
import { isKeyPrefix, isWellFormedKey } from './key-format.js';

/** What a key is for, and what bounds it. */
export interface ApiKeyRights {
  readonly subject: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  /** Addresses and ranges (CIDR) from which alone the key is good. */
  readonly addresses?: readonly string[];
  /** Seconds since the epoch, or RFC 3339 text. */
  readonly expiresAt?: number | string;
  /** Seconds since the epoch, or RFC 3339 text. */
  readonly notBefore?: number | string;
}

/** A key written into the configuration; its text is hashed at once and not kept. */
export interface ApiKeyEntry extends ApiKeyRights {
  readonly id: string;
  /** As made by `generateApiKey`. */
  readonly key: string;
  readonly revoked?: boolean;
  /** Switched off for the time being, with its subject. */
  readonly disabled?: boolean;
}

const rightsMembers = ['subject', 'scopes', 'roles', 'addresses', 'expiresAt', 'notBefore'];

/** The name under which a store keeps a key. */
export function hashOfKey(key: string): string {
  return encodeBase64url(crypto.sha256(fromAscii(key)));
}

/** Reads the keys of a configuration: the name and the record under which a store keeps each. */
export function readApiKeys(entries: unknown, prefix: string, faults: Faults): (readonly [string, ApiKeyRecord])[] {
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
  const { id, key, revoked = false, disabled = false, ...rights } = entry;
  if (typeof id !== 'string' || id === '')
    faults.add('id', 'invalid-option', 'is missing: a name that may stand in logs');
  if (typeof key !== 'string' || !isKeyPrefix(prefix) || !isWellFormedKey(key, prefix)) {
    faults.add(
      'key',
      'key-malformed',
      `is not a key of the prefix ${JSON.stringify(prefix)}; make one with generateApiKey`,
    );
  }
  for (const [name, flag] of Object.entries({ revoked, disabled }))
    if (typeof flag !== 'boolean') faults.add(name, 'invalid-option', 'must be true or false');
  const checked = faults.within('', () => checkRights(rights));
  faults.throwIfAny();
  return [hashOfKey(key), Object.freeze({ ...checked!, id, revoked, disabled })];
}

/**
 * Checks what a key is for, and makes a record of it.
 * @throws ConfigurationError with every fault
 */
export function checkRights(rights: ApiKeyRights): Omit<ApiKeyRecord, 'id'> {
  const faults = new Faults();
  faults.addUnknown(rights, rightsMembers);
  const { subject, scopes = [], roles = [], addresses } = rights;
  if (typeof subject !== 'string' || subject === '')
    faults.add('subject', 'invalid-option', 'is missing: whose key it is');
  for (const [name, list] of Object.entries({ scopes, roles }))
    if (!isTextList(list)) faults.add(name, 'invalid-option', 'must be a list of texts');
  const expiresAt = checkTime('expiresAt', rights, faults);
  const notBefore = checkTime('notBefore', rights, faults);
  if (
    addresses !== undefined &&
    !(Array.isArray(addresses) && addresses.length > 0 && addresses.every(isAddressRange))
  ) {
    faults.add('addresses', 'invalid-option', 'must be a list of addresses or ranges, such as ["192.0.2.0/24"]');
  }
  faults.throwIfAny();
  return {
    subject,
    scopes: [...scopes],
    roles: [...roles],
    revoked: false,
    disabled: false,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(notBefore !== undefined && { notBefore }),
    ...(addresses !== undefined && { addresses: [...addresses] }),
  };
}

function checkTime(name: 'expiresAt' | 'notBefore', rights: ApiKeyRights, faults: Faults): number | undefined {
  const value = rights[name];
  const time = value === undefined ? undefined : parseTime(value);
  if (value !== undefined && time === undefined)
    faults.add(name, 'invalid-option', 'must be seconds since the epoch or RFC 3339 text');
  return time;
}

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
