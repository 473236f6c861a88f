import type { JsonObject } from '../../base/strict-json.js';
import type { JwkSet, KeySource } from '../../contracts/key.js';
import type { Client } from '../../client-authentication/authenticate.js';
import { checkClientOptions, clientMembers, type ClientOptions } from '../../client-authentication/options.js';
import { Faults } from '../../errors/faults.js';
import { findUrlFault } from '../../http/document-fetcher.js';
import type { ExchangeFetch } from '../../http/exchange.js';
import { isDiscoverable } from '../../keys/discovery.js';
import {
  accessTokenMembers,
  checkAccessTokenOptions,
  type AccessTokenOptions,
  type AccessTokenSettings,
} from '../access-token/options.js';
import { checkRevocationMode, type RevocationMode } from '../access-token/revocation.js';
import { compileClaimMap, type ClaimMap, type ClaimMapOptions } from '../jwt/claim-map.js';
import { checkAnswerKeys } from './answer-keys.js';

/** `off`: answers are plain JSON. `allow`: signed answers are asked for, and plain ones taken. `require`: signed ones alone (RFC 9701). */
export type SignedResponse = 'off' | 'allow' | 'require';

/** Options of `introspection()`. Write `endpoint`, or `issuer` alone: then the endpoint is found by discovery (RFC 8414 §3). */
export interface IntrospectionOptions<Claims extends object = JsonObject> extends AccessTokenOptions, ClientOptions {
  /** Where tokens are asked about: an https URL. */
  readonly endpoint?: string;
  /** Whose tokens they are. An answer that names another issuer is refused; one without `iss` is taken for this one's. */
  readonly issuer?: string;
  /**
   * This API's identifier or identifiers; an answer must name one in `aud`. Unset: the authorization server alone decides what may
   * be used here, by our client id, as RFC 7662 §4 asks of it.
   */
  readonly audience?: string | readonly string[];
  /** Also takes answers without `aud`: the authorization server is trusted to have looked. Default false. */
  readonly allowMissingAudience?: boolean;
  /** How long an answer is kept, in seconds, 0 to 300, and never beyond `exp`; default 30. So long a revoked token may pass, but for `revocation`. */
  readonly cacheSeconds?: number;
  /**
   * `check` asks the revocation store of `createAuth` about each token that is active, also while its answer is kept: itself (`jti`),
   * its session (`sid`), its subject, its client. A store that is down refuses with 503. Default `off`.
   */
  readonly revocation?: RevocationMode;
  /** Default `off`. The other two need `issuer`, whose keys sign the answers. */
  readonly signedResponse?: SignedResponse;
  /** The issuer's public keys for signed answers. Unset: `jwksUri`, or discovery. */
  readonly jwks?: JwkSet;
  readonly jwksUri?: string;
  /** Seconds for one answer, above 0 and up to 60; default 1. */
  readonly timeoutSeconds?: number;
  /** Seconds, 0 to 300; default 5. */
  readonly clockToleranceSeconds?: number;
  /** Which members of the answer say what a token may do; default: `scope` alone. */
  readonly map?: ClaimMapOptions;
  /** Sends the requests; default: the global `fetch`. For `tls_client_auth` it is one that brings the certificate. */
  readonly fetch?: ExchangeFetch;
  /** Also takes `http` URLs, for tests: whoever can read such a request has our secret and the caller's token. Default false. */
  readonly allowInsecureHttp?: boolean;
  /** Gives the members of the answer their type: what it answers is `principal.claims`. Default: the whole answer. */
  readonly claims?: (claims: JsonObject) => Claims;
}

/** Options of `introspection()`, checked and filled in. */
export interface IntrospectionSettings {
  readonly accessToken: AccessTokenSettings;
  readonly client: Client;
  /** Unset: by discovery from the issuer. */
  readonly endpoint: URL | undefined;
  readonly issuer: string | undefined;
  /** Empty where the authorization server alone decides. */
  readonly audience: readonly string[];
  readonly allowMissingAudience: boolean;
  readonly cacheSeconds: number;
  readonly revocation: RevocationMode;
  readonly signedResponse: SignedResponse;
  /** Unset where answers are plain. */
  readonly answerKeys: KeySource | undefined;
  readonly timeoutSeconds: number;
  readonly clockToleranceSeconds: number;
  readonly map: ClaimMap;
  readonly fetch: ExchangeFetch | undefined;
  readonly allowInsecureHttp: boolean;
}

const members = [
  ...accessTokenMembers, ...clientMembers, 'endpoint', 'issuer', 'audience', 'allowMissingAudience', 'cacheSeconds', 'revocation', 'signedResponse',
  'jwks', 'jwksUri', 'timeoutSeconds', 'clockToleranceSeconds', 'map', 'fetch', 'allowInsecureHttp', 'claims',
] as const satisfies readonly (keyof IntrospectionOptions)[]; // prettier-ignore

