import { defaultParameters, withSizes, type PasswordHash } from '../../crypto/password-hash.js';
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
  readonly realm: string | undefined;
}

const known = ['users', 'store', 'usernameProfile', 'maxConcurrentHashes', 'maxWaitingHashes', 'realm'];

/** @throws ConfigurationError with every fault of the options; none shows a password. */
export function checkBasicOptions(options: BasicOptions): BasicSettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { users, store, realm, usernameProfile = 'exact', maxConcurrentHashes = 4, maxWaitingHashes = 64 } = options;
  if ((users === undefined) === (store === undefined))
    faults.add('users', 'users-required', 'write exactly one of users (a list) and store');
  if (store !== undefined && typeof store?.findUser !== 'function')
    faults.add('store', 'invalid-option', 'must be a PasswordStore');
  if (!usernameProfiles.includes(usernameProfile))
    faults.add('usernameProfile', 'invalid-option', `must be one of ${usernameProfiles.join(', ')}`);
  checkWhole('maxConcurrentHashes', maxConcurrentHashes, [1, 64], faults);
  checkWhole('maxWaitingHashes', maxWaitingHashes, [0, 10_000], faults);
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
    realm,
  };
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
