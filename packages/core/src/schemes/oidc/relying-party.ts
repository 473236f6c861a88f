import type { JsonObject } from '../../base/strict-json.js';
import { parseToken } from '../jwt/token.js';
import { checkSameLogin, verifyIdToken, type IdTokenClaims, type IdTokenExpectation } from './id-token.js';
import {
  finishLogin,
  startLogin,
  type FinishedLogin,
  type LoginAnswer,
  type LoginRequest,
  type StartedLogin,
} from './login.js';
import { verifyLogoutToken, type LogoutTokenClaims } from './logout-token.js';
import { endSessionUrl, type EndSessionRequest } from './end-session.js';
import { checkRelyingPartyOptions, type RelyingPartyOptions } from './options.js';
import { invalidToken } from './signed-token.js';
import { exchangeRefreshToken, type Tokens } from './tokens.js';
import { fetchUserinfo, type UserinfoQuery } from './userinfo.js';

/** What may be said with each call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** A login that is kept going by a refresh token. */
export interface RefreshRequest {
  readonly refreshToken: string;
  /** Claims of the ID token of the login. */
  readonly claims: JsonObject;
}

export interface RefreshedLogin extends Tokens {
  /** Of the new ID token; undefined where none came (OpenID Connect Core §12.2). */
  readonly claims: IdTokenClaims | undefined;
}

/**
 * An application that people log in to at an issuer (OpenID Connect Core 1.0). Each helper throws an `OidcError` whose `code`
 * says what is wrong, and a `DependencyError` where the issuer or a store cannot be asked.
 */
export interface RelyingParty {
  readonly issuer: string;
  readonly clientId: string;
  /** Where the issuer sends people back to; undefined where the options are not for logins. */
  readonly redirectUri: string | undefined;
  /**
   * Begins a login with code and PKCE (RFC 6749 §4.1, RFC 7636 by S256).
   * Checks: `returnTo`. State, nonce, verifier and `returnTo` go sealed into a cookie, good once and for 10 minutes; a browser has one
   * login at a time, and the latest counts.
   */
  startLogin(request?: LoginRequest & CallOptions): Promise<StartedLogin>;
  /**
   * Ends a login with the answer of the issuer.
   * Checks: parameters that come twice; state, age and single use; the issuer (RFC 9207); the tokens; the ID token as `verifyIdToken`
   * with nonce, `at_hash` and what `startLogin` asked for; `returnTo`.
   * Does not check: who may log in. Identity is `claims.iss` with `claims.sub`, never an e-mail address.
   */
  finishLogin(answer: LoginAnswer & CallOptions): Promise<FinishedLogin>;
  /** Asks for new tokens. Checks that a new ID token is of the same login (OpenID Connect Core §12.2). */
  refresh(request: RefreshRequest & CallOptions): Promise<RefreshedLogin>;
  /**
   * Verifies an ID token (OpenID Connect Core §3.1.3.7).
   * Checks, in this order: a compact JWS of an ID token's type; algorithm and signature; `iss`, `aud`, `azp`, `sub`, times; and, where
   * they are given, nonce, `c_hash` and `at_hash`, `auth_time`, `acr`.
   * Does not check: that the token was not used before: the single use of a login does.
   */
  verifyIdToken(request: IdTokenExpectation & CallOptions & { readonly idToken: string }): Promise<IdTokenClaims>;
  /**
   * Verifies a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6).
   * Checks: type, algorithm, signature, `iss`, `aud`, times, at most 5 minutes old; `events`; `sub` or `sid`; no nonce; that the `jti` is new.
   * Does not check: whether there is such a session; end those of `sid`, else of `sub`.
   */
  verifyLogoutToken(request: CallOptions & { readonly logoutToken: string }): Promise<LogoutTokenClaims>;
  /**
   * Asks for the claims of a person (OpenID Connect Core §5.3).
   * Checks: that they are about `subject`; of a signed answer also signature, `iss` and `aud`.
   */
  userinfo(request: UserinfoQuery & CallOptions): Promise<JsonObject>;
  /** Where to send a browser to end the session at the issuer too; undefined where the issuer has no such place. */
  endSessionUrl(request?: EndSessionRequest & CallOptions): Promise<string | undefined>;
  /** Fetches metadata and keys, so that the first login need not wait. */
  ready(options?: CallOptions): Promise<void>;
  close(): void;
}

/**
 * Makes a relying party of one issuer. Fetches nothing yet: the metadata are found when they are needed (OpenID Connect Discovery 1.0).
 * @throws ConfigurationError with every fault of the options
 * @example
 * const party = createRelyingParty({ issuer, clientId, clientSecret, redirectUri: 'https://app.example/auth/callback', secretBase64 });
 * const { url, cookie } = await party.startLogin({ returnTo: '/orders' });
 */
export function createRelyingParty(options: RelyingPartyOptions): RelyingParty {
  const party = checkRelyingPartyOptions(options);
  const { provider, clientId, login } = party;
  return Object.freeze({
    issuer: provider.issuer,
    clientId,
    redirectUri: login?.redirectUri,
    startLogin: async ({ signal, ...request } = {}) => startLogin(party, request, signal),
    finishLogin: async ({ signal, ...answer }) => finishLogin(party, answer, signal),
    async refresh({ refreshToken, claims: before, signal }) {
      const tokens = await exchangeRefreshToken(party, await provider.metadata(signal), refreshToken, signal);
      const idToken = tokens.idToken?.reveal();
      if (idToken === undefined) return { ...tokens, claims: undefined };
      const parsed = parseToken(idToken);
      if (parsed === undefined) throw invalidToken('malformed-token');
      checkSameLogin(before, parsed.claims);
      const claims = await verifyIdToken(party, idToken, { accessToken: tokens.accessToken.reveal() }, signal);
      return { ...tokens, claims };
    },
    verifyIdToken: async ({ idToken, signal, ...expected }) => verifyIdToken(party, idToken, expected, signal),
    verifyLogoutToken: async ({ logoutToken, signal }) => verifyLogoutToken(party, logoutToken, signal),
    userinfo: async ({ signal, ...query }) => fetchUserinfo(party, query, signal),
    endSessionUrl: async ({ signal, ...request } = {}) => endSessionUrl(party, request, signal),
    async ready({ signal } = {}) {
      await provider.metadata(signal);
      await provider.keys.ready?.(provider.context(signal));
    },
    close: () => provider.close(),
  } satisfies RelyingParty);
}
