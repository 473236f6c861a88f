import { randomUuid, systemRandom } from '../../base/random.js';
import { fromUtf8, toUtf8 } from '../../base/bytes.js';
import { neverThrowing } from '../../base/never-throwing.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Answer } from '../../contracts/decision.js';
import type { Code, HeaderList } from '../../contracts/failure.js';
import type { Handler } from '../../contracts/handler.js';
import type { Assurance } from '../../contracts/principal.js';
import type { AuthRequest } from '../../contracts/request.js';
import { configurationError } from '../../errors/configuration-error.js';
import { isFailureError } from '../../errors/failure-error.js';
import { failureRows } from '../../errors/failures.js';
import { cookieField } from '../../http/cookies.js';
import { createProblemWriter } from '../../http/problem.js';
import { isSameOrigin } from '../../http/same-origin.js';
import type { NewSession, SessionScheme } from '../session/index.js';
import type { FinishedLogin, LoginRequest } from './login.js';
import { isOidcError, OidcError } from './oidc-error.js';
import type { RelyingParty } from './relying-party.js';
import { checkReturnTo } from './return-to.js';

export interface LoginHandlersOptions {
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
  /** Told why a login or a logout failed: for the operator. Callers learn nothing of it. */
  readonly onError?: (error: unknown) => void;
}

interface Settings extends LoginHandlersOptions {
  readonly afterLogout: string;
  readonly tell: (error: unknown) => void;
}

/**
 * Makes handlers for `mount()` that log people in and out, the same in every framework:
 * - `GET /auth/login?returnTo=/orders` sends the browser to the issuer;
 * - `GET /auth/callback` ends the login and begins the session;
 * - `POST /auth/logout`, from a page of this origin, ends the session here and sends the browser to the issuer to end it there;
 * - `POST /auth/backchannel-logout` ends what a logout token names (OpenID Connect Back-Channel Logout 1.0 §2.5);
 * - `GET /auth/frontchannel-logout`, only with `frontChannelLogout`.
 *
 * A login that fails is 400 `login-failed`, whatever the reason, and nothing is stored; an outage is 503.
 * @throws ConfigurationError
 * @example app.use(mount(createLoginHandlers({ relyingParty, sessions })));
 */
export function createLoginHandlers(options: LoginHandlersOptions): Readonly<Record<string, Handler>> {
  const { prefix = '/auth', afterLogout = '/', relyingParty, frontChannelLogout = false } = options;
  if (!/^(?:\/[\w.~-]+)*$/.test(prefix))
    throw configurationError('prefix', 'invalid-option', 'must be a path without a slash behind, such as "/auth"');
  if (new URL(relyingParty.redirectUri ?? 'none:').pathname !== `${prefix}/callback`)
    throw configurationError('relyingParty.redirectUri', 'invalid-option', `must have the path ${prefix}/callback`);
  const settings: Settings = {
    ...options,
    afterLogout: checkReturnTo(afterLogout),
    tell: neverThrowing(options.onError),
  };
  return Object.freeze({
    [`${prefix}/login`]: handler(settings, 'GET', startLogin),
    [`${prefix}/callback`]: handler(settings, 'GET', finishLogin),
    [`${prefix}/logout`]: handler(settings, 'POST', logout),
    [`${prefix}/backchannel-logout`]: handler(settings, 'POST', backChannelLogout),
    ...(frontChannelLogout && { [`${prefix}/frontchannel-logout`]: handler(settings, 'GET', frontChannel) }),
  });
}

type Step = (settings: Settings, request: AuthRequest) => Promise<Answer>;

function handler(settings: Settings, method: 'GET' | 'POST', step: Step): Handler {
  return async (request) => {
    if (request.method !== method) return answer(405, [['allow', method]]);
    try {
      return await step(settings, request);
    } catch (error) {
      settings.tell(error);
      return refuse(
        isOidcError(error) ? 'login-failed' : isFailureError(error) ? error.failure.code : 'internal-error',
      );
    }
  };
}

