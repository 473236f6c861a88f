import type { Awaitable } from '../contracts/awaitable.js';
import type { Answer } from '../contracts/decision.js';
import type { AuthRequest } from '../contracts/request.js';
import type { RevocationStore } from '../contracts/stores.js';
import { Faults } from '../errors/faults.js';
import { createMemoryRevocation } from '../stores/memory/revocation.js';
import { createMemoryTokens } from '../stores/memory/tokens.js';
import type { TokenStore } from '../stores/tokens.js';
import { checkNonces, type NonceOptions } from '../confirmation/nonce-options.js';
import type { DpopNonces } from '../confirmation/dpop-nonce.js';
import type { CertificateScheme } from './client-certificate.js';
import { checkAssertionIssuers, type AssertionIssuer, type AssertionIssuers } from './assertion-issuers.js';
import { checkClients, type Client, type ClientDefaults, type IssuerClient } from './clients.js';
import { checkSigning, type IssuerSigningOptions, type SigningSettings } from './signing-options.js';

/** Who signed in, and how. */
export interface SignedIn {
  readonly subject: string;
  /** Seconds since the epoch. */
  readonly authenticatedAt?: number;
  readonly acr?: string;
}

/** What somebody is asked to sign in for. */
export interface LoginRequest {
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/** Options of `createIssuer()`. */
export interface IssuerOptions extends NonceOptions {
  /** `iss` of all tokens: an https URL without query and fragment (RFC 8414 §2); http on loopback alone. */
  readonly issuer: string;
  /** Where the handlers lie; default: the path of the issuer. */
  readonly mount?: string;
  readonly clients: readonly IssuerClient[];
  /** Whose certificates are taken for `tls_client_auth`: `mtls()` of `@auth/core/mtls`, whose subjects are client ids. */
  readonly clientCertificates?: CertificateScheme;
  /** Whose assertions are taken, for clients with the grant `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523). Default: nobody's. */
  readonly assertionIssuers?: readonly AssertionIssuer[];
  /** 900 to 3600 (15 to 60 minutes); default 900. */
  readonly accessTokenSeconds?: number;
  /** How long a refresh token is good unless it is used: 7 to 30 days in seconds; default 7 days. */
  readonly refreshTokenSeconds?: number;
  /** How long a family of refresh tokens is good at most; default 30 days, at most a year. */
  readonly refreshAbsoluteSeconds?: number;
  /** That of clients that say nothing else: 0 to 60; default 0 for public clients, 10 for others. */
  readonly reuseGraceSeconds?: number;
  /** Takes lifetimes beyond these bounds. */
  readonly insecureLifetimes?: boolean;
  /** With keys of its own, in memory, unless it says otherwise. */
  readonly signing?: IssuerSigningOptions;
  /** How long a key signs: an hour to a year; default 30 days. */
  readonly keyRotationSeconds?: number;
  /** How long a key is published before it signs: at least as long as verifiers keep a key set; 330 at least, default 900. */
  readonly keyPublishSeconds?: number;
  /** Refresh tokens, codes; default: in memory. */
  readonly tokens?: TokenStore;
  /** The one that `createAuth({ stores })` has, so that revoked tokens are refused; default: one in memory, for introspection alone. */
  readonly revocation?: RevocationStore;
  /**
   * Signs a person in, for codes: answers who it is; what to send instead (a page, a redirect to one); or null where they declined.
   * Must itself make sure that the person is the one who is asked (a session of theirs, protected against forgery).
   */
  readonly login?: (request: AuthRequest, asked: LoginRequest) => Awaitable<SignedIn | Answer | null>;
  /** Whether a subject may still have tokens, asked at each refresh; default: always. */
  readonly isActive?: (subject: string) => Awaitable<boolean>;
}

/** Options of `createIssuer()`, checked and filled in. */
export interface IssuerSettings extends SigningSettings {
  readonly issuer: string;
  readonly mount: string;
  readonly clients: ReadonlyMap<string, Client>;
  readonly clientCertificates: CertificateScheme | undefined;
  readonly nonces: DpopNonces | undefined;
  readonly assertionIssuers: AssertionIssuers;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly refreshAbsoluteSeconds: number;
  readonly keyRotationSeconds: number;
  readonly keyPublishSeconds: number;
  readonly tokens: TokenStore;
  readonly revocation: RevocationStore;
  readonly login: IssuerOptions['login'];
  readonly isActive: (subject: string) => Awaitable<boolean>;
}

const known = [
  'issuer', 'mount', 'clients', 'accessTokenSeconds', 'refreshTokenSeconds', 'refreshAbsoluteSeconds', 'reuseGraceSeconds', 'insecureLifetimes', 'signing',
  'keyRotationSeconds', 'keyPublishSeconds', 'tokens', 'revocation', 'login', 'isActive',
  'clientCertificates', 'dpopNonce', 'dpopNonceSecretBase64', 'assertionIssuers',
]; // prettier-ignore
const minute = 60;
// What caches on the way may keep (`Cache-Control` of the key set), and how old the view of another process may be.
const leastPublishSeconds = 330;
const day = 86_400;

/** @throws ConfigurationError with every fault of the options. */
export function checkIssuerOptions(options: IssuerOptions): IssuerSettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const url = checkIssuer(options.issuer, faults);
  const mount = options.mount ?? (url?.pathname ?? '').replace(/\/$/, '');
  if (typeof mount !== 'string' || !/^(?:\/[\w.~-]+)*$/.test(mount))
    faults.add('mount', 'invalid-option', 'must be a path, such as "/oauth"');
  const clients = faults.within('', () => checkClients(options.clients, options as ClientDefaults));
  const lifetimes = checkLifetimes(options, faults);
  const { signing = {}, keyRotationSeconds = 30 * day, keyPublishSeconds = 900, login, isActive } = options;
  const signs = faults.within('signing', () => checkSigning(signing, options.issuer));
  if (!(keyRotationSeconds >= 3600 && keyRotationSeconds <= 366 * day))
    faults.add('keyRotationSeconds', 'lifetime-out-of-range', 'must be 3600 (an hour) to 31622400 (a year)');
  if (!(keyPublishSeconds >= leastPublishSeconds && keyPublishSeconds < keyRotationSeconds))
    faults.add(
      'keyPublishSeconds',
      'invalid-option',
      `must be at least ${leastPublishSeconds}, since others keep the key set for so long, and less than keyRotationSeconds`,
    );
  for (const [name, each] of Object.entries({ login, isActive }))
    if (each !== undefined && typeof each !== 'function') faults.add(name, 'invalid-option', 'must be a function');
  const nonces = checkNonces(options, faults);
  const assertionIssuers = checkAssertionIssuers(options.assertionIssuers, faults);
  const { clientCertificates } = options;
  if (clientCertificates !== undefined && clientCertificates?.type !== 'mtls')
    faults.add('clientCertificates', 'invalid-option', 'must be what mtls() makes');
  if (
    clientCertificates === undefined &&
    [...(clients?.values() ?? [])].some(({ method }) => method === 'tls_client_auth')
  )
    faults.add(
      'clientCertificates',
      'client-certificates-required',
      'is needed for tls_client_auth: mtls({ ca, subjects: [{ subjectDn, subject: clientId }] })',
    );
  faults.throwIfAny();
  return {
    issuer: options.issuer,
    mount,
    clients: clients!,
    clientCertificates,
    nonces,
    assertionIssuers,
    ...lifetimes,
    ...signs!,
    keyRotationSeconds,
    keyPublishSeconds,
    tokens: options.tokens ?? createMemoryTokens(),
    revocation: options.revocation ?? createMemoryRevocation(),
    login,
    // What somebody wrote may answer anything: nothing but true keeps a grant alive.
    isActive: isActive === undefined ? () => true : async (subject) => ((await isActive(subject)) as unknown) === true,
  };
}

