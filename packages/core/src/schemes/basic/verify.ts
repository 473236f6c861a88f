import { after } from '../../base/awaitable.js';
import { orAbort } from '../../base/or-abort.js';
import { Secret } from '../../base/secret.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Context, Extracted, Limits, Scheme, Verified } from '../../contracts/scheme.js';
import { dummyLike, parsePasswordHash, shapeOf, type PasswordHash } from '../../crypto/password-hash.js';
import { failure } from '../../errors/failures.js';
import { parseAuthorization } from '../../http/authorization.js';
import { formatChallenge } from '../../http/challenge.js';
import { askStore } from '../../stores/ask-store.js';
import type { PasswordRecord } from '../../stores/credentials.js';
import { parseUserPass } from './credentials.js';
import { HashQueue } from './hash-queue.js';
import { checkBasicOptions, type BasicOptions, type BasicSettings } from './options.js';
import { PasswordCheck } from './password-check.js';
import { Rehash } from './rehash.js';
import { prepareUsername } from './username.js';

/** User names and passwords, well formed; whose they are is not known. */
export interface BasicCredentials {
  /** In the form that is looked up; undefined where the profile lets nobody have this name. */
  readonly username: string | undefined;
  readonly password: Secret<string>;
}

/** What `basic()` answers. Passwords bring no claims. */
export type BasicScheme = Scheme<'basic', Record<never, never>, BasicCredentials>;

const noClaims = Object.freeze({});

/**
 * Makes a scheme that takes user name and password from `Authorization: Basic` (RFC 7617).
 *
 * Checks: strict base64 and UTF-8, no control characters, a password of at most 1024 bytes; that the user exists, is not
 * disabled, and has this password. A name that nobody has costs the same hash, and gets the same answer. Few hashes are
 * computed at once, by turns of those who ask; where too many wait, the answer is 503. With `cacheSeconds` a password that was
 * right is not hashed again for a while; the store is asked each time. With `hashParameters` an outdated hash is replaced once its
 * password came.
 * Does not check: how often somebody tries. Does not hide: a user whose hash costs other than those of most users do; and, with
 * `cacheSeconds`, from somebody who knows the password: whether it was used here a moment ago.
 * @throws ConfigurationError with every fault of the options.
 * @see RFC 7617, RFC 8265
 * @example basic({ users: [{ username: 'alice', passwordHash: '$scrypt$ln=17,r=8,p=1$…', roles: ['reader'] }] })
 */
export function basic(options: BasicOptions): BasicScheme {
  const settings = checkBasicOptions(options);
  const verifier = new PasswordVerifier(settings);
  return Object.freeze({
    type: 'basic',
    extract: (request: AuthRequest, limits: Limits) => extract(settings, request, limits),
    verify: (credentials: BasicCredentials, _request: AuthRequest, context: Context) =>
      verifier.verify(credentials, context),
    // RFC 7617 §2.1. Basic has no `error`: whatever was wrong, the challenge is the same.
    challenge: (realm: string) => ({
      headers: [
        [
          'www-authenticate',
          formatChallenge('Basic', [
            ['realm', settings.realm ?? realm],
            ['charset', 'UTF-8'],
          ]),
        ] as const,
      ],
    }),
    close: () => verifier.close(),
    ready: ({ signal }: Context) => settings.configured && orAbort(settings.configured.prepare(), signal),
  } satisfies BasicScheme);
}

function extract(settings: BasicSettings, request: AuthRequest, limits: Limits): Extracted<BasicCredentials> {
  const authorization = parseAuthorization(request);
  if (authorization.kind !== 'authorization') return authorization;
  const { authScheme, rest: token } = authorization;
  if (authScheme !== 'basic')
    return { kind: 'foreign', field: 'authorization', failure: failure('unsupported-scheme') };
  if (token === '') return failure('malformed-authorization');
  // Decision: the limit is for what is sent in base64, which adds a third.
  if (token.length > Math.ceil(limits.maxCredentialBytes / 3) * 4) return failure('credential-too-large');
  const sent = parseUserPass(token);
  if (sent.kind === 'failure') return sent;
  const username = prepareUsername(sent.username, settings.usernameProfile);
  return {
    kind: 'credentials',
    field: 'authorization',
    credentials: { username, password: new Secret(sent.password) },
    identifier: username ?? sent.username,
    claimedSubject: username ?? sent.username,
  };
}

class PasswordVerifier {
  readonly #settings: BasicSettings;
  readonly #passwords: PasswordCheck;
  readonly #rehash: Rehash | undefined;
  // Drawn on first use: some runtimes have no randomness before the first request.
  #dummy: PasswordHash | undefined;

  constructor(settings: BasicSettings) {
    const { store, hashParameters } = settings;
    const queue = new HashQueue(settings.maxConcurrentHashes, settings.maxWaitingHashes);
    this.#settings = settings;
    this.#passwords = new PasswordCheck(queue, settings.cacheSeconds);
    this.#rehash = hashParameters && new Rehash(store, hashParameters, queue);
  }

  /** All refusals look alike to the caller, and take one hash, whoever is named. */
  verify({ username = '', password }: BasicCredentials, context: Context): Awaitable<Verified> {
    return after(this.#find(username, context.signal), (user) => {
      const stored = user && parsePasswordHash(user.passwordHash);
      if (stored !== undefined) this.#learn(stored);
      const attempt = {
        username,
        password: password.reveal(),
        stored: stored ?? this.#dummyHash(),
        storedText: stored && user?.passwordHash,
        // Decision: never for a user who is switched off, or a quick refusal would tell that the password is right.
        cacheable: user?.disabled === false,
      };
      return after(this.#passwords.check(attempt, context), (verdict) => {
        if (verdict === 'busy') return failure('too-many-hashes');
        if (user === undefined) return failure('unknown-user');
        if (stored === undefined) return failure('password-hash-unusable');
        if (verdict === 'mismatch') return failure('wrong-password');
        if (user.disabled) return failure('subject-disabled');
        this.#rehash?.offer({ user, stored, password }, context);
        return verified(user);
      });
    });
  }

  async close(): Promise<void> {
    this.#passwords.close();
    await this.#rehash?.close();
  }

  #find(username: string, signal: AbortSignal | undefined): Awaitable<PasswordRecord | undefined> {
    const { store, configured } = this.#settings;
    // The users of the configuration may still have to be hashed, which takes its time.
    const ask = (): Awaitable<PasswordRecord | undefined> => store.findUser(username, signal);
    return after(configured === undefined ? askStore(ask, signal) : ask(), (found) =>
      // Decision: a store that compares names by other rules (a database that ignores case) must not map one to another.
      found?.username === username ? found : undefined,
    );
  }

  /** Nobody knows what most hashes of a store cost: the last that was seen stands for them. */
  #learn(stored: PasswordHash): void {
    if (this.#settings.configured === undefined && shapeOf(stored) !== shapeOf(this.#dummyHash()))
      this.#dummy = dummyLike(stored);
  }

  #dummyHash(): PasswordHash {
    return (this.#dummy ??= dummyLike(this.#settings.typical));
  }
}

function verified({ username, roles }: PasswordRecord): Verified {
  return {
    kind: 'verified',
    principal: Object.freeze({
      issuer: null,
      subject: username,
      scopes: new Set<string>(),
      roles: new Set(roles),
      claims: noClaims,
    }),
  };
}
