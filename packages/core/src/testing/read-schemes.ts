import type { Schemes } from '../contracts/requirement.js';
import type { Scheme } from '../contracts/scheme.js';
import type { SessionStore } from '../contracts/stores.js';
import type { ServerTls } from '../node/server-tls.js';
import { watchFile, type WatchedFile } from '../node/watch-file.js';
import { configurationError } from '../errors/configuration-error.js';
import { Faults } from '../errors/faults.js';
import { apiKey, type ApiKeyManagerOptions, type ApiKeyOptions } from '../schemes/api-key/index.js';
import { readApiKeys } from '../schemes/api-key/entries.js';
import { checkApiKeyOptions } from '../schemes/api-key/options.js';
import { basic, type BasicOptions } from '../schemes/basic/index.js';
import { checkBasicOptions } from '../schemes/basic/options.js';
import { prepareUsername } from '../schemes/basic/username.js';
import { hmac, type HmacOptions } from '../schemes/hmac/index.js';
import { httpSignature, type HttpSignatureOptions } from '../schemes/http-signature/index.js';
import { introspection, type IntrospectionOptions } from '../schemes/introspection/index.js';
import { jwt, type JwtOptions } from '../schemes/jwt/index.js';
import { mtls, type MtlsOptions } from '../schemes/mtls/index.js';
import { oidc, type OidcOptions } from '../schemes/oidc/index.js';
import { session, type SessionOptions } from '../schemes/session/index.js';
import type { ApiKeyStore } from '../stores/credentials.js';
import { isObject, withoutLater, type Later, type Members } from './members.js';
import type { StoreHooks } from './read-stores.js';

/** The keys of a scheme, for whoever manages them. */
export type ConfiguredKeys = Pick<ApiKeyManagerOptions, 'prefix' | 'environment' | 'store'>;

/** What the schemes of a configuration share with its other parts. */
export interface SchemesContext {
  /** Whose authorities and revocation lists `mtls` takes, unless it has its own. */
  readonly tls: ServerTls | undefined;
  readonly hooks: StoreHooks | undefined;
  /** Unset: in memory. */
  readonly sessions: SessionStore | undefined;
  /** By scheme: filled while they are read. */
  readonly keysOf: Map<string, ConfiguredKeys>;
}

// Sender constraint is the scheme's, whoever issued the token: an entry of `issuers` can only say that it asks for none.
const laterOfEntry: Later = { dpop: ['off'], dpopNonce: ['off'] };
const nothingLater: Later = {};

/** Stands for a scheme that is faulty, so that what names it is not called faulty as well. */
const standIn: Scheme = Object.freeze({
  type: 'faulty',
  extract: () => ({ kind: 'absent' as const }),
  verify: () => {
    throw configurationError('type', 'invalid-option', 'is faulty');
  },
  challenge: () => ({ headers: [] }),
});

/** Reads `schemes`; a faulty one is there as a stand-in. Every fault has its path from the root of the configuration. */
export function readSchemes(json: unknown, context: SchemesContext, faults: Faults): Schemes {
  if (!isObject(json) || Object.keys(json).length === 0) {
    faults.add('schemes', 'schemes-required', 'must name at least one scheme: { "keys": { "type": "apiKey", … } }');
    return {};
  }
  return Object.fromEntries(
    Object.entries(json).map(([name, options]) => [
      name,
      faults.within(`schemes.${name}`, () => readScheme(name, options, context)) ?? standIn,
    ]),
  );
}

/** What `createAuth` checks its other options with, where there is no scheme. */
export const noSchemes: Schemes = Object.freeze({ none: standIn });

/** Makes a scheme of the options that stand beside `type`. */
type Reader = (options: Members, context: SchemesContext, name: string) => Scheme;

const readers: Readonly<Record<string, Reader>> = {
  apiKey: (options, context, name) => readApiKey(name, built(options, nothingLater), context),
  basic: (options, { hooks }, name) => readBasic(name, built(options, nothingLater), hooks),
  hmac: (options) => hmac(built(options, nothingLater) as unknown as HmacOptions),
  httpSignature: (options) => httpSignature(built(options, nothingLater) as unknown as HttpSignatureOptions),
  introspection: (options) => introspection(built(options, nothingLater) as unknown as IntrospectionOptions),
  jwt: (options) => jwt(readJwt(options)),
  mtls: (options, { tls }) => readMtls(options, tls),
  oidc: (options) => oidc(built(options, nothingLater) as unknown as OidcOptions),
  session: (options, { sessions: store }) =>
    session({ ...built(options, nothingLater), ...(store && { store }) } as unknown as SessionOptions),
};

