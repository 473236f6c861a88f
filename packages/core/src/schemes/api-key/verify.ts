import { after } from '../../base/awaitable.js';
import type { EventAnnotations } from '../../contracts/audit-event.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Failure } from '../../contracts/failure.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Context, Extracted, Limits, Scheme, Verified } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { createAddressSet, type AddressSet } from '../../http/addresses.js';
import { hasQueryParameter, parseAuthorization } from '../../http/authorization.js';
import { errorParameters, formatChallenge } from '../../http/challenge.js';
import { askStore } from '../../stores/ask-store.js';
import type { ApiKeyRecord } from '../../stores/credentials.js';
import { hashOfKey } from './entries.js';
import { isWellFormedKey } from './key-format.js';
import { checkApiKeyOptions, type ApiKeyOptions, type ApiKeySettings } from './options.js';

/** API keys carry no claims. */
export type NoClaims = Record<never, never>;

/** An API key of the right form; whether it was ever issued is not known. */
export interface ApiKeyCredentials {
  readonly key: string;
}

/** What `apiKey()` answers. */
export type ApiKeyScheme = Scheme<'apiKey', NoClaims, ApiKeyCredentials>;

const noClaims: NoClaims = Object.freeze({});
const unknownKey = failure('unknown-key', { code: 'invalid-credentials' });

/**
 * Makes a scheme that takes API keys from a field of their own or from `Authorization: ApiKey`, never from the query.
 *
 * Checks: one key in one place; prefix, length, alphabet and checksum, before any look-up; that it was issued, is not
 * revoked and not expired. The store is asked by a hash of the whole key.
 * @throws ConfigurationError with every fault of the options.
 * @example apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1', scopes: ['orders:read'] }] })
 */
export function apiKey(options: ApiKeyOptions): ApiKeyScheme {
  const settings = checkApiKeyOptions(options);
  return Object.freeze({
    type: 'apiKey',
    extract: (request: AuthRequest, limits: Limits) => extract(settings, request, limits),
    verify: ({ key }: ApiKeyCredentials, _request: AuthRequest, context: Context) =>
      after(findRecord(settings, key, context), (record) => judge(record, context)),
    challenge: (realm: string, failed?: Failure) => ({
      headers: [
        [
          'www-authenticate',
          formatChallenge('ApiKey', [['realm', settings.realm ?? realm], ...scopeParameters(failed)]),
        ] as const,
      ],
    }),
  } satisfies ApiKeyScheme);
}

function findRecord({ store }: ApiKeySettings, key: string, { signal }: Context): Awaitable<ApiKeyRecord | undefined> {
  return askStore(() => store.findApiKey(hashOfKey(key), signal), signal);
}

function extract(settings: ApiKeySettings, request: AuthRequest, limits: Limits): Extracted<ApiKeyCredentials> {
  const lines = request.headers.getAll(settings.header);
  const authorization = parseAuthorization(request);
  if (authorization.kind === 'failure') return authorization;
  const authorized = authorization.kind === 'authorization' && authorization.authScheme === 'apikey';
  const inQuery = hasQueryParameter(request.target, 'api_key');
  if (lines.length + Number(authorized) + Number(inQuery && (lines.length > 0 || authorized)) > 1)
    return failure('duplicate-credentials');
  if (authorized && authorization.rest === '') return failure('malformed-authorization');
  const key = authorized ? authorization.rest : lines[0];
  if (key !== undefined) return toCredentials(settings, key, authorized ? 'authorization' : settings.header, limits);
  if (inQuery) return { kind: 'foreign', field: 'query', failure: failure('credential-in-query') };
  if (authorization.kind === 'authorization')
    return { kind: 'foreign', field: 'authorization', failure: failure('unsupported-scheme') };
  return { kind: 'absent' };
}

function toCredentials(
  { prefix }: ApiKeySettings,
  key: string,
  field: string,
  limits: Limits,
): Extracted<ApiKeyCredentials> {
  if (key.length > limits.maxCredentialBytes) return failure('credential-too-large');
  // A comma is what Node and proxies make of two field lines.
  if (key.includes(',')) return failure('duplicate-credentials');
  if (!isWellFormedKey(key, prefix)) return failure('key-malformed');
  return { kind: 'credentials', field, credentials: { key }, identifier: key };
}

/** All of these look alike to the caller: whether a key once existed is nobody's business. */
function judge(record: ApiKeyRecord | undefined, { clock, clientAddress }: Context): Verified<NoClaims> {
  const now = clock.now();
  if (record === undefined) return unknownKey;
  if (record.revoked || (record.replacedUntil !== undefined && now >= record.replacedUntil))
    return failure('key-revoked');
  if (record.disabled) return failure('subject-disabled');
  if (record.notBefore !== undefined && now < record.notBefore) return failure('key-not-yet-valid');
  if (record.expiresAt !== undefined && now >= record.expiresAt) return failure('key-expired');
  if (record.addresses !== undefined && !addressesOf(record).has(clientAddress)) return failure('address-not-allowed');
  return {
    kind: 'verified',
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

const addressSets = new WeakMap<ApiKeyRecord, AddressSet>();

/** Read once a record. */
function addressesOf(record: ApiKeyRecord): AddressSet {
  let set = addressSets.get(record);
  if (set === undefined) addressSets.set(record, (set = createAddressSet(record.addresses ?? [])));
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
