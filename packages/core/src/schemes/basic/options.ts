import {
  defaultParameters,
  isNewCost,
  withSizes,
  type PasswordHash,
  type PasswordHashParameters,
} from '../../crypto/password-hash.js';
import { Faults } from '../../errors/faults.js';
import { isQuotable } from '../../http/challenge.js';
import type { PasswordStore } from '../../stores/credentials.js';
import { usernameProfiles, type UsernameProfile } from './username.js';
import { checkUsers, ConfiguredUsers, type BasicUser } from './users.js';

/** Options of `basic()`. Exactly one of `users` and `store`. */
export interface BasicOptions {
  readonly users?: readonly BasicUser[];
  readonly store?: PasswordStore;
  /** In which form names are looked up; default `exact`. */
  readonly usernameProfile?: UsernameProfile;
  /**
   * Hashes computed at once, 1 to 64; default 4. Each holds its memory: 128 MiB with the default of `hashPassword`. On Node they
   * run in the thread pool that files and DNS use too (`UV_THREADPOOL_SIZE`, 4 unless set); elsewhere on the one thread there is.
   */
  readonly maxConcurrentHashes?: number;
  /** Passwords that wait for a hash, 0 to 10000; default 64. Over it the answer is 503. */
  readonly maxWaitingHashes?: number;
  /**
   * For so many seconds a password that was right is not hashed again, 0 to 3600; default 0. The store is asked each time: whoever was
   * removed or switched off, or has another password, is refused at once. Fast hashes of these passwords stand in memory
   * meanwhile, under a key of the process: a dump of both lets them be guessed quickly.
   */
  readonly cacheSeconds?: number;
  /**
   * What a hash should cost, as for `hashPassword`. Where a right password has one that costs less or is of another algorithm, it is
   * hashed anew behind the request and given to `store.replaceHash`. Unset: hashes stay as they are.
   */
  readonly hashParameters?: PasswordHashParameters;
  /** Realm in challenges; default that of `createAuth`. */
  readonly realm?: string;
}

/** Options of `basic()`, checked and filled in. */
export interface BasicSettings {
  readonly store: PasswordStore;
  /** Where the users are those of the configuration, and may still have to be hashed. */
  readonly configured: ConfiguredUsers | undefined;
  /** Cost and sizes of what is computed for a name that nobody has, until a store has shown others. */
  readonly typical: PasswordHash;
  readonly usernameProfile: UsernameProfile;
  readonly maxConcurrentHashes: number;
  readonly maxWaitingHashes: number;
  readonly cacheSeconds: number;
  /** Where set, the store has `replaceHash`. */
  readonly hashParameters: PasswordHashParameters | undefined;
  readonly realm: string | undefined;
}

const known = [
  'users', 'store', 'usernameProfile', 'maxConcurrentHashes', 'maxWaitingHashes', 'cacheSeconds', 'hashParameters', 'realm',
]; // prettier-ignore

/** @throws ConfigurationError with every fault of the options; none shows a password. */
export function checkBasicOptions(options: BasicOptions): BasicSettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { users, store, realm, usernameProfile = 'exact', cacheSeconds = 0 } = options;
  const { maxConcurrentHashes = 4, maxWaitingHashes = 64 } = options;
  if ((users === undefined) === (store === undefined))
    faults.add('users', 'users-required', 'write exactly one of users (a list) and store');
  if (store !== undefined && typeof store?.findUser !== 'function')
    faults.add('store', 'invalid-option', 'must be a PasswordStore');
  if (!usernameProfiles.includes(usernameProfile))
    faults.add('usernameProfile', 'invalid-option', `must be one of ${usernameProfiles.join(', ')}`);
  checkWhole('maxConcurrentHashes', maxConcurrentHashes, [1, 64], faults);
  checkWhole('maxWaitingHashes', maxWaitingHashes, [0, 10_000], faults);
  if (!(Number.isFinite(cacheSeconds) && cacheSeconds >= 0 && cacheSeconds <= 3600))
    faults.add('cacheSeconds', 'invalid-option', 'must be a number of seconds from 0 to 3600');
  const hashParameters = checkHashParameters(options, faults);
  if (realm !== undefined && (typeof realm !== 'string' || !isQuotable(realm)))
    faults.add('realm', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  const checked = users === undefined ? [] : checkUsers(users, usernameProfile, faults);
  faults.throwIfAny();
  const configured = store === undefined ? new ConfiguredUsers(checked, maxConcurrentHashes) : undefined;
  return {
    store: store ?? (configured as ConfiguredUsers),
    configured,
    typical: configured?.typical ?? withSizes(defaultParameters),
    usernameProfile,
    maxConcurrentHashes,
    maxWaitingHashes,
    cacheSeconds,
    hashParameters,
    realm,
  };
}

function checkHashParameters(
  { store, hashParameters }: BasicOptions,
  faults: Faults,
): PasswordHashParameters | undefined {
  if (hashParameters === undefined) return undefined;
  if (typeof hashParameters !== 'object' || hashParameters === null || !isNewCost(hashParameters))
    faults.add('hashParameters', 'invalid-option', 'must be parameters that hashPassword takes');
  if (typeof store?.replaceHash !== 'function')
    faults.add('hashParameters', 'contradicting-options', 'needs a store with replaceHash: leave it out, or add that');
  return Object.freeze({ ...hashParameters });
}

function checkWhole(
  name: string,
  value: unknown,
  [least, most]: readonly [least: number, most: number],
  faults: Faults,
): void {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
    faults.add(name, 'invalid-option', `must be a whole number from ${least} to ${most}`);
}
