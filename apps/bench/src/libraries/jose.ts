import { webcrypto } from 'node:crypto';

import { importJWK, jwtVerify, type CryptoKey } from 'jose';

import { audience, issuer, type PublicMaterial } from '../tokens.js';
import type { Verifier } from './verifier.js';

/** With a key imported once. */
export async function joseVerifier(material: PublicMaterial): Promise<Verifier> {
  const key = await importKey(material);
  const options = { issuer, audience, algorithms: [material.algorithm], typ: 'at+jwt' };
  return ({ token }) =>
    jwtVerify(token, key, options).then(
      () => true,
      () => false,
    );
}

async function importKey({ algorithm, jwk, key }: PublicMaterial): Promise<CryptoKey> {
  if (jwk !== undefined) return (await importJWK(jwk, algorithm)) as CryptoKey;
  return webcrypto.subtle.importKey('raw', key.export(), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}
