import { formatClientSecretBasic, type CachedToken } from '@auth/core/signing';

import { refusesToken } from '../challenge-response.js';
import type { ClientError, ClientErrorCode } from '../client-error.js';
import { Discovery } from '../discovery.js';
import { assertSecureUrl } from '../secure-url.js';
import type { Authenticator, Strategy, StrategyContext } from '../strategy.js';
import { post, type TokenRequest } from '../token-endpoint.js';
import { CachedTokens } from '../tokens/cached.js';
import { findExpiry } from '../tokens/lifetime.js';
import type { RequestToken } from '../tokens/token-source.js';
import {
  checkClientCredentials,
  type ClientCredentialsOptions,
  type ClientCredentialsSettings,
} from './client-credentials-options.js';

const keep = Object.freeze({ kind: 'keep' } as const);
const retry = Object.freeze({ kind: 'retry' } as const);

/**
 * Gets access tokens for this client itself (RFC 6749 §4.4) and sends them as Bearer tokens. One request for all calls, renewed ahead
 * of the end, asked for anew once where the API says that a token is not good.
 * @throws ConfigurationError for wrong options
 * @example clientCredentials({ issuer: 'https://as.example', clientId: 'orders-job', clientSecret, scopes: ['orders:read'] })
 */
export function clientCredentials(options: ClientCredentialsOptions): Strategy<CachedToken> {
  const settings = checkClientCredentials(options);
  return Object.freeze({
    type: 'clientCredentials',
    fields: ['authorization'],
    connect: (context: StrategyContext) => connect(settings, context),
  });
}

function connect(settings: ClientCredentialsSettings, context: StrategyContext): Authenticator<CachedToken> {
  assertSecureUrl(
    settings.issuer === undefined ? 'tokenEndpoint' : 'issuer',
    settings.server,
    context.allowInsecureHttp,
  );
  const { clock, random, tokens: cache } = context;
  const request = createRequest(settings, context);
  const source = new CachedTokens({ key: formatCacheKey(settings), cache, request, clock, random });
  return {
    async prepare(_request, signal) {
      const token = await source.token(signal);
      return { headers: [['authorization', `Bearer ${token.accessToken.reveal()}`]], credentials: token };
    },
    async afterResponse(answer, token) {
      if (answer.repeated || !refusesToken(answer)) return keep;
      await source.refuse(token);
      return retry;
    },
    close: () => source.close(),
  };
}

function createRequest(settings: ClientCredentialsSettings, context: StrategyContext): RequestToken {
  const { transport, allowInsecureHttp } = context;
  const discovery =
    settings.issuer === undefined ? undefined : new Discovery(settings.issuer, transport, allowInsecureHttp);
  return async (signal) => {
    const endpoint = (await discovery?.findTokenEndpoint(signal)) ?? settings.server;
    return requestToken(settings, context, endpoint, signal);
  };
}

async function requestToken(
  settings: ClientCredentialsSettings,
  { transport, clock, emit }: StrategyContext,
  endpoint: URL,
  signal: AbortSignal,
): Promise<CachedToken> {
  const { clientId, scopes: asked } = settings;
  // Taken before: the way of the answer is a part of the token's life.
  const obtainedAt = clock.now();
  const tell = (outcome: 'obtained' | ClientErrorCode): void =>
    emit({ kind: 'token-request', endpoint: endpoint.origin + endpoint.pathname, clientId, outcome });
  const response = await post(transport, formatRequest(settings, endpoint), signal).catch((error: ClientError) => {
    tell(error.code);
    throw error;
  });
  tell('obtained');
  const { accessToken, scopes } = response;
  if (scopes !== undefined && asked.some((scope) => !scopes.includes(scope)))
    emit({ kind: 'scope-narrowed', asked, granted: scopes });
  return Object.freeze({
    accessToken,
    obtainedAt,
    expiresAt: findExpiry(response, obtainedAt),
    ...(scopes !== undefined && { scopes }),
  });
}

function formatRequest(settings: ClientCredentialsSettings, endpoint: URL): TokenRequest {
  const { clientId, clientAuthentication, scopes, resources, audience } = settings;
  const secret = settings.clientSecret.reveal();
  const authorization = formatClientSecretBasic(clientId, secret);
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  for (const resource of resources) form.append('resource', resource);
  if (audience !== undefined) form.set('audience', audience);
  const encoded = new URLSearchParams([['', secret]]).toString().slice(1);
  const secrets = [secret, encoded, encodeURIComponent(secret), authorization.slice('Basic '.length)];
  // RFC 6749 §2.3: one method of authentication in one request.
  if (clientAuthentication === 'client_secret_basic') return { endpoint, form, authorization, secrets };
  form.set('client_id', clientId);
  form.set('client_secret', secret);
  return { endpoint, form, secrets };
}

/** All that a token depends on. What differs in any of it has tokens of its own. */
export function formatCacheKey(settings: ClientCredentialsSettings): string {
  const { server, issuer, clientId, resources, scopes, audience } = settings;
  return JSON.stringify([issuer ?? server.href, clientId, resources.toSorted(), scopes.toSorted(), audience ?? null]);
}
