import { generateApiKey } from '@auth/core';
import { exportJWK, exportSPKI, generateKeyPair, type GenerateKeyPairResult, type JWK } from 'jose';

import { keyPrefix } from './auth.js';

/** A key pair of an issuer. */
export interface SigningKey {
  readonly algorithm: string;
  readonly keyid: string;
  readonly privateKey: GenerateKeyPairResult['privateKey'];
  readonly publicJwk: JWK;
  readonly publicPem: string;
}

export async function makeSigningKey(algorithm: string, keyid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm);
  const publicJwk = { ...(await exportJWK(publicKey)), kid: keyid, alg: algorithm, use: 'sig' };
  return { algorithm, keyid, privateKey, publicJwk, publicPem: await exportSPKI(publicKey) };
}

export interface ApiKeys {
  readonly good: string;
  readonly revoked: string;
  readonly badChecksum: string;
}

export function makeApiKeys(): ApiKeys {
  const good = generateApiKey(keyPrefix);
  return { good, revoked: generateApiKey(keyPrefix), badChecksum: withOtherLastDigit(good) };
}

const withOtherLastDigit = (key: string): string => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
