import type { JwkSet } from '../contracts/key.js';
import type { ConfirmationMode } from '../contracts/scheme.js';
import { Faults } from '../errors/faults.js';
import { createStaticKeys, type StaticKeys } from '../keys/static-keys.js';
import { readSelfSigned } from './client-certificate.js';
import { readSecrets, type HashedSecret, type SecretOptions } from './client-secrets.js';

/** How a client proves who it is, by the names of RFC 8414 §2; `none` is a public client. */
export type ClientAuthenticationMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'
  | 'none';

/** What a client may ask for tokens with. */
export type GrantType =
  | 'client_credentials'
  | 'authorization_code'
  | 'refresh_token'
  | 'urn:ietf:params:oauth:grant-type:token-exchange'
  | 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** A client of the issuer. */
export interface IssuerClient extends SecretOptions {
  readonly clientId: string;
  /**
   * Default: `client_secret_basic` with a secret, `private_key_jwt` with `jwks`, else `none`. With `tls_client_auth` the option
   * `clientCertificates` of the issuer says whose certificate is this client's.
   */
  readonly clientAuthentication?: ClientAuthenticationMethod;
  /** Public keys of its assertions; for `self_signed_tls_client_auth` its certificates, each in `x5c` (RFC 8705 §2.2.2). */
  readonly jwks?: JwkSet;
  /** What its tokens may do at most; what they do where it asks for nothing in particular. */
  readonly scopes: readonly string[];
  /** Default: `client_credentials`, and for public clients none. */
  readonly grants?: readonly GrantType[];
  /** Resources that it may have tokens for (RFC 8707): the first where it names none. Default: the issuer itself. */
  readonly resources?: readonly string[];
  /** Resources that it is: whose tokens it may ask about. Its own client id always. */
  readonly protects?: readonly string[];
  /** Compared exactly (RFC 9700 §2.1). */
  readonly redirectUris?: readonly string[];
  /** Whether it may act for others in a token exchange; default false. */
  readonly mayExchange?: boolean;
  /** Seconds in which a refresh token that was used may be used again by whoever lost the answer: 0 to 60. */
  readonly reuseGraceSeconds?: number;
  /** Tokens bound to a key (RFC 9449): `allow`, the default, where a proof came; `require`: none without. */
  readonly dpop?: ConfirmationMode;
  /**
   * Tokens bound to the certificate of the connection (RFC 8705 §3): `allow` where one came, `require`: none without. Default `allow`
   * for clients that are proved by one, else `off`.
   */
  readonly certificateBound?: ConfirmationMode;
}

/** A client, checked and filled in. */
export interface Client {
  readonly clientId: string;
  readonly method: ClientAuthenticationMethod;
  readonly secrets: readonly HashedSecret[];
  readonly keys: StaticKeys | undefined;
  readonly scopes: readonly string[];
  readonly grants: ReadonlySet<string>;
  readonly resources: readonly string[];
  readonly protects: ReadonlySet<string>;
  readonly redirectUris: readonly string[];
  readonly mayExchange: boolean;
  readonly reuseGraceSeconds: number;
  /** Of its refresh tokens that are bound to a key: nobody else can use them. */
  readonly boundReuseGraceSeconds: number;
  readonly dpop: ConfirmationMode;
  readonly certificateBound: ConfirmationMode;
  /** SHA-256 of its self-signed certificates. */
  readonly certificates: ReadonlySet<string>;
}

const methods: readonly unknown[] = [
  'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth', 'none',
]; // prettier-ignore
const modes: ReadonlySet<unknown> = new Set(['off', 'allow', 'require']);
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const assertionGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** The client itself must be proved. */
const provedGrants = ['client_credentials', exchangeGrant, assertionGrant];
export const grantTypes: readonly string[] = [
  'client_credentials',
  'authorization_code',
  'refresh_token',
  exchangeGrant,
  assertionGrant,
];
const known = [
  'clientId', 'clientAuthentication', 'clientSecret', 'clientSecrets', 'jwks', 'scopes', 'grants', 'resources', 'protects', 'redirectUris',
  'mayExchange', 'reuseGraceSeconds', 'dpop', 'certificateBound',
]; // prettier-ignore
// RFC 6749 §3.3
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** @throws ConfigurationError with every fault of the clients; none shows a secret. */
export function checkClients(clients: readonly IssuerClient[], defaults: ClientDefaults): ReadonlyMap<string, Client> {
  const faults = new Faults();
  const byId = new Map<string, Client>();
  if (!Array.isArray(clients)) faults.add('clients', 'invalid-option', 'must be a list of clients');
  else
    for (const [index, entry] of clients.entries()) {
      const client = faults.within(`clients[${index}]`, () => checkClient(entry as IssuerClient, defaults));
      if (client === undefined) continue;
      if (byId.has(client.clientId)) faults.add(`clients[${index}].clientId`, 'duplicate-client', 'stands twice');
      byId.set(client.clientId, client);
    }
  faults.throwIfAny();
  return byId;
}

/** What holds for a client that says nothing else. */
export interface ClientDefaults {
  readonly issuer: string;
  readonly reuseGraceSeconds: number | undefined;
}

