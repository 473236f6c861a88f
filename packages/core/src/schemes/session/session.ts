import { encodeBase64url } from '../../base/base64.js';
import type { JsonObject } from '../../base/strict-json.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Failure } from '../../contracts/failure.js';
import type { AuthRequest } from '../../contracts/request.js';
import type {
  Challenge,
  Context,
  Extracted,
  Limits,
  Scheme,
  Verified,
  VerifiedPrincipal,
} from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { formatChallenge } from '../../http/challenge.js';
import { cookieField, cookieValues, formatHostCookie } from '../../http/cookies.js';
import { isSameOrigin, isUnsafe } from '../../http/same-origin.js';
import { askStore } from '../../stores/ask-store.js';
import { checkSessionOptions, type SessionOptions, type SessionSettings } from './options.js';
import {
  keyOfSession,
  keyOfSessions,
  keysOf,
  type NewSession,
  type SessionRecord,
  type SessionsOf,
} from './session-record.js';

/** A cookie of the right name; whether it is ours is not known. */
export interface SessionCredentials {
  readonly sealed: string;
}

/** What `session()` answers: a scheme, and the ways in which sessions begin and end. */
export interface SessionScheme extends Scheme<'session', JsonObject, SessionCredentials> {
  /**
   * Begins a session, and ends the one that the request brought: whoever knew its cookie before the sign-in gains nothing.
   * @returns a `Set-Cookie` field
   * @throws TypeError where it holds more than a cookie can; DependencyError
   */
  begin(session: NewSession, request: AuthRequest): Promise<string>;
  /**
   * Ends the session that a request brought, if any. The caller must know that a page of ours asked for it.
   * @returns a `Set-Cookie` field that removes the cookie
   * @throws DependencyError
   */
  end(request: AuthRequest): Promise<string>;
  /** Ends all sessions of a subject, or of one session at its issuer, that began until now. @throws DependencyError */
  endAll(of: SessionsOf, signal?: AbortSignal): Promise<void>;
}

// RFC 6265 §6.1: what a browser keeps at least, name and attributes with it.
const longestCookie = 4096;
// Decision: a cookie is written anew once a tenth of the idle time has gone by, not with each answer.
const idleStep = 0.1;
const noScopes: readonly string[] = [];

/**
 * Makes a scheme for browsers: a sealed `__Host-` cookie, made at sign-in (RFC 6265bis §4.1.3).
 *
 * Checks: one cookie of this name; on unsafe methods and WebSockets that a page of this origin asked (`Sec-Fetch-Site`, else
 * `Origin`); the seal; idle and absolute end; that the session was not ended.
 * Does not check: whether the subject still exists: `onAllow` can.
 * @throws ConfigurationError with every fault of the options
 * @example
 * const sessions = session({ secretBase64 });
 * const auth = createAuth({ schemes: { browser: sessions } });
 * const cookie = await sessions.begin({ issuer, subject }, request);
 */
export function session(options: SessionOptions): SessionScheme {
  const settings = checkSessionOptions(options);
  const { clock, cookieName } = settings;
  const removal = formatHostCookie(cookieName, '', 0);
  return Object.freeze({
    type: 'session',
    securityScheme: { type: 'apiKey', in: 'cookie', name: settings.cookieName } as const,
    extract: (request: AuthRequest, limits: Limits) => extract(settings, request, limits),
    verify: (credentials: SessionCredentials, _request: AuthRequest, context: Context) =>
      verify(settings, credentials, context),
    recheck: (credentials: SessionCredentials, _request: AuthRequest, context: Context) =>
      recheck(settings, credentials, context),
    challenge: (realm: string, failed?: Failure) => challenge(settings, realm, failed, removal),
    async begin(begun: NewSession, request: AuthRequest) {
      await endOf(settings, request);
      const now = clock.now();
      const id = encodeBase64url(settings.random(32));
      return cookieOf(settings, { ...begun, id, startedAt: now, seenAt: now }, now);
    },
    async end(request: AuthRequest) {
      await endOf(settings, request);
      return removal;
    },
    endAll: async (of: SessionsOf, signal?: AbortSignal) => endKey(settings, keyOfSessions(of), signal),
  } satisfies SessionScheme);
}

