import { fromUtf8, toUtf8 } from '../../base/bytes.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Answer } from '../../contracts/decision.js';
import type { EndpointContext, EndpointHost, Served } from '../../contracts/endpoint.js';
import type { HeaderList } from '../../contracts/failure.js';
import type { Handler } from '../../contracts/handler.js';
import type { Assurance } from '../../contracts/principal.js';
import type { AuthRequest } from '../../contracts/request.js';
import { Faults } from '../../errors/faults.js';
import { failure } from '../../errors/failures.js';
import { cookieField } from '../../http/cookies.js';
import { answerJson, answerMethodNotAllowed, isMediaType } from '../../http/json-answer.js';
import { isSameOrigin } from '../../http/same-origin.js';
import type { NewSession, SessionScheme } from '../session/index.js';
import type { FinishedLogin, LoginRequest } from './login.js';
import { isOidcError, OidcError } from './oidc-error.js';
import type { RelyingParty } from './relying-party.js';
import { checkReturnTo } from './return-to.js';

/** Options of `createLoginHandlers()`. */
export interface LoginHandlersOptions {
  /** What `createAuth` answered. */
  readonly auth: EndpointHost;
  readonly relyingParty: RelyingParty;
  readonly sessions: SessionScheme;
  /** What stands before each path; default `/auth`. The path of `redirectUri` is this and `/callback`. */
  readonly prefix?: string;
  /** What every login asks for. */
  readonly request?: Omit<LoginRequest, 'returnTo'>;
  /**
   * Says what the session knows of whoever logged in, beside issuer, subject, `sid` and how the login was done; null lets nobody in.
   * Default: nothing more. Identity is issuer and subject, never an e-mail address.
   */
  readonly onLogin?: (
    login: FinishedLogin,
    request: AuthRequest,
  ) => Awaitable<Pick<NewSession, 'scopes' | 'roles' | 'claims'> | null>;
  /** Where to go after a logout: a path of this origin; default `/`. */
  readonly afterLogout?: string;
  /** Where the issuer sends the browser after a logout there: a URL that it knows. Unset: it decides. */
  readonly postLogoutRedirectUri?: string;
  /**
   * Also ends sessions by front-channel logout (OpenID Connect Front-Channel Logout 1.0), where whoever knows the `sid` of a session
   * can end it. Default false: back-channel logout proves who asks.
   */
  readonly frontChannelLogout?: boolean;
}

const known = [
  'auth', 'relyingParty', 'sessions', 'prefix', 'request', 'onLogin', 'afterLogout', 'postLogoutRedirectUri', 'frontChannelLogout',
] as const satisfies readonly (keyof LoginHandlersOptions)[]; // prettier-ignore

interface Settings extends LoginHandlersOptions {
  readonly prefix: string;
  readonly afterLogout: string;
}

/**
 * Makes handlers for `mount()` that log people in and out, the same in every framework:
 * - `GET /auth/login?returnTo=/orders` sends the browser to the issuer;
 * - `GET /auth/callback` ends the login and begins the session;
 * - `POST /auth/logout`, from a page of this origin, ends the session here and sends the browser to the issuer to end it there;
 * - `POST /auth/backchannel-logout` ends what a logout token names (OpenID Connect Back-Channel Logout 1.0 §2.5);
 * - `GET /auth/frontchannel-logout`, only with `frontChannelLogout`.
 *
 * A login that fails is 400 `login-failed`, whatever the reason, and nothing is stored; the reason stands in the audit event. An outage
 * is 503. Events of what was done: `logged-in`, `logged-out`, `backchannel-logout`, `frontchannel-logout`.
 * @throws ConfigurationError with every fault of the options
 * @example app.use(mount(createLoginHandlers({ auth, relyingParty, sessions })));
 */
