import { crypto } from '#crypto';

import { all } from '../base/awaitable.js';
import { encodeBase64url } from '../base/base64.js';
import type { EndpointContext } from '../contracts/endpoint.js';
import { isSignedBy } from '../schemes/jwt/signature.js';
import { signToken } from '../schemes/jwt/sign.js';
import { parseToken, type ParsedToken } from '../schemes/jwt/token.js';
import type { JsonObject } from '../base/strict-json.js';
import type { createDpopProver } from '../confirmation/dpop.js';
import type { Binding } from './binding.js';
import type { KeyRing } from './key-ring.js';
import type { IssuerSettings } from './options.js';

/** What an issuer works with: its options, and the keys that rotate. */
export interface Issuing {
  readonly settings: IssuerSettings;
  readonly ring: KeyRing;
  readonly proveKey: ReturnType<typeof createDpopProver>;
}

/** What a token is for. */
export interface Grant {
  readonly clientId: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  /** The family of refresh tokens that it belongs to: revoked together. */
  readonly session?: string;
  /** RFC 8693 §4.1. */
  readonly act?: JsonObject;
  /** Seconds since the epoch: it ends then at the latest. */
  readonly endsAt?: number;
  readonly authenticatedAt?: number;
  readonly acr?: string;
  /** Keys of the client without which it is worth nothing. */
  readonly binding?: Binding | undefined;
}

/** An access token just made. */
export interface IssuedToken {
  readonly token: string;
  readonly tokenId: string;
  readonly expiresIn: number;
}

/** Makes an access token (RFC 9068 §2). */
export async function issueAccessToken(
  { settings, ring }: Issuing,
  grant: Grant,
  context: EndpointContext,
): Promise<IssuedToken> {
  const { signing } = await ring.at(context);
  const now = Math.floor(context.clock.now());
  const exp = Math.min(now + settings.accessTokenSeconds, Math.floor(grant.endsAt ?? Infinity));
  const tokenId = encodeBase64url(context.random(16));
  const { scopes, audience, session, act, authenticatedAt, acr, binding } = grant;
  const claims = {
    iss: settings.issuer,
    sub: grant.subject,
    aud: audience.length === 1 ? audience[0] : audience,
    client_id: grant.clientId,
    iat: now,
    exp,
    jti: tokenId,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(session !== undefined && { sid: session }),
    ...(act !== undefined && { act }),
    ...(authenticatedAt !== undefined && { auth_time: authenticatedAt }),
    ...(acr !== undefined && { acr }),
    ...(binding !== undefined && { cnf: binding }),
  };
  return { token: await signToken(claims, signing), tokenId, expiresIn: exp - now };
}

const maxBytes = 8192;

/**
 * Reads an access token of our own.
 * Checks: type, issuer, a published key's signature, `exp`.
 * Does not check: whether it was revoked.
 * @returns `other-type` for a JWT of another kind, undefined for anything that is none of ours or has ended.
 */
export async function readAccessToken(
  { settings, ring }: Issuing,
  text: string,
  context: EndpointContext,
): Promise<ParsedToken | 'other-type' | undefined> {
  const token = text.length > maxBytes ? undefined : parseToken(text);
  if (token === undefined || token.header.critical) return undefined;
  const { alg, kid, typ } = token.header;
  // By its type alone: what is no access token is never taken for one, whoever signed it.
  if (typ !== 'at+jwt') return 'other-type';
  const { published } = await ring.at(context);
  const keys = published.filter((jwk) => jwk['kid'] === kid && jwk['alg'] === alg);
  const imported = await all(keys.map((jwk) => crypto.importPublicKey(jwk)));
  if (!(await isSignedBy(token, imported))) return undefined;
  const { iss, exp } = token.claims;
  return iss === settings.issuer && typeof exp === 'number' && context.clock.now() < exp ? token : undefined;
}