function readScheme(name: string, json: unknown, context: SchemesContext): Scheme {
  const { type, ...options } = isObject(json) ? json : {};
  const reader = typeof type === 'string' && Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (reader !== undefined) return reader(options, context, name);
  const known = `one of ${Object.keys(readers).join(', ')}`;
  throw configurationError('type', 'invalid-option', `must be ${known}`);
}

/** @throws ConfigurationError where an option asks for what is still to come, or for a store, which JSON cannot hold. */
function built(options: Members, later: Later): Members {
  const faults = new Faults();
  const rest = withoutLater(options, later, faults);
  if (rest['store'] !== undefined) faults.add('store', 'invalid-option', 'cannot be written as JSON: leave it out');
  faults.throwIfAny();
  return rest;
}

/** Of several issuers each has what one alone has. */
function readJwt(options: Members): JwtOptions {
  const faults = new Faults();
  const { issuers, ...others } = built(options, nothingLater);
  if (!Array.isArray(issuers)) return { ...others, ...(issuers !== undefined && { issuers }) } as unknown as JwtOptions;
  const entries = (issuers as readonly unknown[]).map((entry, index) =>
    isObject(entry) ? faults.within(`issuers[${index}]`, () => built(entry, laterOfEntry)) : entry,
  );
  faults.throwIfAny();
  return { ...others, issuers: entries } as unknown as JwtOptions;
}

function readApiKey(scheme: string, options: Members, { hooks, keysOf }: SchemesContext): Scheme {
  const given = options as unknown as ApiKeyOptions;
  const { keys = [], ...others } = given;
  const { prefix, environment } = given;
  // The store that the keys of the configuration are in.
  const { store } = checkApiKeyOptions(given);
  const form = { prefix, ...(environment !== undefined && { environment }) };
  const of = { scheme, ...form, keys: readApiKeys(keys, form, new Faults()) };
  const shared = hooks?.apiKeys(store as ApiKeyStore, of) ?? (store as ApiKeyStore);
  keysOf.set(scheme, { ...form, store: shared });
  return apiKey({ ...others, store: shared });
}

function readBasic(scheme: string, options: BasicOptions, hooks: StoreHooks | undefined): Scheme {
  if (hooks === undefined) return basic(options);
  const { store, usernameProfile } = checkBasicOptions(options);
  const { users = [], ...others } = options;
  const usernames = users.map(({ username }) => prepareUsername(username, usernameProfile)!);
  return basic({ ...others, store: hooks.passwords(store, { scheme, usernames }) });
}

/** Authorities and revocation lists are files. */
export function readMtls(options: Members, tls: ServerTls | undefined): Scheme {
  const faults = new Faults();
  const { ca, intermediates, crl, ...others } = built(options, nothingLater);
  const opened: WatchedFile[] = [];
  const open = (name: 'ca' | 'intermediates' | 'crl', path: unknown): WatchedFile | undefined => {
    if (path === undefined) return name === 'intermediates' ? undefined : tls?.[name];
    if (typeof path !== 'string') faults.add(name, 'invalid-option', 'must be the path of a file in PEM');
    const file = typeof path === 'string' ? faults.within(name, () => watchFile(path)) : undefined;
    if (file !== undefined) opened.push(file);
    return file;
  };
  const files = { ca: open('ca', ca), intermediates: open('intermediates', intermediates), crl: open('crl', crl) };
  const close = (): void => opened.forEach((file) => file.close());
  const given = Object.fromEntries(Object.entries(files).filter(([, file]) => file !== undefined));
  const scheme =
    faults.found.length > 0
      ? undefined
      : faults.within('', () => mtls({ ...others, ...given } as unknown as MtlsOptions));
  if (scheme === undefined) close();
  faults.throwIfAny();
  return { ...scheme!, close };
}