async function startLogin({ relyingParty, request: asked }: Settings, request: AuthRequest): Promise<Answer> {
  const [returnTo, ...others] = parametersOf(request).getAll('returnTo');
  if (others.length > 0) throw new OidcError('malformed-request', 'returnTo comes twice');
  const { url, cookie } = await relyingParty.startLogin({
    ...asked,
    ...(returnTo !== undefined && { returnTo }),
    ...signalOf(request),
  });
  return redirect(url, [['set-cookie', cookie]]);
}

async function finishLogin({ relyingParty, sessions, onLogin }: Settings, request: AuthRequest): Promise<Answer> {
  const login = await relyingParty.finishLogin({
    url: request.target,
    cookie: cookieField(request),
    ...signalOf(request),
  });
  const more = onLogin === undefined ? {} : await onLogin(login, request);
  if (more === null) throw new OidcError('login-denied', 'onLogin lets this subject not in');
  const { iss: issuer, sub: subject, sid } = login.claims;
  const known = { issuer, subject, ...(typeof sid === 'string' && { sid }), assurance: assuranceOf(login) };
  const cookie = await sessions.begin({ ...more, ...known }, request);
  return redirect(login.returnTo, [
    ['set-cookie', login.clearCookie],
    ['set-cookie', cookie],
  ]);
}

function assuranceOf({ claims: { acr, amr, auth_time: authenticatedAt } }: FinishedLogin): Assurance {
  return {
    ...(typeof acr === 'string' && { acr }),
    ...(Array.isArray(amr) && { amr: amr.filter((one) => typeof one === 'string') }),
    ...(typeof authenticatedAt === 'number' && { authenticatedAt }),
  };
}

async function logout(settings: Settings, request: AuthRequest): Promise<Answer> {
  if (!isSameOrigin(request)) return refuse('permission-denied');
  const { relyingParty, sessions, afterLogout, postLogoutRedirectUri } = settings;
  const cookie = await sessions.end(request);
  const asked = { ...(postLogoutRedirectUri !== undefined && { postLogoutRedirectUri }), ...signalOf(request) };
  // Whoever wants out is out here, also while the issuer is down.
  const url = await relyingParty.endSessionUrl(asked).catch(settings.tell);
  return redirect(url ?? afterLogout, [['set-cookie', cookie]]);
}

/** Back-Channel Logout 1.0 §2.8: what is wrong with a token is 400, as a JSON error of OAuth. */
async function backChannelLogout(settings: Settings, request: AuthRequest): Promise<Answer> {
  const { relyingParty, sessions } = settings;
  const [logoutToken = '', ...others] = new URLSearchParams(fromUtf8(await request.body())).getAll('logout_token');
  try {
    if (others.length > 0) throw new OidcError('malformed-request', 'logout_token comes twice');
    const { iss: issuer, sid, sub } = await relyingParty.verifyLogoutToken({ logoutToken, ...signalOf(request) });
    await sessions.endAll(sid === undefined ? { issuer, subject: sub! } : { issuer, sid }, request.signal);
    return answer(200, []);
  } catch (error) {
    if (!isOidcError(error)) throw error;
    settings.tell(error);
    return answer(400, [['content-type', 'application/json']], '{"error":"invalid_request"}');
  }
}

/** Decision: both `iss` and `sid` must be there; a request without them would end sessions that nobody named. */
async function frontChannel({ relyingParty, sessions }: Settings, request: AuthRequest): Promise<Answer> {
  const parameters = parametersOf(request);
  const [issuer, sid] = ['iss', 'sid'].map((name) => {
    const [value, ...others] = parameters.getAll(name);
    return others.length === 0 ? value : undefined;
  });
  if (issuer !== relyingParty.issuer || sid === undefined || sid === '') return refuse('malformed-request');
  await sessions.endAll({ issuer, sid }, request.signal);
  return answer(200, [['content-type', 'text/html; charset=utf-8']], '<!doctype html><title>Logged out</title>');
}

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

const writeProblem = createProblemWriter();
const retryAfterSeconds = 1;

function refuse(code: Code): Answer {
  const { status } = failureRows[code];
  return {
    status,
    headers: [
      ['content-type', 'application/problem+json'],
      ['cache-control', 'no-store'],
      ...(status === 503 ? [['retry-after', String(retryAfterSeconds)] as const] : []),
    ],
    body: writeProblem(code, status, `urn:uuid:${randomUuid(systemRandom)}`),
  };
}
