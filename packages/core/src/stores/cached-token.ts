import { Secret } from '../base/secret.js';
import type { JsonObject } from '../base/strict-json.js';
import type { CachedToken } from './token-cache.js';

/** A token as JSON, with its secrets in clear: to be sealed before anybody keeps it. */
export function formatCachedToken({ accessToken, refreshToken, ...others }: CachedToken): JsonObject {
  return {
    ...others,
    accessToken: accessToken.reveal(),
    ...(refreshToken !== undefined && { refreshToken: refreshToken.reveal() }),
  };
}

/** Undefined for what is no token: written by another version of this package it may be anything. */
export function readCachedToken(json: JsonObject): CachedToken | undefined {
  const { accessToken, refreshToken, scopes, obtainedAt, expiresAt } = json;
  const isGood =
    typeof accessToken === 'string' &&
    typeof obtainedAt === 'number' &&
    typeof expiresAt === 'number' &&
    (refreshToken === undefined || typeof refreshToken === 'string') &&
    (scopes === undefined || (Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string')));
  if (!isGood) return undefined;
  return Object.freeze({
    accessToken: new Secret(accessToken),
    obtainedAt,
    expiresAt,
    ...(refreshToken !== undefined && { refreshToken: new Secret(refreshToken) }),
    ...(scopes !== undefined && { scopes }),
  });
}
