import { systemClock } from '../../base/clock.js';
import { neverThrowing } from '../../base/never-throwing.js';
import { systemRandom } from '../../base/random.js';
import { Secret } from '../../base/secret.js';
import type { Clock, RandomSource } from '../../contracts/clock.js';
import type { ReplayStore } from '../../contracts/stores.js';
import { asymmetricAlgorithms, findAlgorithm, isSymmetric } from '../../crypto/algorithms.js';
import { createSealer, type Sealer } from '../../crypto/seal.js';
import { Faults } from '../../errors/faults.js';
import { isHostCookieName } from '../../http/cookies.js';
import { findUrlFault } from '../../http/document-fetcher.js';
import type { ExchangeFetch } from '../../http/exchange.js';
import { isDiscoverable } from '../../keys/discovery.js';
import { checkKeySetOptions, type KeySetOptions } from '../../keys/issuer-keys.js';
import { readSealingSecrets, type SealingSecrets } from '../../keys/sealing-secrets.js';
import { createMemoryReplay } from '../../stores/memory/replay.js';
import { Provider } from './provider.js';

/** How the client proves to the issuer who it is (OpenID Connect Core §9, by the names of RFC 8414). */
export type ClientAuthentication = 'client_secret_basic' | 'client_secret_post' | 'none';

/** Options of `createRelyingParty`. */
export interface RelyingPartyOptions {
  /** The issuer exactly as its tokens name it; its metadata are found from here (OpenID Connect Discovery 1.0 §4). */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Default: `client_secret_basic` with a `clientSecret`, else `none`. */
  readonly clientAuthentication?: ClientAuthentication;
  /** Where the issuer sends people back to: an https URL, or http to this machine. Needed for logins. */
  readonly redirectUri?: string;
  /** What logins ask for; `openid` is always among them. */
  readonly scopes?: readonly string[];
  /** Seals what a login keeps in the browser meanwhile: base64 of 32 random bytes. Of several the first seals, and all open. */
  readonly secretBase64?: SealingSecrets;
  /** Default `__Host-login`. Apps that share a host, on whatever ports, need different names. */
  readonly cookieName?: string;
  /** Refuses an issuer whose metadata do not say that it checks PKCE by S256; default false: S256 is sent anyway. */
  readonly requirePkceSupport?: boolean;
  /** `alg` of the issuer's tokens; default: every asymmetric one. */
  readonly algorithms?: readonly string[];
  /** Seconds, 0 to 300; default 5. */
  readonly clockToleranceSeconds?: number;
  /** How metadata and keys are fetched and kept. */
  readonly keySet?: Omit<KeySetOptions, 'publicAddressesOnly'>;
  /** Asks the issuer; default: the global `fetch`, as it is when it is used. */
  readonly fetch?: ExchangeFetch;
  /** Also takes http URLs of the issuer, for tests. Default false. */
  readonly allowInsecureHttp?: boolean;
  /** Remembers logins and logout tokens that were used; one for all processes. Default: in the memory of this process. */
  readonly stores?: { readonly replay?: ReplayStore };
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** Told of what refuses nobody, such as a refresh of keys that failed. */
  readonly onError?: (error: unknown) => void;
}

/** What a login needs beside what every helper needs. */
export interface LoginSettings {
  readonly redirectUri: string;
  readonly sealer: Sealer;
}

/** `RelyingPartyOptions`, checked and filled in. */
export interface PartySettings {
  readonly provider: Provider;
  readonly clientId: string;
  readonly clientSecret: Secret<string> | undefined;
  readonly clientAuthentication: ClientAuthentication;
  readonly scopes: readonly string[];
  readonly cookieName: string;
  readonly requirePkceSupport: boolean;
  readonly algorithms: readonly string[];
  readonly clockToleranceSeconds: number;
  readonly replay: ReplayStore;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Undefined where the options are not for logins. */
  readonly login: LoginSettings | undefined;
}

const known = [
  'issuer', 'clientId', 'clientSecret', 'clientAuthentication', 'redirectUri', 'scopes', 'secretBase64', 'cookieName', 'requirePkceSupport',
  'algorithms', 'clockToleranceSeconds', 'keySet', 'fetch', 'allowInsecureHttp', 'stores', 'clock', 'random', 'onError',
] as const satisfies readonly (keyof RelyingPartyOptions)[]; // prettier-ignore
const maxToleranceSeconds = 300;
// RFC 6749 §3.3.
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** @throws ConfigurationError with every fault */
export function checkRelyingPartyOptions(options: RelyingPartyOptions): PartySettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { clock = systemClock, random = systemRandom, cookieName = '__Host-login' } = options;
  const provider = checkProvider(options, { clock, random }, faults);
  const client = checkClient(options, faults);
  const login = checkLogin(options, random, faults);
  const { clockToleranceSeconds = 5, requirePkceSupport = false } = options;
  if (
    !(
      typeof clockToleranceSeconds === 'number' &&
      clockToleranceSeconds >= 0 &&
      clockToleranceSeconds <= maxToleranceSeconds
    )
  )
    faults.add(
      'clockToleranceSeconds',
      'invalid-option',
      `must be a number of seconds from 0 to ${maxToleranceSeconds}`,
    );
  if (typeof requirePkceSupport !== 'boolean')
    faults.add('requirePkceSupport', 'invalid-option', 'must be true or false');
  if (!isHostCookieName(cookieName))
    faults.add('cookieName', 'invalid-option', 'must be __Host- and up to 40 letters, digits, "-" and "_"');
  const algorithms = checkAlgorithms(options.algorithms, faults);
  faults.throwIfAny();
  const replay = options.stores?.replay ?? createMemoryReplay();
  const plain = { cookieName, requirePkceSupport, algorithms, clockToleranceSeconds, replay, clock, random };
  return Object.freeze({ provider: provider!, ...client, ...plain, login });
}