export function createLoginHandlers(options: LoginHandlersOptions): Readonly<Record<string, Handler>> {
  const settings = checkHandlerOptions(options);
  const { prefix, frontChannelLogout = false } = settings;
  return Object.freeze({
    [`${prefix}/login`]: handler(settings, 'GET', startLogin),
    [`${prefix}/callback`]: handler(settings, 'GET', finishLogin),
    [`${prefix}/logout`]: handler(settings, 'POST', logout),
    [`${prefix}/backchannel-logout`]: handler(settings, 'POST', backChannelLogout),
    ...(frontChannelLogout && { [`${prefix}/frontchannel-logout`]: handler(settings, 'GET', frontChannel) }),
  });
}

function checkHandlerOptions(options: LoginHandlersOptions): Settings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { auth, relyingParty, sessions, prefix = '/auth', afterLogout = '/', frontChannelLogout } = options;
  if (typeof auth?.forAdapters?.serve !== 'function')
    faults.add('auth', 'invalid-option', 'must be what createAuth answered');
  if (sessions?.type !== 'session') faults.add('sessions', 'invalid-option', 'must be what session() answered');
  if (typeof prefix !== 'string' || !/^(?:\/[\w.~-]+)*$/.test(prefix))
    faults.add('prefix', 'invalid-option', 'must be a path without a slash behind, such as "/auth"');
  if (new URL(relyingParty?.redirectUri ?? 'none:').pathname !== `${prefix}/callback`)
    faults.add(
      'relyingParty',
      'invalid-option',
      `must be a relying party whose redirectUri has the path ${prefix}/callback`,
    );
  if (!isReturnTo(afterLogout))
    faults.add('afterLogout', 'invalid-option', 'must be a path of this origin, such as "/"');
  if (frontChannelLogout !== undefined && typeof frontChannelLogout !== 'boolean')
    faults.add('frontChannelLogout', 'invalid-option', 'must be true or false');
  faults.throwIfAny();
  return { ...options, prefix, afterLogout };
}

function isReturnTo(path: unknown): boolean {
  try {
    return checkReturnTo(path) === path;
  } catch {
    return false;
  }
}

type Step = (settings: Settings, request: AuthRequest, context: EndpointContext) => Promise<Served>;

function handler(settings: Settings, method: 'GET' | 'POST', step: Step): Handler {
  return (request) =>
    settings.auth.forAdapters.serve(request, null, async (context) => {
      if (request.method !== method) return { kind: 'served', answer: answerMethodNotAllowed([method]), deed: null };
      try {
        return await step(settings, request, context);
      } catch (error) {
        if (isOidcError(error)) return failure(error.code, { code: 'login-failed' });
        throw error;
      }
    });
}

async function startLogin({ relyingParty, request: asked }: Settings, request: AuthRequest): Promise<Served> {
  const [returnTo, ...others] = parametersOf(request).getAll('returnTo');
  if (others.length > 0) throw new OidcError('malformed-request', 'returnTo comes twice');
  const { url, cookie } = await relyingParty.startLogin({
    ...asked,
    ...(returnTo !== undefined && { returnTo }),
    ...signalOf(request),
  });
  return { kind: 'served', answer: redirect(url, [['set-cookie', cookie]]), deed: null };
}

async function finishLogin({ relyingParty, sessions, onLogin }: Settings, request: AuthRequest): Promise<Served> {
  const login = await relyingParty.finishLogin({
    url: request.target,
    cookie: cookieField(request),
    ...signalOf(request),
  });
  const more = onLogin === undefined ? {} : await onLogin(login, request);
  if (more === null) throw new OidcError('login-denied', 'onLogin lets this subject not in');
  const { iss: issuer, sub: subject, sid } = login.claims;
  const proved = { issuer, subject, ...(typeof sid === 'string' && { sid }), assurance: assuranceOf(login) };
  const cookie = await sessions.begin({ ...more, ...proved }, request);
  const cookies: HeaderList = [
    ['set-cookie', login.clearCookie],
    ['set-cookie', cookie],
  ];
  return done(redirect(login.returnTo, cookies), 'logged-in', subject);
}

