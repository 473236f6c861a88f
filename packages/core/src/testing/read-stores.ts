import type { AuditSink } from '../contracts/audit-event.js';
import type { Clock } from '../contracts/clock.js';
import type { SessionStore, Stores } from '../contracts/stores.js';
import { Faults } from '../errors/faults.js';
import type { ApiKeyRecord, ApiKeyStore, PasswordStore } from '../stores/credentials.js';
import type { SigningKeyStore } from '../stores/signing-keys.js';
import type { TokenStore } from '../stores/tokens.js';
import { isObject, type Members } from './members.js';

/** Takes over the stores of a configuration: what each answers is what its scheme looks up in. */
export interface StoreHooks {
  apiKeys(store: ApiKeyStore, of: ApiKeysOfScheme): ApiKeyStore;
  passwords(store: PasswordStore, of: PasswordsOfScheme): PasswordStore;
  /** Those of `createAuth`. */
  shared(stores: Required<Stores>): Required<Stores>;
  /** That of the issuer. */
  tokens(store: TokenStore): TokenStore;
}

/** Whose keys a store holds, and which the configuration has. */
export interface ApiKeysOfScheme {
  readonly scheme: string;
  readonly prefix: string;
  readonly environment?: string;
  readonly keys: readonly (readonly [hash: string, record: ApiKeyRecord])[];
}

/** Whose users a store holds, and which the configuration has, as they are looked up. */
export interface PasswordsOfScheme {
  readonly scheme: string;
  readonly usernames: readonly string[];
}

/** Where a store is that several processes share. */
export interface StorePlace {
  readonly type: 'redis' | 'postgres';
  readonly url: string;
  readonly prefix: string;
}

/** By the names of the store interfaces: `keys` are those that an issuer signs with. */
export type StoreName =
  | 'replay'
  | 'revocation'
  | 'rateLimits'
  | 'tokens'
  | 'keys'
  | 'sessions'
  | 'credentials'
  | 'audit';

/** Those that are not in the memory of the process. */
export type StorePlaces = Readonly<Partial<Record<StoreName, StorePlace>>>;

/** The stores of a configuration, open: they take over those in memory, beside what has none there. */
export interface OpenStores extends StoreHooks {
  readonly signingKeys?: SigningKeyStore;
  readonly sessions?: SessionStore;
  /** Gets every event too. */
  readonly audit?: AuditSink;
}

/** Opens stores without waiting for any: what is done once before the first request is the program's. */
export type StoreOpener = (places: StorePlaces, clock: Clock) => OpenStores;

/** What the stores of a configuration are opened with. */
export interface StoresContext {
  readonly open: StoreOpener | undefined;
  readonly clock: Clock;
}

const namesOf: Readonly<Record<StorePlace['type'], readonly StoreName[]>> = {
  redis: ['replay', 'revocation', 'rateLimits', 'tokens', 'keys', 'sessions'],
  postgres: ['replay', 'revocation', 'tokens', 'keys', 'sessions', 'credentials', 'audit'],
};
const allNames = [...new Set(Object.values(namesOf).flat())];
const protocols = { redis: ['redis:', 'rediss:'], postgres: ['postgres:', 'postgresql:'] };
// Good as the beginning of a key, and as the name of a schema with that of a scheme behind it.
const prefixes = /^[a-z][a-z0-9_]{0,23}$/;

/**
 * Reads `stores`: `{ "type": "redis", "url": "redis://…" }`, the same of `postgres`, or `{ "type": "each", "replay": {…}, … }`. Of one type all that it can
 * keep is there, and the rest in memory.
 * @returns undefined where all are in memory
 */
export function readStores(json: unknown, { open, clock }: StoresContext, faults: Faults): OpenStores | undefined {
  const places = json === undefined ? {} : (faults.within('stores', () => readPlaces(json)) ?? {});
  if (Object.keys(places).length === 0) return undefined;
  if (open === undefined) faults.add('stores', 'not-supported', 'needs a program that has the drivers');
  return open?.(places, clock);
}

/** @throws ConfigurationError with every fault */
function readPlaces(json: unknown): StorePlaces {
  const faults = new Faults();
  const { type, ...members } = isObject(json) ? json : {};
  const places = type === 'each' ? readEach(members, faults) : everyStoreAt(readPlace(json, faults));
  faults.throwIfAny();
  return places;
}

function everyStoreAt(place: StorePlace | undefined): StorePlaces {
  return place === undefined ? {} : Object.fromEntries(namesOf[place.type].map((name) => [name, place]));
}

function readEach({ nonces, ...members }: Members, faults: Faults): StorePlaces {
  faults.addUnknown(members, allNames);
  // Nonces are uses like any other.
  const named = { ...(nonces !== undefined && { replay: nonces }), ...members };
  const places: Partial<Record<StoreName, StorePlace>> = {};
  for (const name of allNames) {
    if (!Object.hasOwn(named, name)) continue;
    const place = faults.within(name, () => {
      const found = new Faults();
      const read = readPlace((named as Members)[name], found);
      if (read !== undefined && !namesOf[read.type].includes(name))
        found.add('type', 'invalid-option', `must be another: ${read.type} has no such store`);
      found.throwIfAny();
      return read;
    });
    if (place !== undefined) places[name] = place;
  }
  return places;
}

/** @returns undefined for memory, and for what is faulty */
function readPlace(json: unknown, faults: Faults): StorePlace | undefined {
  const { type, url, prefix = 'auth', ...others } = isObject(json) ? json : {};
  if (type !== 'memory' && type !== 'redis' && type !== 'postgres') {
    faults.add('type', 'invalid-option', 'must be one of memory, redis, postgres, each');
    return undefined;
  }
  faults.addUnknown(others, []);
  if (type === 'memory') return undefined;
  if (typeof url !== 'string' || !protocols[type].includes(URL.parse(url)?.protocol ?? ''))
    faults.add('url', 'invalid-option', `must be a URL: "${type}://127.0.0.1"`);
  if (typeof prefix !== 'string' || !prefixes.test(prefix))
    faults.add('prefix', 'invalid-option', 'must be 1 to 24 lower-case letters, digits or underscores, a letter first');
  return { type, url: url as string, prefix: prefix as string };
}

/** One after the other: the second gets what the first has taken over. */
export function inTurn(first: StoreHooks | undefined, second: StoreHooks | undefined): StoreHooks | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return {
    apiKeys: (store, of) => second.apiKeys(first.apiKeys(store, of), of),
    passwords: (store, of) => second.passwords(first.passwords(store, of), of),
    shared: (stores) => second.shared(first.shared(stores)),
    tokens: (store) => second.tokens(first.tokens(store)),
  };
}
