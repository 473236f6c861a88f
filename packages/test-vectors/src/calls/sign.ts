import { constants, createHmac, createPrivateKey, sign } from 'node:crypto';

import type { JsonObject } from '../case.js';
import type { TokenRecipe } from './case.js';

/** Signs a JWT in compact form (RFC 7515 §7.1) as its recipe says, also where that makes no sense: that is what cases are for. */
export function signToken(
  { key, secret, header, claims }: TokenRecipe,
  privateKeys: Readonly<Record<string, JsonObject>>,
): string {
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  if (secret !== undefined) return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  if (key === undefined) return `${input}.`;
  const jwk = Object.hasOwn(privateKeys, key) ? privateKeys[key]! : undefined;
  if (jwk === undefined) throw new Error(`${key} is no key of the suite`);
  return `${input}.${signBytes(Buffer.from(input), jwk, header['alg']).toString('base64url')}`;
}

function signBytes(data: Buffer, jwk: JsonObject, algorithm: unknown): Buffer {
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const name = String(algorithm);
  if (jwk['kty'] === 'OKP') return sign(null, data, key);
  const digest = `sha${/\d{3}$/.exec(name)?.[0] ?? '256'}`;
  if (jwk['kty'] === 'EC') return sign(digest, data, { key, dsaEncoding: 'ieee-p1363' });
  if (!name.startsWith('PS')) return sign(digest, data, key);
  return sign(digest, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(digest.slice(3)) / 8 });
}
