import { createHash, randomUUID } from 'node:crypto';

import { base64url, calculateJwkThumbprint, SignJWT, UnsecuredJWT, type JWK, type JWTPayload } from 'jose';

import { audience, strongSignIn } from '../auth.js';
import { tokenSeconds } from './key-ring.js';
import type { SigningKey } from './signing-key.js';

/** What is signed with. The first two are the issuer's own, RSA and elliptic, as if it could be made to sign other things, or had been robbed. */
export interface TokenKeys {
  readonly current: SigningKey;
  readonly previous: SigningKey;
  /** Of an attacker, who signs under the issuer's keyid. */
  readonly stranger: SigningKey;
  /** Of a caller's certificate: SHA-256 in base64url. */
  readonly certificateThumbprint: string;
}

export type HostileTokens = Awaited<ReturnType<typeof forgeTokens>>;

/** Makes one token of every hostile kind: each breaks one thing; and those of people, for whom no one is here to sign in. */
export async function forgeTokens(issuer: string, { current, previous, certificateThumbprint, ...keys }: TokenKeys) {
  const [rsa, ec] = current.algorithm === 'RS256' ? [current, previous] : [previous, current];
  const stranger = { ...keys.stranger, keyid: ec.keyid };
  const claims = (changes: JWTPayload = {}): JWTPayload => ({ ...accessClaims(issuer), ...changes });
  const sign = ({ algorithm, keyid, privateKey }: SigningKey, changes?: JWTPayload, header?: object): Promise<string> =>
    new SignJWT(claims(changes))
      .setProtectedHeader({ alg: algorithm, kid: keyid, typ: 'at+jwt', ...header })
      .sign(privateKey, { crit: { 'https://issuer.example/hold': true } });
  const plainJwt = { typ: 'JWT' };
  const boundToKey = await sign(rsa, { cnf: { jkt: await calculateJwkThumbprint(stranger.publicJwk) } });
  return {
    otherSignature: await sign(stranger),
    ownKeyInHeader: await sign(stranger, {}, { jwk: stranger.publicJwk }),
    unknownKeyid: await sign(stranger, {}, { kid: '../../dev/null' }),
    zeroSignature: `${(await sign(ec)).replace(/[^.]+$/, '')}${base64url.encode(new Uint8Array(64))}`,
    changedClaims: changeClaims(await sign(rsa), { scope: 'orders:read orders:write admin' }),
    algNone: new UnsecuredJWT(claims()).encode(),
    publicKeyAsSecret: await new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', kid: rsa.keyid, typ: 'at+jwt' })
      .sign(new TextEncoder().encode(rsa.publicPem)),
    unknownExtension: await sign(
      rsa,
      {},
      { crit: ['https://issuer.example/hold'], 'https://issuer.example/hold': true },
    ),
    logoutToken: await sign(rsa, { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }, plainJwt),
    idToken: await sign(rsa, { nonce: randomUUID() }, plainJwt),
    expired: await sign(rsa, { iat: now() - 2 * tokenSeconds, exp: now() - tokenSeconds }),
    endless: await sign(rsa, { exp: now() + 365 * 24 * 3600 }),
    otherIssuer: await sign(rsa, { iss: `${issuer}/other` }),
    otherAudience: await sign(rsa, { aud: 'https://billing.example' }),
    strongSignIn: await sign(rsa, { sub: 'ada', acr: strongSignIn, auth_time: now() }),
    weakSignIn: await sign(rsa, { sub: 'ada', acr: 'password', auth_time: now() }),
    boundToKey,
    boundToCertificate: await sign(rsa, { cnf: { 'x5t#S256': certificateThumbprint } }),
    proofForAnotherServer: await signProof('https://hostile.example/payouts', boundToKey, stranger),
  };
}

/** A DPoP proof, good but for its address. */
function signProof(htu: string, token: string, { algorithm, publicJwk, privateKey }: SigningKey): Promise<string> {
  const { kty, crv, x, y } = publicJwk;
  const ath = createHash('sha256').update(token).digest('base64url');
  return new SignJWT({ htm: 'GET', htu, ath, jti: randomUUID(), iat: now() })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: algorithm, jwk: { kty, crv, x, y } as JWK })
    .sign(privateKey);
}

const now = (): number => Math.floor(Date.now() / 1000);

function accessClaims(issuer: string): JWTPayload {
  return {
    iss: issuer,
    aud: audience,
    sub: 'order-desk',
    client_id: 'order-desk',
    jti: randomUUID(),
    scope: 'orders:read orders:write',
    iat: now(),
    exp: now() + tokenSeconds,
  };
}

/** Writes other claims into a signed token, and leaves its signature. */
function changeClaims(token: string, changes: JWTPayload): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload))) as JWTPayload;
  return [header, base64url.encode(JSON.stringify({ ...claims, ...changes })), signature].join('.');
}
