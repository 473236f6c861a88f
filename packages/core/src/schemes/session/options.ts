import { systemClock } from '../../base/clock.js';
import { systemRandom } from '../../base/random.js';
import type { Clock, RandomSource } from '../../contracts/clock.js';
import type { SessionStore } from '../../contracts/stores.js';
import { createSealer, type Sealer } from '../../crypto/seal.js';
import { Faults } from '../../errors/faults.js';
import { isQuotable } from '../../http/challenge.js';
import { isHostCookieName } from '../../http/cookies.js';
import { readSealingSecrets, type SealingSecrets } from '../../keys/sealing-secrets.js';
import { createMemorySessions } from '../../stores/memory/sessions.js';

/** Options of `session()`. */
export interface SessionOptions {
  /** Seals what the cookie holds: base64 of 32 random bytes. Of several the first seals, and all open. */
  readonly secretBase64: SealingSecrets;
  /** Default `__Host-session`. Apps that share a host, on whatever ports, need different names. */
  readonly cookieName?: string;
  /** A session ends so many seconds after its last request; default 1800. */
  readonly idleSeconds?: number;
  /** A session ends so many seconds after its sign-in, at the latest; default 43200, at least `idleSeconds`. */
  readonly absoluteSeconds?: number;
  /** Remembers which sessions ended; one for all processes. Default: in the memory of this process. */
  readonly store?: SessionStore;
  /** Realm in challenges; default that of `createAuth`. */
  readonly realm?: string;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/** `SessionOptions`, checked and filled in. */
export interface SessionSettings {
  readonly sealer: Sealer;
  readonly cookieName: string;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  readonly store: SessionStore;
  readonly realm: string | undefined;
  readonly clock: Clock;
  readonly random: RandomSource;
}

const known = [
  'secretBase64', 'cookieName', 'idleSeconds', 'absoluteSeconds', 'store', 'realm', 'clock', 'random',
] as const satisfies readonly (keyof SessionOptions)[]; // prettier-ignore

/** @throws ConfigurationError with every fault */
export function checkSessionOptions(options: SessionOptions): SessionSettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const {
    cookieName = '__Host-session',
    idleSeconds = 1800,
    realm,
    clock = systemClock,
    random = systemRandom,
  } = options;
  const { absoluteSeconds = Math.max(43_200, idleSeconds) } = options;
  const secrets = readSealingSecrets(options.secretBase64, faults);
  if (!isHostCookieName(cookieName))
    faults.add('cookieName', 'invalid-option', 'must be __Host- and up to 40 letters, digits, "-" and "_"');
  if (!isPositive(idleSeconds)) faults.add('idleSeconds', 'invalid-option', 'must be a positive number of seconds');
  if (!isPositive(absoluteSeconds) || absoluteSeconds < idleSeconds)
    faults.add('absoluteSeconds', 'invalid-option', 'must be a number of seconds, at least idleSeconds');
  if (realm !== undefined && (typeof realm !== 'string' || !isQuotable(realm)))
    faults.add('realm', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  faults.throwIfAny();
  const sealer = createSealer({ secrets, purpose: `session ${cookieName}`, random });
  const store = options.store ?? createMemorySessions({ clock });
  return Object.freeze({ sealer, cookieName, idleSeconds, absoluteSeconds, store, realm, clock, random });
}

const isPositive = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;
