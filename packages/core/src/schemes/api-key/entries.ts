import { crypto } from '#crypto';

import { parseTime } from '../../base/time.js';
import type { RateLimit } from '../../contracts/stores.js';
import { configurationError } from '../../errors/configuration-error.js';
import { Faults } from '../../errors/faults.js';
import { isAddressRange } from '../../http/addresses.js';
import type { ApiKeyChange, ApiKeyRecord } from '../../stores/credentials.js';
import { checkRateLimit } from '../../stores/rate-limit.js';
import { isKeyEnvironment, isKeyPrefix, judgeKey, type KeyForm } from './key-format.js';

/** What of a key may be changed later. */
export interface ApiKeyRightsChange {
  /** For people: what the key is for, in at most 200 characters. Never told to callers. */
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  /** Addresses and ranges (CIDR) from which alone the key is good. */
  readonly addresses?: readonly string[];
  /** How often the key may be used, in place of `perCredential` of the throttle; over it the answer is 429. */
  readonly limit?: RateLimit;
  /** Seconds since the epoch, or RFC 3339 text. */
  readonly expiresAt?: number | string;
}

/** What a key is for, and what bounds it. */
export interface ApiKeyRights extends ApiKeyRightsChange {
  readonly subject: string;
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

const changeMembers = ['name', 'scopes', 'roles', 'addresses', 'limit', 'expiresAt'];
const maxNameLength = 200;

/** The name under which a store keeps a key. */
export function hashOfKey(key: string): string {
  return crypto.sha256Text(key);
}

/** Reads the keys of a configuration: the name and the record under which a store keeps each. */
export function readApiKeys(entries: unknown, form: KeyForm, faults: Faults): (readonly [string, ApiKeyRecord])[] {
  if (!Array.isArray(entries)) {
    faults.add('keys', 'invalid-option', 'must be a list of keys');
    return [];
  }
  const ids = new Set<string>();
  const hashes = new Set<string>();
  const records: (readonly [string, ApiKeyRecord])[] = [];
  for (const [index, entry] of (entries as readonly ApiKeyEntry[]).entries()) {
    const found = faults.within(`keys[${index}]`, () => checkEntry(entry, form));
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

function checkEntry(entry: ApiKeyEntry, form: KeyForm): readonly [string, ApiKeyRecord] {
  if (typeof entry !== 'object' || entry === null)
    throw configurationError('key', 'invalid-option', 'must be an object with id, key and subject');
  const faults = new Faults();
  const { id, key, revoked = false, disabled = false, ...rights } = entry;
  if (typeof id !== 'string' || id === '')
    faults.add('id', 'invalid-option', 'is missing: a name that may stand in logs');
  const fault = keyFault(key, form);
  if (fault !== undefined) faults.add('key', ...fault);
  for (const [name, flag] of Object.entries({ revoked, disabled }))
    if (typeof flag !== 'boolean') faults.add(name, 'invalid-option', 'must be true or false');
  const checked = faults.within('', () => checkRights(rights));
  faults.throwIfAny();
  return [hashOfKey(key), Object.freeze({ ...checked!, id, revoked, disabled })];
}

function keyFault(key: unknown, form: KeyForm): readonly [reason: string, message: string] | undefined {
  const { prefix, environment } = form;
  const judged =
    typeof key === 'string' && isKeyPrefix(prefix) && isKeyEnvironment(environment) ? judgeKey(key, form) : 'malformed';
  switch (judged) {
    case 'ours':
      return undefined;
    case 'other-environment':
      return ['key-wrong-environment', `is not a key of the environment ${environment ?? '(none)'}`];
    case 'malformed':
      return ['key-malformed', `is not a key of the prefix ${JSON.stringify(prefix)}; make one with generateApiKey`];
  }
}

/**
 * Checks what a key is for, and makes a record of it.
 * @throws ConfigurationError with every fault
 */
export function checkRights(rights: ApiKeyRights): Omit<ApiKeyRecord, 'id'> {
  const faults = new Faults();
  faults.addUnknown(rights, ['subject', 'notBefore', ...changeMembers]);
  const { subject } = rights;
  if (typeof subject !== 'string' || subject === '')
    faults.add('subject', 'invalid-option', 'is missing: whose key it is');
  const notBefore = checkTime('notBefore', rights, faults);
  const others = checkMembers(rights, faults);
  faults.throwIfAny();
  return {
    subject,
    scopes: [],
    roles: [],
    revoked: false,
    disabled: false,
    ...(notBefore !== undefined && { notBefore }),
    ...others,
  };
}

/**
 * Checks what is to change of a key.
 * @throws ConfigurationError with every fault
 */
export function checkRightsChange(change: ApiKeyRightsChange): ApiKeyChange {
  const faults = new Faults();
  faults.addUnknown(change, changeMembers);
  const checked = checkMembers(change, faults);
  faults.throwIfAny();
  return checked;
}

/** Those that are there, copied. */
function checkMembers(change: ApiKeyRightsChange, faults: Faults): ApiKeyChange {
  const { name, scopes, roles, addresses, limit, expiresAt } = change;
  if (name !== undefined && !(typeof name === 'string' && name.length <= maxNameLength))
    faults.add('name', 'invalid-option', `must be text of at most ${maxNameLength} characters`);
  for (const [member, list] of Object.entries({ scopes, roles }))
    if (list !== undefined && !isTextList(list)) faults.add(member, 'invalid-option', 'must be a list of texts');
  const ranges = addresses === undefined || (isTextList(addresses) && addresses.length > 0);
  if (!ranges || addresses?.every(isAddressRange) === false)
    faults.add('addresses', 'invalid-option', 'must be a list of addresses or ranges, such as ["192.0.2.0/24"]');
  checkRateLimit(limit, { path: 'limit' }, faults);
  const end = checkTime('expiresAt', { expiresAt }, faults);
  return {
    ...(name !== undefined && { name }),
    ...(isTextList(scopes) && { scopes: [...scopes] }),
    ...(isTextList(roles) && { roles: [...roles] }),
    ...(isTextList(addresses) && { addresses: [...addresses] }),
    ...(limit !== undefined && { limit: { ...limit } }),
    ...(end !== undefined && { expiresAt: end }),
  };
}

function checkTime<Name extends string>(
  name: Name,
  { [name]: value }: { readonly [N in Name]?: unknown },
  faults: Faults,
): number | undefined {
  const time = value === undefined ? undefined : parseTime(value);
  if (value !== undefined && time === undefined)
    faults.add(name, 'invalid-option', 'must be seconds since the epoch or RFC 3339 text');
  return time;
}

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
