import { encodeBase64url } from '../../base/base64.js';
import { constantTimeEqual } from '../../base/constant-time.js';
import { toUtf8 } from '../../base/bytes.js';
import type { Secret } from '../../base/secret.js';
import { configurationError } from '../../errors/configuration-error.js';
import { cookieValues, formatHostCookie } from '../../http/cookies.js';
import { useOnce } from '../../stores/use-once.js';
import { verifyIdToken, type IdTokenClaims } from './id-token.js';
import { needed } from './metadata.js';
import { OidcError } from './oidc-error.js';
import type { LoginSettings, PartySettings } from './options.js';
import { checkReturnTo } from './return-to.js';
import { invalidToken } from './signed-token.js';
import { exchangeCode, type Tokens } from './tokens.js';

/** What one login asks for. */
export interface LoginRequest {
  /** Where to go afterwards: a path of this origin; default `/`. */
  readonly returnTo?: string;
  /** Scopes beside those of the options. */
  readonly scopes?: readonly string[];
  /** Longest time since the person authenticated, in seconds: asked for (`max_age`), and checked. */
  readonly maxAgeSeconds?: number;
  /** Ways of authentication, of which one must have been used: asked for (`acr_values`), and checked. */
  readonly acr?: string | readonly string[];
  /** OpenID Connect Core §3.1.2.1: `login` asks the person again, `none` shows nothing. */
  readonly prompt?: 'none' | 'login' | 'consent' | 'select_account';
  /** Who is likely to log in, for the form of the issuer. */
  readonly loginHint?: string;
}

/** A login that began: send the browser to `url`, with `cookie` as a `Set-Cookie` field. */
export interface StartedLogin {
  readonly url: string;
  readonly cookie: string;
}

/** How the issuer sent the browser back. */
export interface LoginAnswer {
  /** The URL of the callback, or its target with the query. */
  readonly url: string | URL;
  /** The body, where the answer came as a form (`response_mode=form_post`). */
  readonly form?: string;
  /** The `Cookie` field of the request; undefined where it has none. */
  readonly cookie?: string | undefined;
}

/** A login that ended well. */
export interface FinishedLogin extends Tokens {
  readonly claims: IdTokenClaims;
  readonly returnTo: string;
  readonly idToken: Secret<string>;
  /** A `Set-Cookie` field that removes what the login kept in the browser. */
  readonly clearCookie: string;
}

/** What a login keeps in the browser, sealed. */
interface LoginState {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
  readonly expiresAt: number;
  readonly maxAgeSeconds?: number;
  readonly acr?: string | readonly string[];
}

// Decision: long enough for a second factor, short enough for a forgotten tab.
const stateSeconds = 600;
const parameterNames = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri'] as const;

