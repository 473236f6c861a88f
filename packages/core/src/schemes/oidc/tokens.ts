import {
  allowInsecureRequests,
  AuthorizationResponseError,
  authorizationCodeGrantRequest,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  None,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  ResponseBodyError,
  validateAuthResponse,
  type AuthorizationServer,
  type ClientAuth,
  type CustomFetchOptions,
  type TokenEndpointResponse,
} from 'oauth4webapi';

import { Secret } from '../../base/secret.js';
import { parseJsonObject } from '../../base/strict-json.js';
import { isFailureError } from '../../errors/failure-error.js';
import { needed, type ProviderMetadata } from './metadata.js';
import { OidcError } from './oidc-error.js';
import type { PartySettings } from './options.js';
import { unavailable } from './provider.js';

/** What the token endpoint answered. */
export interface Tokens {
  readonly accessToken: Secret<string>;
  readonly idToken: Secret<string> | undefined;
  readonly refreshToken: Secret<string> | undefined;
  /** Seconds since the epoch: when the access token ends; undefined where the issuer does not say. */
  readonly expiresAt: number | undefined;
  /** Those granted; undefined where the answer named none, which means those asked for (RFC 6749 §5.1). */
  readonly scopes: readonly string[] | undefined;
}

/** The answer to a login, and what the login remembers. */
export interface CodeGrant {
  readonly parameters: URLSearchParams;
  readonly state: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

/**
 * Takes a code to the token endpoint (RFC 6749 §4.1.3, RFC 7636 §4.5), by `oauth4webapi`.
 * Checks: state and issuer of the answer (RFC 9207 §2.4); that it is no error; the shape of the tokens.
 * @throws OidcError `login-denied`, `malformed-request`; DependencyError
 */
export async function exchangeCode(
  party: PartySettings,
  metadata: ProviderMetadata,
  { parameters, state, verifier, redirectUri }: CodeGrant,
  signal?: AbortSignal,
): Promise<Tokens> {
  const server = serverOf(metadata);
  const client = { client_id: party.clientId };
  let answer: URLSearchParams;
  try {
    answer = validateAuthResponse(server, client, parameters, state);
  } catch (error) {
    if (error instanceof AuthorizationResponseError)
      throw new OidcError('login-denied', `the issuer answers: ${printable(error.error)}`, { cause: error.error });
    throw notByCode();
  }
  if (!answer.get('code')) throw notByCode();
  return request(
    party,
    metadata,
    (options) =>
      authorizationCodeGrantRequest(server, client, authentication(party), answer, redirectUri, verifier, options),
    signal,
  );
}

/** Takes a refresh token to the token endpoint (RFC 6749 §6). @throws OidcError `login-denied`; DependencyError */
export function exchangeRefreshToken(
  party: PartySettings,
  metadata: ProviderMetadata,
  refreshToken: string,
  signal?: AbortSignal,
): Promise<Tokens> {
  const client = { client_id: party.clientId };
  return request(
    party,
    metadata,
    (options) => refreshTokenGrantRequest(serverOf(metadata), client, authentication(party), refreshToken, options),
    signal,
  );
}

const notByCode = (): OidcError =>
  new OidcError('malformed-request', 'the answer of the issuer is none that a login by code has');

interface RequestOptions {
  [customFetch]: (url: string, init: CustomFetchOptions<'POST', URLSearchParams>) => Promise<Response>;
  [allowInsecureRequests]: boolean;
}

async function request(
  party: PartySettings,
  metadata: ProviderMetadata,
  send: (options: RequestOptions) => Promise<Response>,
  signal: AbortSignal | undefined,
): Promise<Tokens> {
  const { provider, clock } = party;
  const askedAt = clock.now();
  needed(metadata.tokenEndpoint, 'token_endpoint');
  let idToken: unknown;
  const ask: RequestOptions[typeof customFetch] = async (url, { headers, body }) => {
    const post = { method: 'POST', headers, body: body.toString() } as const;
    const { status, body: bytes } = await provider.exchange(new URL(url), post, signal);
    const { id_token: token, ...json } = parseJsonObject(bytes) ?? {};
    // Kept from the library: it is judged here, by one list of rules and codes.
    idToken = token;
    return Response.json(json, { status });
  };
  try {
    const response = await send({ [customFetch]: ask, [allowInsecureRequests]: provider.allowInsecureHttp });
    const answered = await processRefreshTokenResponse(serverOf(metadata), { client_id: party.clientId }, response);
    return readTokens(answered, idToken, askedAt);
  } catch (error) {
    if (signal?.aborted === true || isFailureError(error)) throw error;
    throw toError(error);
  }
}

function readTokens(answered: TokenEndpointResponse, idToken: unknown, askedAt: number): Tokens {
  const {
    access_token: accessToken,
    token_type: tokenType,
    refresh_token: refreshToken,
    expires_in: seconds,
    scope,
  } = answered;
  if (tokenType !== 'bearer' || (idToken !== undefined && typeof idToken !== 'string'))
    throw unavailable('the token endpoint answers tokens of another type');
  return {
    accessToken: new Secret(accessToken),
    idToken: idToken === undefined ? undefined : new Secret(idToken),
    refreshToken: refreshToken === undefined ? undefined : new Secret(refreshToken),
    expiresAt: seconds === undefined ? undefined : askedAt + seconds,
    scopes: scope?.split(' ').filter((one) => one !== ''),
  };
}

/** A grant that is not taken is that of whoever logs in; all else is between the issuer and us. */
function toError(error: unknown): Error {
  if (!(error instanceof ResponseBodyError)) return unavailable('the token endpoint gives no tokens', error);
  const message = `the token endpoint answers: ${printable(error.error)}`;
  return error.error === 'invalid_grant' ? new OidcError('login-denied', message) : unavailable(message);
}

/** RFC 6749 §5.2 has a few names; anything else is whatever somebody wrote there. */
const printable = (error: unknown): string =>
  typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? error : 'an unknown error';

const serverOf = ({ issuer, tokenEndpoint, namesIssuer }: ProviderMetadata): AuthorizationServer => ({
  issuer,
  ...(tokenEndpoint !== undefined && { token_endpoint: tokenEndpoint.href }),
  authorization_response_iss_parameter_supported: namesIssuer,
});

function authentication({ clientAuthentication, clientSecret }: PartySettings): ClientAuth {
  if (clientSecret === undefined) return None();
  return clientAuthentication === 'client_secret_post'
    ? ClientSecretPost(clientSecret.reveal())
    : ClientSecretBasic(clientSecret.reveal());
}