function checkClient(client: IssuerClient, defaults: ClientDefaults): Client {
  const faults = new Faults();
  if (typeof client !== 'object' || client === null) {
    faults.add('clientId', 'invalid-option', 'is missing: a client is an object');
    faults.throwIfAny();
  }
  faults.addUnknown(client, known);
  const {
    clientId,
    scopes,
    resources = [defaults.issuer],
    protects = [],
    redirectUris = [],
    mayExchange = false,
  } = client;
  if (typeof clientId !== 'string' || !/^[\x20-\x7e]+$/.test(clientId))
    faults.add('clientId', 'invalid-option', 'must be text of visible ASCII characters (RFC 6749 Appendix A.1)');
  if (!isTextList(scopes) || !scopes.every((scope) => scopeToken.test(scope)))
    faults.add('scopes', 'invalid-option', 'must be a list of scopes (RFC 6749 §3.3)');
  for (const [name, list] of Object.entries({ resources, protects, redirectUris }))
    if (!isTextList(list) || !list.every(isAbsoluteUri))
      faults.add(name, 'invalid-option', 'must be a list of absolute URIs without a fragment (RFC 8707 §2)');
  if (isTextList(resources) && resources.length === 0)
    faults.add('resources', 'invalid-option', 'must have at least one, or be left out');
  if (typeof mayExchange !== 'boolean') faults.add('mayExchange', 'invalid-option', 'must be true or false');
  const method = checkMethod(client, faults);
  const secrets = readSecrets(client, faults);
  const isSelfSigned = method === 'self_signed_tls_client_auth';
  const keys =
    client.jwks === undefined || isSelfSigned ? undefined : faults.within('', () => createStaticKeys(client.jwks!));
  const certificates = isSelfSigned ? readSelfSigned(client.jwks, faults) : new Set<string>();
  const { dpop = 'allow', certificateBound = isCertificateMethod(method) ? 'allow' : 'off' } = client;
  for (const [name, mode] of Object.entries({ dpop, certificateBound }))
    if (!modes.has(mode)) faults.add(name, 'invalid-option', 'must be "off", "allow" or "require"');
  const grants = checkGrants(client, method, faults);
  const grace = checkGrace({ ...defaults, ...client }, faults);
  faults.throwIfAny();
  return {
    clientId,
    method,
    secrets,
    keys,
    scopes: [...scopes],
    grants,
    resources: [...resources],
    protects: new Set([clientId, ...protects]),
    redirectUris: [...redirectUris],
    mayExchange,
    // Decision: 0 for the refresh tokens of a public client, which anybody may have copied; 10 seconds where something else is proved.
    reuseGraceSeconds: grace ?? (method === 'none' ? 0 : 10),
    boundReuseGraceSeconds: grace ?? 10,
    dpop,
    certificateBound,
    certificates,
  };
}

const takesKeys = (method: string): boolean => method === 'private_key_jwt' || method === 'self_signed_tls_client_auth';

/** RFC 8705 §2. */
export const isCertificateMethod = (method: ClientAuthenticationMethod): boolean =>
  method === 'tls_client_auth' || method === 'self_signed_tls_client_auth';

function checkMethod(client: IssuerClient, faults: Faults): ClientAuthenticationMethod {
  const { clientSecret, clientSecrets, jwks } = client;
  const hasSecret = clientSecret !== undefined || clientSecrets !== undefined;
  const method = client.clientAuthentication ?? (hasSecret ? 'client_secret_basic' : jwks ? 'private_key_jwt' : 'none');
  if (!methods.includes(method))
    faults.add('clientAuthentication', 'invalid-option', `must be one of ${methods.map(String).join(', ')}`);
  else if (method.startsWith('client_secret') !== hasSecret)
    faults.add(
      'clientSecret',
      'contradicting-options',
      `${hasSecret ? 'is never read with' : 'is missing for'} ${method}`,
    );
  else if (takesKeys(method) !== (jwks !== undefined))
    faults.add('jwks', 'contradicting-options', `${jwks ? 'is never read with' : 'is missing for'} ${method}`);
  return method;
}

function checkGrants(
  { grants }: IssuerClient,
  method: ClientAuthenticationMethod,
  faults: Faults,
): ReadonlySet<string> {
  const list: readonly string[] = grants ?? (method === 'none' ? [] : ['client_credentials']);
  if (!isTextList(list) || !list.every((grant) => grantTypes.includes(grant)))
    faults.add('grants', 'invalid-option', `must be a list of ${grantTypes.join(', ')}`);
  else if (method === 'none' && provedGrants.some((grant) => list.includes(grant)))
    faults.add('grants', 'invalid-option', 'must not have a grant in which the client itself is proved: it is public');
  return new Set(list);
}

function checkGrace({ reuseGraceSeconds: grace }: Partial<ClientDefaults>, faults: Faults): number | undefined {
  if (grace !== undefined && !(Number.isFinite(grace) && grace >= 0 && grace <= 60))
    faults.add('reuseGraceSeconds', 'invalid-option', 'must be a number of seconds from 0 to 60');
  return grace;
}

/** RFC 3986 §4.3, RFC 8707 §2: with a scheme, and no fragment. */
export const isAbsoluteUri = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\S+$/i.test(text) && !text.includes('#');

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
