import { orAbort } from '../../base/or-abort.js';
import { Secret } from '../../base/secret.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import {
  formatPasswordHash,
  hasControlCharacter,
  hashLike,
  parsePasswordHash,
  passwordFault,
  shapeOf,
  withSizes,
  type PasswordHash,
  type PasswordHashParameters,
} from '../../crypto/password-hash.js';
import { configurationError } from '../../errors/configuration-error.js';
import { Faults } from '../../errors/faults.js';
import type { PasswordRecord, PasswordStore } from '../../stores/credentials.js';
import { prepareUsername, type UsernameProfile } from './username.js';

/** A user written into the configuration: with exactly one of `password` and `passwordHash`. */
export interface BasicUser {
  readonly username: string;
  /** Hashed at the first request or at `ready()`, and not kept. For tests and small internal use: prefer `passwordHash`. */
  readonly password?: string;
  /** As made by `hashPassword`. */
  readonly passwordHash?: string;
  readonly roles?: readonly string[];
  readonly disabled?: boolean;
}

interface CheckedUser {
  readonly record: Omit<PasswordRecord, 'passwordHash'>;
  readonly password: PasswordHash | Secret<string>;
}

/**
 * 16 MiB, some 30 ms. Decision: for a password that stands in the configuration in clear, whose hash never leaves this
 * process; where other users have a `passwordHash`, its cost is taken, so that all take the same time.
 */
const plainParameters: PasswordHashParameters = Object.freeze({
  algorithm: 'scrypt',
  costLog2: 14,
  blockSize: 8,
  parallelism: 1,
});

const members = ['username', 'password', 'passwordHash', 'roles', 'disabled'];

/** The users of the configuration, as a store. */
export class ConfiguredUsers implements PasswordStore {
  /** What a name that nobody has is compared with: of the parameters and sizes that most users have. */
  readonly typical: PasswordHash;
  readonly #records = new Map<string, PasswordRecord>();
  readonly #plain = new Map<string, { readonly record: CheckedUser['record']; readonly password: Secret<string> }>();
  readonly #concurrency: number;
  #preparing: Promise<void> | undefined;

  constructor(users: readonly CheckedUser[], concurrency: number) {
    const hashes: PasswordHash[] = [];
    for (const { record, password } of users) {
      if (password instanceof Secret) {
        this.#plain.set(record.username, { record, password });
      } else {
        hashes.push(password);
        this.#keep(record, formatPasswordHash(password));
      }
    }
    this.typical = mostCommon(hashes) ?? withSizes(plainParameters);
    this.#concurrency = concurrency;
  }

  findUser(username: string, signal?: AbortSignal): Awaitable<PasswordRecord | undefined> {
    if (this.#plain.size === 0) return this.#records.get(username);
    // Everybody waits for all, or the first request of each user would tell by its time that there is one.
    return orAbort(this.prepare(), signal).then(() => this.#records.get(username));
  }

  /** Hashes the passwords that came in clear, and drops them. */
  prepare(): Promise<void> {
    return (this.#preparing ??= this.#hashAll().finally(() => (this.#preparing = undefined)));
  }

  async #hashAll(): Promise<void> {
    const rest = this.#plain.entries();
    const work = async (): Promise<void> => {
      for (const [username, { record, password }] of rest) {
        this.#keep(record, formatPasswordHash(await hashLike(this.typical, password.reveal())));
        this.#plain.delete(username);
      }
    };
    await Promise.all(Array.from({ length: this.#concurrency }, work));
  }

  #keep(record: CheckedUser['record'], passwordHash: string): void {
    this.#records.set(record.username, Object.freeze({ ...record, passwordHash }));
  }
}

function mostCommon(hashes: readonly PasswordHash[]): PasswordHash | undefined {
  const counts = new Map<string, number>();
  let best: PasswordHash | undefined;
  let most = 0;
  for (const hash of hashes) {
    const shape = shapeOf(hash);
    const count = (counts.get(shape) ?? 0) + 1;
    counts.set(shape, count);
    if (count > most) [best, most] = [hash, count];
  }
  return best;
}

/** Checks the list of users; faults show no password. */
export function checkUsers(users: unknown, profile: UsernameProfile, faults: Faults): readonly CheckedUser[] {
  if (!Array.isArray(users)) {
    faults.add('users', 'invalid-option', 'must be a list of users');
    return [];
  }
  const names = new Set<string>();
  return (users as readonly BasicUser[]).flatMap((user, index) => {
    const checked = faults.within(`users[${index}]`, () => checkUser(user, profile));
    if (checked === undefined) return [];
    const { username } = checked.record;
    if (names.has(username))
      faults.add(
        `users[${index}].username`,
        'duplicate-user',
        'stands twice, by the usernameProfile; one user has one entry',
      );
    names.add(username);
    return [checked];
  });
}

function checkUser(user: BasicUser, profile: UsernameProfile): CheckedUser {
  if (typeof user !== 'object' || user === null)
    throw configurationError('username', 'invalid-option', 'must be an object with username and passwordHash');
  const faults = new Faults();
  faults.addUnknown(user, members);
  const { roles = [], disabled = false } = user;
  const username = checkUsername(user.username, profile, faults);
  const password = checkPassword(user, faults);
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string'))
    faults.add('roles', 'invalid-option', 'must be a list of texts');
  if (typeof disabled !== 'boolean') faults.add('disabled', 'invalid-option', 'must be true or false');
  faults.throwIfAny();
  return {
    record: { username: username as string, roles: Object.freeze([...roles]), disabled },
    password: password as PasswordHash | Secret<string>,
  };
}

function checkUsername(username: unknown, profile: UsernameProfile, faults: Faults): string | undefined {
  if (typeof username !== 'string' || username === '' || username.includes(':') || !isPlainText(username)) {
    faults.add('username', 'invalid-option', 'must be text without colon and control characters (RFC 7617 §2)');
    return undefined;
  }
  const prepared = prepareUsername(username, profile);
  if (prepared === undefined)
    faults.add(
      'username',
      'username-outside-profile',
      `is not a name of the usernameProfile ${JSON.stringify(profile)}`,
    );
  return prepared;
}

function checkPassword(
  { password, passwordHash }: BasicUser,
  faults: Faults,
): PasswordHash | Secret<string> | undefined {
  if ((password === undefined) === (passwordHash === undefined)) {
    faults.add('password', 'password-required', 'write exactly one of passwordHash (from hashPassword) and password');
    return undefined;
  }
  if (password !== undefined) {
    const fault = passwordFault(password);
    if (fault === undefined) return new Secret(password);
    faults.add('password', 'invalid-option', fault);
    return undefined;
  }
  const hash = typeof passwordHash === 'string' ? parsePasswordHash(passwordHash) : undefined;
  if (hash === undefined) {
    const forms = '$scrypt$ln=…,r=…,p=…$salt$hash or $argon2id$v=19$m=…,t=…,p=…$salt$hash';
    faults.add('passwordHash', 'password-hash-malformed', `must be ${forms}, of at most 256 MiB: see hashPassword`);
  }
  return hash;
}

const isPlainText = (text: string): boolean => text.isWellFormed() && !hasControlCharacter(text);