function extract(
  { cookieName }: SessionSettings,
  request: AuthRequest,
  { maxCredentialBytes }: Limits,
): Extracted<SessionCredentials> {
  const [sealed, ...others] = cookieValues(cookieField(request), cookieName);
  if (sealed === undefined) return { kind: 'absent' };
  if (others.length > 0) return failure('duplicate-credentials');
  if (sealed.length > maxCredentialBytes) return failure('credential-too-large');
  // The browser adds the cookie whoever asks: a page of another site must not make it change anything.
  if (isUnsafe(request) && !isSameOrigin(request)) return failure('cross-origin-request');
  return { kind: 'credentials', field: 'cookie', credentials: { sealed }, identifier: sealed };
}

async function verify(
  settings: SessionSettings,
  { sealed }: SessionCredentials,
  { clock, signal }: Context,
): Promise<Verified<JsonObject>> {
  const record = (await settings.sealer.open(sealed)) as SessionRecord | undefined;
  if (record === undefined) return failure('session-malformed');
  const now = clock.now();
  const { startedAt, seenAt } = record;
  if (now >= startedAt + settings.absoluteSeconds || now >= seenAt + settings.idleSeconds)
    return failure('session-expired');
  const ended = await findEnd(settings, record, signal);
  if (ended !== undefined) return ended;
  const principal = toPrincipal(record, startedAt + settings.absoluteSeconds);
  if (now - seenAt < settings.idleSeconds * idleStep) return { kind: 'verified', principal };
  const cookie = await cookieOf(settings, { ...record, seenAt: now }, now);
  return { kind: 'verified', principal, headers: [['set-cookie', cookie]] };
}

/** Whoever holds a connection is not idle. */
async function recheck(
  settings: SessionSettings,
  { sealed }: SessionCredentials,
  { signal }: Context,
): Promise<Failure | undefined> {
  const record = (await settings.sealer.open(sealed)) as SessionRecord | undefined;
  return record === undefined ? failure('session-malformed') : findEnd(settings, record, signal);
}

async function findEnd(
  { store }: SessionSettings,
  record: SessionRecord,
  signal: AbortSignal | undefined,
): Promise<Failure | undefined> {
  const endedAt = await askSessions(() => store.endedAt(keysOf(record), signal), signal);
  return endedAt !== undefined && endedAt >= record.startedAt ? failure('session-ended') : undefined;
}

function toPrincipal(record: SessionRecord, expiresAt: number): VerifiedPrincipal<JsonObject> {
  const { issuer, subject, id, startedAt, scopes = noScopes, roles = noScopes, claims = {}, assurance } = record;
  return {
    issuer,
    subject,
    scopes: new Set(scopes),
    roles: new Set(roles),
    claims,
    session: id,
    issuedAt: startedAt,
    expiresAt,
    ...(assurance !== undefined && { assurance }),
  };
}

/** A cookie that is no longer good is taken back, so that an optional route lets its browser in again. */
function challenge(settings: SessionSettings, realm: string, failed: Failure | undefined, removal: string): Challenge {
  // Decision: an unregistered name; a 401 must have a challenge (RFC 9110 §15.5.2).
  const field = ['www-authenticate', formatChallenge('Session', [['realm', settings.realm ?? realm]])] as const;
  const isOver = failed?.code === 'invalid-credentials';
  return { headers: isOver ? [field, ['set-cookie', removal]] : [field] };
}

/** The cookie of a session, which the browser forgets when the session ends. */
async function cookieOf(settings: SessionSettings, record: SessionRecord, now: number): Promise<string> {
  const { sealer, cookieName, idleSeconds, absoluteSeconds } = settings;
  const seconds = Math.min(idleSeconds, record.startedAt + absoluteSeconds - now);
  const cookie = formatHostCookie(cookieName, await sealer.seal(record), Math.max(1, seconds));
  if (cookie.length > longestCookie) throw new TypeError('session: what it holds is more than a cookie can');
  return cookie;
}

/** Ends the session that a request brought. */
async function endOf(settings: SessionSettings, request: AuthRequest): Promise<void> {
  for (const sealed of cookieValues(cookieField(request), settings.cookieName).slice(0, 1)) {
    const record = (await settings.sealer.open(sealed)) as SessionRecord | undefined;
    if (record !== undefined) await endKey(settings, keyOfSession(record), request.signal);
  }
}

async function endKey(settings: SessionSettings, key: string, signal: AbortSignal | undefined): Promise<void> {
  const at = settings.clock.now();
  await askSessions(() => settings.store.end({ key, at, until: at + settings.absoluteSeconds }, signal), signal);
}

const askSessions = <T>(ask: () => Awaitable<T>, signal: AbortSignal | undefined): Awaitable<T> =>
  askStore(ask, signal, 'session-store-unavailable');