function assuranceOf({ claims: { acr, amr, auth_time: authenticatedAt } }: FinishedLogin): Assurance {
  return {
    ...(typeof acr === 'string' && { acr }),
    ...(Array.isArray(amr) && { amr: amr.filter((one) => typeof one === 'string') }),
    ...(typeof authenticatedAt === 'number' && { authenticatedAt }),
  };
}

async function logout(settings: Settings, request: AuthRequest, { onError }: EndpointContext): Promise<Served> {
  if (!isSameOrigin(request)) return failure('cross-origin-request');
  const { relyingParty, sessions, afterLogout, postLogoutRedirectUri } = settings;
  const cookie = await sessions.end(request);
  const asked = { ...(postLogoutRedirectUri !== undefined && { postLogoutRedirectUri }), ...signalOf(request) };
  // Whoever wants out is out here, also while the issuer is down.
  const url = await relyingParty.endSessionUrl(asked).catch((error: unknown) => onError?.(error));
  return done(redirect(url ?? afterLogout, [['set-cookie', cookie]]), 'logged-out');
}

/** Back-Channel Logout 1.0 §2.8: what is wrong with a token is 400, as a JSON error of OAuth. */
async function backChannelLogout({ relyingParty, sessions }: Settings, request: AuthRequest): Promise<Served> {
  try {
    const logoutToken = await readLogoutToken(request);
    const { iss: issuer, sid, sub } = await relyingParty.verifyLogoutToken({ logoutToken, ...signalOf(request) });
    await sessions.endAll(sid === undefined ? { issuer, subject: sub! } : { issuer, sid }, request.signal);
    return done(answer(200, []), 'backchannel-logout', sub);
  } catch (error) {
    if (!isOidcError(error)) throw error;
    const deed = { outcome: 'refuse', reason: error.code, code: 'oauth:invalid_request' } as const;
    return { kind: 'served', answer: answerJson(400, { error: 'invalid_request' }), deed };
  }
}

async function readLogoutToken(request: AuthRequest): Promise<string> {
  if (!isMediaType(request.headers.getAll('content-type'), 'application/x-www-form-urlencoded'))
    throw new OidcError('malformed-request', 'the body is no form');
  const [logoutToken = '', ...others] = new URLSearchParams(fromUtf8(await request.body())).getAll('logout_token');
  if (others.length > 0) throw new OidcError('malformed-request', 'logout_token comes twice');
  return logoutToken;
}

/** Decision: both `iss` and `sid` must be there; a request without them would end sessions that nobody named. */
async function frontChannel({ relyingParty, sessions }: Settings, request: AuthRequest): Promise<Served> {
  const parameters = parametersOf(request);
  const [issuer, sid] = ['iss', 'sid'].map((name) => {
    const [value, ...others] = parameters.getAll(name);
    return others.length === 0 ? value : undefined;
  });
  if (issuer !== relyingParty.issuer || sid === undefined || sid === '') return failure('malformed-request');
  await sessions.endAll({ issuer, sid }, request.signal);
  const page = answer(200, [['content-type', 'text/html; charset=utf-8']], '<!doctype html><title>Logged out</title>');
  return done(page, 'frontchannel-logout');
}

const done = (given: Answer, reason: string, subject?: string): Served => ({
  kind: 'served',
  answer: given,
  deed: { outcome: 'allow', reason, ...(subject !== undefined && { subject }) },
});

const signalOf = ({ signal }: AuthRequest): { readonly signal?: AbortSignal } =>
  signal === undefined ? {} : { signal };

function parametersOf({ target }: AuthRequest): URLSearchParams {
  const query = target.indexOf('?');
  return new URLSearchParams(query === -1 ? '' : target.slice(query + 1));
}

const answer = (status: number, headers: HeaderList, body = ''): Answer => ({
  status,
  headers: [...headers, ['cache-control', 'no-store']],
  body: toUtf8(body),
});

/** 303: whatever the method was, the next is GET (RFC 9700 §4.12). */
const redirect = (location: string, headers: HeaderList): Answer => answer(303, [['location', location], ...headers]);
