import { after } from '../../base/awaitable.js';
import type { EventAnnotations } from '../../contracts/audit-event.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Failure } from '../../contracts/failure.js';
import type { NoClaims } from '../../contracts/principal.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Context, Limits, Scheme, SecurityScheme, Verified } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { createAddressSet, type AddressSet } from '../../http/addresses.js';
import { errorParameters, formatChallenge } from '../../http/challenge.js';
import { askStore } from '../../stores/ask-store.js';
import type { ApiKeyRecord } from '../../stores/credentials.js';
import { hashOfKey } from './entries.js';
import { extractKey, type ApiKeyCredentials } from './extract.js';
import { checkApiKeyOptions, type ApiKeyOptions, type ApiKeySettings } from './options.js';
import { UseCounter } from './use-counter.js';

/** What `apiKey()` answers. */
export type ApiKeyScheme = Scheme<'apiKey', NoClaims, ApiKeyCredentials>;

const noClaims: NoClaims = Object.freeze({});
const unknownKey = failure('unknown-key', { code: 'invalid-credentials' });

/**
 * Makes a scheme that takes API keys from a field of their own or from `Authorization: ApiKey`; from elsewhere where the options
 * say so.
 *
 * Checks: one key in one place; prefix, environment, length, alphabet and checksum, before any look-up; that it was issued, is not
 * revoked, replaced, switched off, early or expired; the address of the caller, where the key is bound to some. The store is
 * asked by a hash of the whole key. Uses are counted, and written to a store with `recordUse` in batches.
 * Does not check: how often a key is used: the guard does, by `limit` of the key or by its own.
 * @throws ConfigurationError with every fault of the options.
 * @example apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1', scopes: ['orders:read'] }] })
 * @example apiKey({ prefix: 'acme', environment: 'live', store, location: ['header', 'bearer'] })
 */
export function apiKey(options: ApiKeyOptions): ApiKeyScheme {
  const settings = checkApiKeyOptions(options);
  const { store, useFlushSeconds } = settings;
  const uses = store.recordUse && new UseCounter((batch, signal) => store.recordUse?.(batch, signal), useFlushSeconds);
  return Object.freeze({
    type: 'apiKey',
    securityScheme: securitySchemeOf(settings),
    extract: (request: AuthRequest, limits: Limits) => extractKey(settings, request, limits),
    verify: ({ key }: ApiKeyCredentials, _request: AuthRequest, context: Context) =>
      after(findRecord(settings, key, context), (record) => {
        const refused = judge(record, context);
        if (record === undefined || refused !== undefined) return refused ?? unknownKey;
        uses?.count(record.id, context);
        return verified(record);
      }),
    recheck: ({ key }: ApiKeyCredentials, _request: AuthRequest, context: Context) =>
      after(findRecord(settings, key, context), (record) => judge(record, context)),
    challenge: (realm: string, failed?: Failure) => ({
      headers: [
        [
          'www-authenticate',
          formatChallenge('ApiKey', [['realm', settings.realm ?? realm], ...scopeParameters(failed)]),
        ] as const,
      ],
    }),
    close: () => uses?.close(),
  } satisfies ApiKeyScheme);
}

/** Where a key stands first. */
function securitySchemeOf({ locations, header }: ApiKeySettings): SecurityScheme {
  if (locations.has('header')) return { type: 'apiKey', in: 'header', name: header };
  return { type: 'http', scheme: locations.has('bearer') ? 'bearer' : 'ApiKey' };
}

function findRecord({ store }: ApiKeySettings, key: string, { signal }: Context): Awaitable<ApiKeyRecord | undefined> {
  return askStore(() => store.findApiKey(hashOfKey(key), signal), signal);
}

/** All of these look alike to the caller: whether a key once existed is nobody's business. */
function judge(record: ApiKeyRecord | undefined, { clock, clientAddress }: Context): Failure | undefined {
  const now = clock.now();
  if (record === undefined) return unknownKey;
  if (record.revoked || (record.replacedUntil !== undefined && now >= record.replacedUntil))
    return failure('key-revoked');
  if (record.disabled) return failure('subject-disabled');
  if (record.notBefore !== undefined && now < record.notBefore) return failure('key-not-yet-valid');
  if (record.expiresAt !== undefined && now >= record.expiresAt) return failure('key-expired');
  if (record.addresses !== undefined && !addressesOf(record.addresses).has(clientAddress))
    return failure('address-not-allowed');
  return undefined;
}

function verified(record: ApiKeyRecord): Verified<NoClaims> {
  return {
    kind: 'verified',
    ...(record.limit !== undefined && { limit: record.limit }),
    ...(record.replacedUntil !== undefined && { annotations: annotate(record.replacedUntil) }),
    principal: Object.freeze({
      issuer: null,
      subject: record.subject,
      credentialId: record.id,
      scopes: new Set(record.scopes),
      roles: new Set(record.roles),
      claims: noClaims,
      ...endOf(record),
    }),
  };
}

/** The earlier of its expiry and the end of its grace. */
function endOf({ expiresAt = Infinity, replacedUntil = Infinity }: ApiKeyRecord): { readonly expiresAt?: number } {
  const end = Math.min(expiresAt, replacedUntil);
  return end === Infinity ? {} : { expiresAt: end };
}

const addressSets = new WeakMap<readonly string[], AddressSet>();

/** Read once a list: stores that keep lists apart from records answer the same one each time. */
function addressesOf(addresses: readonly string[]): AddressSet {
  let set = addressSets.get(addresses);
  if (set === undefined) addressSets.set(addresses, (set = createAddressSet(addresses)));
  return set;
}

/** The event tells that a key in its grace was used, so that its owner can be found before it ends. */
function annotate(graceEndsAt: number): EventAnnotations {
  return { rotatedKey: true, graceEndsAt: new Date(graceEndsAt * 1000).toISOString() };
}

/** Decision: ApiKey has no registered `error`; only missing scopes are told, by analogy with RFC 6750 §3.1. */
function scopeParameters(failed: Failure | undefined): ReturnType<typeof errorParameters> {
  return failed?.code === 'insufficient-scope' ? errorParameters(failed) : [];
}