function checkProvider(
  options: RelyingPartyOptions,
  sources: { readonly clock: Clock; readonly random: RandomSource },
  faults: Faults,
): Provider | undefined {
  const { issuer, allowInsecureHttp = false, keySet = {}, fetch, onError } = options;
  if (typeof allowInsecureHttp !== 'boolean')
    faults.add('allowInsecureHttp', 'invalid-option', 'must be true or false');
  if (typeof issuer !== 'string' || !isDiscoverable(issuer))
    faults.add('issuer', 'issuer-required', 'must be the https URL of the issuer, as its tokens name it in iss');
  else if (findUrlFault(issuer, allowInsecureHttp) !== undefined)
    faults.add(
      'issuer',
      'insecure-url',
      'must be an https URL without user name and password (for tests: allowInsecureHttp)',
    );
  for (const [name, value] of Object.entries({ fetch, onError }))
    if (value !== undefined && typeof value !== 'function') faults.add(name, 'invalid-option', 'must be a function');
  const settings = faults.within('keySet', () => {
    const found = new Faults();
    if ((keySet as KeySetOptions | null)?.publicAddressesOnly !== undefined)
      found.add('publicAddressesOnly', 'not-supported', 'is for keys alone: leave it out');
    found.throwIfAny();
    return checkKeySetOptions(keySet, fetch !== undefined);
  });
  if (faults.found.length > 0) return undefined;
  return new Provider({
    issuer,
    allowInsecureHttp,
    keySet: settings!,
    fetch,
    ...sources,
    onError: neverThrowing(onError),
  });
}

function checkClient(
  options: RelyingPartyOptions,
  faults: Faults,
): Pick<PartySettings, 'clientId' | 'clientSecret' | 'clientAuthentication' | 'scopes'> {
  const { clientId, clientSecret, scopes = [] } = options;
  const hasSecret = clientSecret !== undefined;
  const { clientAuthentication = hasSecret ? 'client_secret_basic' : 'none' } = options;
  if (typeof clientId !== 'string' || clientId === '')
    faults.add('clientId', 'client-required', 'is missing: write the id that the issuer knows this application by');
  if (hasSecret && (typeof clientSecret !== 'string' || clientSecret === ''))
    faults.add('clientSecret', 'invalid-option', 'must be text, and not empty');
  if (!['client_secret_basic', 'client_secret_post', 'none'].includes(clientAuthentication))
    faults.add(
      'clientAuthentication',
      'invalid-option',
      'must be "client_secret_basic", "client_secret_post" or "none"',
    );
  else if ((clientAuthentication === 'none') === hasSecret)
    faults.add('clientAuthentication', 'contradicting-options', 'needs a clientSecret, or is "none" without one');
  const areScopes =
    Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string' && scopeToken.test(scope));
  if (!areScopes) faults.add('scopes', 'invalid-option', 'must be a list of scopes: ["openid", "email"]');
  return {
    clientId,
    clientSecret: hasSecret ? new Secret(clientSecret) : undefined,
    clientAuthentication,
    scopes: Object.freeze(areScopes ? [...new Set(['openid', ...scopes])] : []),
  };
}

function checkLogin(
  { issuer, clientId, redirectUri, secretBase64 }: RelyingPartyOptions,
  random: RandomSource,
  faults: Faults,
): LoginSettings | undefined {
  if (redirectUri === undefined && secretBase64 === undefined) return undefined;
  // RFC 9700 §2.6, RFC 8252 §7.3: a redirect over http ends on this machine.
  if (findUrlFault(redirectUri, isLoopbackUrl(redirectUri)) !== undefined)
    faults.add('redirectUri', 'insecure-url', 'must be an https URL without a fragment, as the issuer knows it');
  const secrets = readSealingSecrets(secretBase64, faults);
  const purpose = `login ${JSON.stringify([issuer, clientId])}`;
  return { redirectUri: redirectUri!, sealer: createSealer({ secrets, purpose, random }) };
}

const isLoopbackUrl = (url: unknown): boolean =>
  typeof url === 'string' && /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/?]|$)/.test(url);

function checkAlgorithms(algorithms: unknown = asymmetricAlgorithms, faults: Faults): readonly string[] {
  const list = Array.isArray(algorithms) ? (algorithms as readonly unknown[]) : [];
  // Decision: the client secret is no key here (OpenID Connect Core §10.1): whoever can read it could make anybody log in.
  const fits = (name: unknown): boolean =>
    typeof name === 'string' && findAlgorithm(name) !== undefined && !isSymmetric(name);
  if (list.length === 0 || !list.every(fits))
    faults.add('algorithms', 'invalid-option', `must be a list of some of ${asymmetricAlgorithms.join(', ')}`);
  return Object.freeze([...list]) as readonly string[];
}