/** @throws ConfigurationError with every fault of the options. */
export function checkIntrospectionOptions(options: IntrospectionOptions<object>): IntrospectionSettings {
  const faults = new Faults();
  faults.addUnknown(options, members);
  const { signedResponse = 'off', allowInsecureHttp = false, fetch, claims } = options;
  const client = checkClientOptions(options, faults);
  checkPlace(options, faults);
  const audience = checkAudience(options, faults);
  const issuers = typeof options.issuer === 'string' ? [options.issuer] : [];
  const accessToken = checkAccessTokenOptions(options, faults, { audience, issuers, allowInsecureHttp });
  const times = checkTimes(options, faults);
  const revocation = checkRevocationMode(options.revocation, faults);
  const map = faults.within('', () => compileClaimMap(options.map));
  if (typeof allowInsecureHttp !== 'boolean')
    faults.add('allowInsecureHttp', 'invalid-option', 'must be true or false');
  for (const [name, value] of Object.entries({ fetch, claims }))
    if (value !== undefined && typeof value !== 'function') faults.add(name, 'invalid-option', 'must be a function');
  const answerKeys = checkAnswerKeys(options, faults);
  faults.throwIfAny();
  const { endpoint, issuer, allowMissingAudience = false } = options;
  return Object.freeze({
    accessToken,
    client,
    endpoint: endpoint === undefined ? undefined : new URL(endpoint),
    issuer,
    audience,
    allowMissingAudience,
    revocation,
    signedResponse,
    answerKeys,
    ...times,
    map: map!,
    fetch,
    allowInsecureHttp,
  });
}

function checkPlace(
  { endpoint, issuer, allowInsecureHttp = false }: IntrospectionOptions<object>,
  faults: Faults,
): void {
  if (issuer !== undefined && (typeof issuer !== 'string' || issuer === ''))
    faults.add('issuer', 'invalid-option', 'must be the issuer exactly as it names itself');
  if (endpoint === undefined && (typeof issuer !== 'string' || !isDiscoverable(issuer))) {
    faults.add(
      'endpoint',
      'endpoint-required',
      'is missing: write the URL of the introspection endpoint, or an issuer that is a URL, from which it can be found',
    );
    return;
  }
  const fault = findUrlFault(endpoint ?? issuer, allowInsecureHttp);
  const name = endpoint === undefined ? 'issuer' : 'endpoint';
  if (fault === 'insecure-url')
    faults.add(name, fault, 'must be an https URL without user name and password (for tests: allowInsecureHttp)');
  else if (fault !== undefined) faults.add(name, fault, 'must be an absolute https URL without a fragment');
}

function checkAudience(options: IntrospectionOptions<object>, faults: Faults): readonly string[] {
  const { audience = [], allowMissingAudience } = options;
  const list: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
  if (
    !list.every((item) => typeof item === 'string' && item !== '') ||
    (Array.isArray(options.audience) && list.length === 0)
  )
    faults.add('audience', 'audience-required', 'must be the identifier of this API, or a list of these, not empty');
  if (allowMissingAudience !== undefined && typeof allowMissingAudience !== 'boolean')
    faults.add('allowMissingAudience', 'invalid-option', 'must be true or false');
  else if (allowMissingAudience === true && options.audience === undefined)
    faults.add(
      'allowMissingAudience',
      'contradicting-options',
      'is for an API with an audience: write one, or leave it out',
    );
  return Object.freeze([...list]) as readonly string[];
}

const isBetween = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most;

function checkTimes(
  options: IntrospectionOptions<object>,
  faults: Faults,
): Pick<IntrospectionSettings, 'cacheSeconds' | 'timeoutSeconds' | 'clockToleranceSeconds'> {
  const { cacheSeconds = 30, timeoutSeconds = 1, clockToleranceSeconds = 5 } = options;
  if (!isBetween(cacheSeconds, 0, 300))
    faults.add(
      'cacheSeconds',
      'invalid-option',
      'must be a number of seconds from 0 to 300: so long a revoked token may pass',
    );
  if (!(isBetween(timeoutSeconds, 0, 60) && timeoutSeconds > 0))
    faults.add('timeoutSeconds', 'invalid-option', 'must be a number of seconds up to 60');
  if (!isBetween(clockToleranceSeconds, 0, 300))
    faults.add('clockToleranceSeconds', 'invalid-option', 'must be a number of seconds from 0 to 300');
  return { cacheSeconds, timeoutSeconds, clockToleranceSeconds };
}
