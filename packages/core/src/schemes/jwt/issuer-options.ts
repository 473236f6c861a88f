import type { JwkSet, KeySource } from '../../contracts/key.js';
import { asymmetricAlgorithms, findAlgorithm, isSymmetric } from '../../crypto/algorithms.js';
import { Faults } from '../../errors/faults.js';
import type { Fetch } from '../../http/document-fetcher.js';
import { createIssuerKeys, type KeySetOptions } from '../../keys/issuer-keys.js';
import { readSharedSecret } from '../../keys/shared-secret.js';
import { createSecretKey, createStaticKeys } from '../../keys/static-keys.js';
import { checkRevocationMode, type RevocationMode } from '../access-token/revocation.js';
import { compileClaimMap, type ClaimMapOptions } from './claim-map.js';
import type { ClaimRules, TokenProfile } from './claims.js';

/**
 * What belongs to one issuer. Of `jwks`, `jwksUri` and `secretBase64` write one; without any of them the keys are found by
 * discovery from the issuer (RFC 8414 §3, then OpenID Connect Discovery §4).
 */
export interface IssuerOptions {
  /** `iss`, compared code point by code point (RFC 8725 §3.8). */
  readonly issuer: string;
  /** This API's identifier or identifiers; a token must name one in `aud` (RFC 8725 §3.9). */
  readonly audience: string | readonly string[];
  /** The issuer's public keys (RFC 7517 §5), written out. */
  readonly jwks?: JwkSet;
  /** Where the issuer publishes its keys: an https URL. */
  readonly jwksUri?: string;
  /** A shared secret for HS256, HS384 or HS512: base64 with padding, at least as long as the digest (RFC 7518 §3.2). */
  readonly secretBase64?: string;
  /** Accepted `alg` values. Default: every asymmetric one for public keys, HS256 for `secretBase64`. */
  readonly algorithms?: readonly string[];
  /** Default `generic`. */
  readonly profile?: TokenProfile;
  /** Seconds, 0 to 300; default 5. */
  readonly clockToleranceSeconds?: number;
  /** Longest accepted time from `iat` to `exp`, in seconds; default 3600. */
  readonly maxLifetimeSeconds?: number;
  /** Longest accepted time since `iat`, in seconds; unset means that the lifetime alone decides. */
  readonly maxTokenAgeSeconds?: number;
  /**
   * `check` asks the revocation store of `createAuth` about each token: itself, its session (`sid`), its subject, its client. A store that
   * is down refuses with 503. Default `off`.
   */
  readonly revocation?: RevocationMode;
  /** Which claims say what a token may do; default: `scope` alone. */
  readonly map?: ClaimMapOptions;
  /** How keys from elsewhere are fetched and kept. */
  readonly keySet?: KeySetOptions;
  /** Fetches the documents; default: the global `fetch`, as it is when it is used. */
  readonly fetch?: Fetch;
  /** Also takes `http` URLs for keys and metadata, for tests: whoever can change such an answer can sign tokens. Default false. */
  readonly allowInsecureHttp?: boolean;
}

/** What belongs to one issuer, checked and filled in. */
export interface IssuerSettings extends ClaimRules {
  readonly issuer: string;
  readonly algorithms: readonly string[];
  readonly keys: KeySource;
  /** Of an issuer that is one tenant's. */
  readonly tenant?: string;
  readonly revocation: RevocationMode;
}

export const issuerMembers = [
  'issuer', 'audience', 'jwks', 'jwksUri', 'secretBase64', 'algorithms', 'profile', 'clockToleranceSeconds', 'maxLifetimeSeconds',
  'maxTokenAgeSeconds', 'revocation', 'map', 'keySet', 'fetch', 'allowInsecureHttp',
] as const satisfies readonly (keyof IssuerOptions)[]; // prettier-ignore

const maxToleranceSeconds = 300;

/** @throws ConfigurationError with every fault of the options. */
export function checkIssuerOptions(options: IssuerOptions): IssuerSettings {
  const faults = new Faults();
  const { issuer, profile = 'generic' } = options;
  if (typeof issuer !== 'string' || issuer === '')
    faults.add('issuer', 'issuer-required', 'is missing: write the issuer exactly as its tokens name it in iss');
  const audience = checkAudience(options.audience, faults);
  const algorithms = checkAlgorithms(options, faults);
  const keys = faults.within('', () => createKeys(options, algorithms));
  if (profile !== 'generic' && profile !== 'rfc9068')
    faults.add('profile', 'invalid-option', 'must be "generic" or "rfc9068"');
  const revocation = checkRevocationMode(options.revocation, faults);
  const map = faults.within('', () => compileClaimMap(options.map));
  const times = checkTimes(options, faults);
  faults.throwIfAny();
  return Object.freeze({ issuer, audience, algorithms, keys: keys!, profile, map: map!, revocation, ...times });
}

