import { crypto } from '#crypto';

import { toUtf8 } from '../base/bytes.js';
import { constantTimeEqual } from '../base/constant-time.js';
import { parseTime } from '../base/time.js';
import type { JwkSet } from '../contracts/key.js';
import { Faults } from '../errors/faults.js';
import { createStaticKeys, type StaticKeys } from '../keys/static-keys.js';

/** How a client proves who it is, by the names of RFC 8414 §2; `none` is a public client. */
export type ClientAuthenticationMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';

/** What a client may ask for tokens with. */
export type GrantType =
  | 'client_credentials'
  | 'authorization_code'
  | 'refresh_token'
  | 'urn:ietf:params:oauth:grant-type:token-exchange';

/** One of several secrets that are good at the same time, while they are rotated. */
export interface ClientSecret {
  /** For events. */
  readonly id: string;
  readonly secret: string;
  /** Seconds since the epoch, or RFC 3339 text; good while now is before it. */
  readonly expiresAt?: number | string;
}

/** A client of the issuer. */
export interface IssuerClient {
  readonly clientId: string;
  /** Default: `client_secret_basic` with a secret, `private_key_jwt` with `jwks`, else `none`. */
  readonly clientAuthentication?: ClientAuthenticationMethod;
  /** At least 32 random characters: it is compared, not hashed slowly. */
  readonly clientSecret?: string;
  readonly clientSecrets?: readonly ClientSecret[];
  /** Public keys of its assertions. */
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
}

interface HashedSecret {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly expiresAt: number;
}

const methods: readonly unknown[] = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'];
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const grantTypes: readonly string[] = [
  'client_credentials',
  'authorization_code',
  'refresh_token',
  exchangeGrant,
];
const known = [
  'clientId', 'clientAuthentication', 'clientSecret', 'clientSecrets', 'jwks', 'scopes', 'grants', 'resources', 'protects', 'redirectUris',
  'mayExchange', 'reuseGraceSeconds',
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
  const keys = client.jwks === undefined ? undefined : faults.within('', () => createStaticKeys(client.jwks!));
  const grants = checkGrants(client, method, faults);
  const reuseGraceSeconds = checkGrace({ ...defaults, ...client }, method, faults);
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
    reuseGraceSeconds,
  };
}

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
  else if ((method === 'private_key_jwt') !== (jwks !== undefined))
    faults.add('jwks', 'contradicting-options', `${jwks ? 'is never read with' : 'is missing for'} ${method}`);
  return method;
}

function readSecrets({ clientSecret, clientSecrets = [] }: IssuerClient, faults: Faults): readonly HashedSecret[] {
  const all = clientSecret === undefined ? clientSecrets : [{ id: 'secret', secret: clientSecret }, ...clientSecrets];
  return all.flatMap(({ id, secret, expiresAt }: ClientSecret, index) => {
    const end = expiresAt === undefined ? Infinity : parseTime(expiresAt);
    if (typeof secret === 'string' && secret !== '' && typeof id === 'string' && end !== undefined)
      return [{ id, hash: hashSecret(secret), expiresAt: end }];
    faults.add(`clientSecrets[${index}]`, 'invalid-option', 'must be { id, secret, expiresAt }, secret not empty');
    return [];
  });
}

function checkGrants(
  { grants }: IssuerClient,
  method: ClientAuthenticationMethod,
  faults: Faults,
): ReadonlySet<string> {
  const list: readonly string[] = grants ?? (method === 'none' ? [] : ['client_credentials']);
  if (!isTextList(list) || !list.every((grant) => grantTypes.includes(grant)))
    faults.add('grants', 'invalid-option', `must be a list of ${grantTypes.join(', ')}`);
  else if (method === 'none' && (list.includes('client_credentials') || list.includes(exchangeGrant)))
    faults.add('grants', 'invalid-option', 'must not have a grant in which the client itself is proved: it is public');
  return new Set(list);
}

// Decision: 0 for public clients, whose refresh token anybody may have copied; 10 seconds for those that prove themselves.
function checkGrace(
  { reuseGraceSeconds }: Partial<ClientDefaults>,
  method: ClientAuthenticationMethod,
  faults: Faults,
): number {
  const grace = reuseGraceSeconds ?? (method === 'none' ? 0 : 10);
  if (!Number.isFinite(grace) || grace < 0 || grace > 60)
    faults.add('reuseGraceSeconds', 'invalid-option', 'must be a number of seconds from 0 to 60');
  return grace;
}

/** RFC 3986 §4.3, RFC 8707 §2: with a scheme, and no fragment. */
export const isAbsoluteUri = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\S+$/i.test(text) && !text.includes('#');

const hashSecret = (secret: string): Uint8Array => crypto.sha256(toUtf8(secret));
const nobody: readonly HashedSecret[] = [{ id: '', hash: new Uint8Array(32), expiresAt: Number.NEGATIVE_INFINITY }];

/**
 * Finds the secret of a client that a text is. What is compared are hashes, in constant time, and for a client that nobody knows as
 * well.
 * @returns the id of the secret; undefined where it is none, or has expired
 */
export function findSecret(client: Client | undefined, secret: string, now: number): string | undefined {
  const hash = hashSecret(secret);
  let found: string | undefined;
  for (const known of client === undefined || client.secrets.length === 0 ? nobody : client.secrets)
    if (constantTimeEqual(known.hash, hash) && now < known.expiresAt) found = known.id;
  return found;
}

export const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