function checkIssuer(issuer: unknown, faults: Faults): URL | undefined {
  const url = typeof issuer === 'string' && URL.canParse(issuer) ? new URL(issuer) : undefined;
  const isLoopback = url !== undefined && /^(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname);
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback);
  if (secure && !/[?#]/.test(issuer as string) && url.username === '') return url;
  faults.add('issuer', 'issuer-required', 'must be an https URL without query and fragment (http on loopback alone)');
  return undefined;
}

type Lifetimes = Pick<IssuerSettings, 'accessTokenSeconds' | 'refreshTokenSeconds' | 'refreshAbsoluteSeconds'>;

function checkLifetimes(options: IssuerOptions, faults: Faults): Lifetimes {
  const lifetimes: Lifetimes = {
    accessTokenSeconds: options.accessTokenSeconds ?? 15 * minute,
    refreshTokenSeconds: options.refreshTokenSeconds ?? 7 * day,
    refreshAbsoluteSeconds: options.refreshAbsoluteSeconds ?? 30 * day,
  };
  const bounds = {
    accessTokenSeconds: [15 * minute, 60 * minute],
    refreshTokenSeconds: [7 * day, 30 * day],
    refreshAbsoluteSeconds: [7 * day, 366 * day],
  } as const;
  const { insecureLifetimes = false } = options;
  if (typeof insecureLifetimes !== 'boolean')
    faults.add('insecureLifetimes', 'invalid-option', 'must be true or false');
  for (const name of Object.keys(bounds) as (keyof Lifetimes)[]) {
    const [least, most] = insecureLifetimes ? ([1, 10 * 366 * day] as const) : bounds[name];
    const seconds: unknown = lifetimes[name];
    if (!(typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= least && seconds <= most))
      faults.add(
        name,
        'lifetime-out-of-range',
        `must be ${least} to ${most} seconds, unless insecureLifetimes is true`,
      );
  }
  return lifetimes;
}