function checkAudience(value: unknown, faults: Faults): readonly string[] {
  const audience: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (audience.length === 0 || !audience.every((item) => typeof item === 'string' && item !== '')) {
    faults.add(
      'audience',
      'audience-required',
      'is missing: write the identifier of this API that its tokens name in aud',
    );
  }
  return Object.freeze([...audience]) as readonly string[];
}

function checkAlgorithms(options: IssuerOptions, faults: Faults): readonly string[] {
  const symmetric = options.secretBase64 !== undefined;
  const algorithms: unknown = options.algorithms ?? (symmetric ? ['HS256'] : asymmetricAlgorithms);
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    faults.add(
      'algorithms',
      'invalid-option',
      'must be a list with at least one algorithm, such as ["RS256", "ES256"]',
    );
    return [];
  }
  for (const name of algorithms as readonly unknown[]) {
    if (typeof name !== 'string' || findAlgorithm(name) === undefined) {
      faults.add(
        'algorithms',
        'unknown-algorithm',
        `has ${JSON.stringify(name)}, which is none of ${asymmetricAlgorithms.join(', ')}, HS256, HS384, HS512`,
      );
      return [];
    }
  }
  const names = algorithms as readonly string[];
  // RFC 8725 §3.1: one key source, one family; else a public key may serve as a secret.
  if (names.some((name) => isSymmetric(name) !== symmetric)) {
    faults.add(
      'algorithms',
      'mixed-algorithm-families',
      symmetric
        ? 'must list HS256, HS384 or HS512 alone beside secretBase64; give public keys a scheme of their own'
        : 'must not list HS256, HS384 or HS512 beside public keys; give a shared secret a scheme of its own',
    );
  }
  return Object.freeze([...names]);
}

/** @throws ConfigurationError */
function createKeys(options: IssuerOptions, algorithms: readonly string[]): KeySource {
  const { jwks, jwksUri, secretBase64, keySet } = options;
  const faults = new Faults();
  const given = [jwks, jwksUri, secretBase64].filter((each) => each !== undefined);
  if (given.length > 1)
    faults.add(
      'jwks',
      'keys-required',
      'write one of jwks (public keys), jwksUri (where they lie) and secretBase64 (a shared secret), or none for discovery',
    );
  else if (keySet !== undefined && (jwks !== undefined || secretBase64 !== undefined))
    faults.add('keySet', 'contradicting-options', 'is for keys that are fetched: leave it out, or write jwksUri');
  faults.throwIfAny();
  if (jwks !== undefined) return createStaticKeys(jwks);
  return secretBase64 === undefined
    ? createIssuerKeys(options)
    : createSecretKey(readSharedSecret(secretBase64, algorithms));
}

const isAtLeast = (value: unknown, least: number): value is number => typeof value === 'number' && value >= least;

function checkTimes(
  options: IssuerOptions,
  faults: Faults,
): Pick<ClaimRules, 'clockToleranceSeconds' | 'maxLifetimeSeconds' | 'maxTokenAgeSeconds'> {
  const { clockToleranceSeconds = 5, maxLifetimeSeconds = 3600, maxTokenAgeSeconds } = options;
  if (!isAtLeast(clockToleranceSeconds, 0))
    faults.add(
      'clockToleranceSeconds',
      'invalid-option',
      `must be a number of seconds from 0 to ${maxToleranceSeconds}`,
    );
  else if (clockToleranceSeconds > maxToleranceSeconds) {
    faults.add(
      'clockToleranceSeconds',
      'tolerance-too-large',
      `must be at most ${maxToleranceSeconds} seconds; a clock that is further off needs mending`,
    );
  }
  if (!(isAtLeast(maxLifetimeSeconds, 0) && maxLifetimeSeconds > 0))
    faults.add('maxLifetimeSeconds', 'invalid-option', 'must be a positive number of seconds');
  if (maxTokenAgeSeconds !== undefined && !(isAtLeast(maxTokenAgeSeconds, 0) && maxTokenAgeSeconds > 0))
    faults.add('maxTokenAgeSeconds', 'invalid-option', 'must be a positive number of seconds');
  return { clockToleranceSeconds, maxLifetimeSeconds, maxTokenAgeSeconds };
}
