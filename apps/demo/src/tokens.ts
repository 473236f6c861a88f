import { randomUUID } from 'node:crypto';

import { calculateJwkThumbprint, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';

import { audience, issuer } from './auth.js';
import type { SigningKey } from './keys.js';

const lifetimeSeconds = 3600;

/** What is signed with; a stranger signs under the issuer's keyid, with a key of their own. */
export interface TokenKeys {
  readonly rsa: SigningKey;
  readonly ec: SigningKey;
  readonly stranger: SigningKey;
}

export type Tokens = Awaited<ReturnType<typeof mintTokens>>;

/** Mints one good token for each key of the issuer, and one of every hostile kind: each breaks one thing. */
export async function mintTokens({ rsa, ec, stranger }: TokenKeys) {
  const anHourAgo = { iat: now() - 2 * lifetimeSeconds, exp: now() - lifetimeSeconds };
  return {
    goodRsa: await sign(rsa),
    goodEc: await sign(ec),
    readOnly: await sign(ec, { scope: 'orders:read' }),
    otherSignature: await sign(stranger),
    algNone: new UnsecuredJWT(accessClaims()).encode(),
    publicKeyAsSecret: await new SignJWT(accessClaims())
      .setProtectedHeader({ alg: 'HS256', kid: rsa.keyid, typ: 'at+jwt' })
      .sign(new TextEncoder().encode(rsa.publicPem)),
    logoutToken: await sign(rsa, { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }, 'JWT'),
    idToken: await sign(rsa, { nonce: randomUUID() }, 'JWT'),
    expired: await sign(rsa, anHourAgo),
    otherAudience: await sign(rsa, { aud: 'https://billing.example' }),
    boundToKey: await sign(rsa, { cnf: { jkt: await calculateJwkThumbprint(stranger.publicJwk) } }),
  };
}

const now = (): number => Math.floor(Date.now() / 1000);

function accessClaims(changes: JWTPayload = {}): JWTPayload {
  return {
    iss: issuer,
    aud: audience,
    sub: 'ada',
    client_id: 'orders-app',
    jti: randomUUID(),
    scope: 'orders:read orders:write',
    iat: now(),
    exp: now() + lifetimeSeconds,
    ...changes,
  };
}

function sign({ algorithm, keyid, privateKey }: SigningKey, changes: JWTPayload = {}, typ = 'at+jwt'): Promise<string> {
  return new SignJWT(accessClaims(changes)).setProtectedHeader({ alg: algorithm, kid: keyid, typ }).sign(privateKey);
}
