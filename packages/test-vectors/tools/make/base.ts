import type { Json, JsonObject, Jws, Literal, Signing } from './recipe.ts';

/** Where the clock of every configuration stands: 2026-01-01T00:00:00Z. */
export const now = 1767225600;
export const issuer = 'https://issuer.example';
export const audience = 'https://api.example';

/** Claims of a good token; a value of undefined takes one away. */
export function claims(jti: string, changes: Readonly<Record<string, Json | undefined>> = {}): JsonObject {
  const all: Record<string, Json | undefined> = {
    iss: issuer,
    sub: 'svc-1',
    aud: audience,
    exp: now + 600,
    iat: now - 60,
    jti,
    client_id: 'client-1',
    scope: 'orders:read',
    ...changes,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** Header of a good token; a value of undefined takes a member away. */
export function header(changes: Readonly<Record<string, Json | undefined>> = {}): JsonObject {
  const all: Record<string, Json | undefined> = { alg: 'RS256', kid: 'rs', typ: 'at+jwt', ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JsonObject;
}

export interface Parts {
  readonly header?: JsonObject | Literal;
  readonly payload?: JsonObject | Literal;
  readonly sign?: Signing;
}

/** A token that is good but for what is given. */
export function token(jti: string, parts: Parts = {}, more: Partial<Jws> = {}): Jws {
  return { kind: 'jws', header: header(), payload: claims(jti), sign: { key: 'rs' }, ...parts, ...more };
}

/** A token that is good but for one claim. */
export function claiming(jti: string, changes: Readonly<Record<string, Json | undefined>>): Jws {
  return token(jti, { payload: claims(jti, changes) });
}

/** A token that is good but for its header, and signed with the right key. */
export function heading(
  jti: string,
  changes: Readonly<Record<string, Json | undefined>>,
  sign: Signing = { key: 'rs' },
): Jws {
  return token(jti, { header: header(changes), sign });
}

/** A good token by another key of the issuer. */
export function by(jti: string, key: string, alg: string, more: Partial<Jws> = {}): Jws {
  return token(jti, { header: header({ alg, kid: key }), sign: { key } }, more);
}

/** Claims of a good token as text, changed as text. */
export function claimsText(jti: string, change: (text: string) => string): Literal {
  return { text: change(JSON.stringify(claims(jti))) };
}