/** @throws OidcError `return-to-not-allowed`, or for wrong metadata; DependencyError; ConfigurationError */
export async function startLogin(
  party: PartySettings,
  request: LoginRequest,
  signal?: AbortSignal,
): Promise<StartedLogin> {
  const { redirectUri, sealer } = loginOf(party);
  const { returnTo = '/', maxAgeSeconds, acr, prompt, loginHint, scopes = [] } = request;
  const random = (): string => encodeBase64url(party.random(32));
  const kept: LoginState = {
    state: random(),
    nonce: random(),
    verifier: random(),
    returnTo: checkReturnTo(returnTo),
    expiresAt: party.clock.now() + stateSeconds,
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    ...(acr !== undefined && { acr }),
  };
  const metadata = await party.provider.metadata(signal);
  const url = new URL(needed(metadata.authorizationEndpoint, 'authorization_endpoint'));
  if (party.requirePkceSupport && metadata.codeChallengeMethods?.includes('S256') !== true)
    throw new OidcError('issuer-metadata-invalid', 'the metadata of the issuer do not say that it checks PKCE by S256');
  const parameters = {
    response_type: 'code',
    client_id: party.clientId,
    redirect_uri: redirectUri,
    scope: [...new Set([...party.scopes, ...scopes])].join(' '),
    state: kept.state,
    nonce: kept.nonce,
    code_challenge: await challengeOf(kept.verifier),
    code_challenge_method: 'S256',
    ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
    ...(acr !== undefined && { acr_values: [acr].flat().join(' ') }),
    ...(prompt !== undefined && { prompt }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url: url.href, cookie: formatHostCookie(party.cookieName, await sealer.seal(kept), stateSeconds) };
}

/**
 * Checks, in this order: that no parameter comes twice; that this browser began the login, within 10 minutes, and did not end it
 * before; the issuer (RFC 9207); that it is no error; the tokens; the ID token.
 * @throws OidcError; DependencyError where the issuer or the store cannot be asked; ConfigurationError
 */
export async function finishLogin(
  party: PartySettings,
  answer: LoginAnswer,
  signal?: AbortSignal,
): Promise<FinishedLogin> {
  const { redirectUri } = loginOf(party);
  const parameters = readParameters(answer);
  const kept = await readState(party, answer.cookie, parameters.get('state'));
  const { state, nonce, verifier, expiresAt, maxAgeSeconds, acr } = kept;
  const returnTo = checkReturnTo(kept.returnTo);
  const { clock, clientId, provider } = party;
  if (clock.now() >= expiresAt)
    throw new OidcError('login-state-expired', `the login began more than ${stateSeconds} seconds ago`);
  const owner = JSON.stringify([provider.issuer, clientId]);
  // Before anything is sent: a code that comes twice goes out once.
  if (!(await useOnce(party, { kind: 'login', owner, id: state, until: expiresAt }, signal)))
    throw new OidcError('login-state-used', 'the answer of the issuer was used before');
  const metadata = await provider.metadata(signal);
  const iss = parameters.get('iss');
  if (iss === null ? metadata.namesIssuer : iss !== provider.issuer)
    throw new OidcError('issuer-mismatch', 'the answer came from another issuer, or does not say from which');
  const tokens = await exchangeCode(party, metadata, { parameters, state, verifier, redirectUri }, signal);
  const { idToken, accessToken } = tokens;
  if (idToken === undefined) throw invalidToken('the issuer sent none');
  const expected = {
    nonce,
    accessToken: accessToken.reveal(),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    ...(acr !== undefined && { acr }),
  };
  const claims = await verifyIdToken(party, idToken.reveal(), expected, signal);
  return { ...tokens, idToken, claims, returnTo, clearCookie: formatHostCookie(party.cookieName, '', 0) };
}

function loginOf({ login }: PartySettings): LoginSettings {
  if (login === undefined)
    throw configurationError('redirectUri', 'login-not-configured', 'and secretBase64 are needed for logins');
  return login;
}

/** RFC 7636 §4.2. */
async function challengeOf(verifier: string): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', toUtf8(verifier))));
}

/** RFC 6749 §3.1: no parameter comes twice; those that nobody knows are ignored. */
function readParameters({ url, form }: LoginAnswer): URLSearchParams {
  const text = String(url).replace(/#.*$/s, '');
  const query = text.indexOf('?');
  const all = new URLSearchParams(form ?? (query === -1 ? '' : text.slice(query + 1)));
  const read = new URLSearchParams();
  for (const name of parameterNames) {
    const [value, ...others] = all.getAll(name);
    if (others.length > 0) throw new OidcError('malformed-request', `${name} comes twice`);
    if (value !== undefined) read.set(name, value);
  }
  return read;
}

/** What this browser keeps of the login that the answer is for. */
async function readState(party: PartySettings, cookie: string | undefined, state: string | null): Promise<LoginState> {
  const { sealer } = loginOf(party);
  const [sealed = '', ...others] = cookieValues(cookie ?? '', party.cookieName);
  const kept = others.length === 0 ? ((await sealer.open(sealed)) as LoginState | undefined) : undefined;
  if (kept === undefined || state === null || !constantTimeEqual(toUtf8(kept.state), toUtf8(state)))
    throw new OidcError('login-state-mismatch', 'this browser began no login that the answer is for');
  return kept;
}
