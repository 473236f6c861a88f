import { webcrypto } from 'node:crypto';

import { exportJWK, exportSPKI, generateKeyPair, type GenerateKeyPairResult, type JWK } from 'jose';

/** A key pair of an issuer. */
export interface SigningKey {
  readonly algorithm: string;
  readonly keyid: string;
  readonly privateKey: GenerateKeyPairResult['privateKey'];
  readonly publicJwk: JWK;
  readonly publicPem: string;
  /** The signature in the form of JOSE (RFC 7518 §3). */
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>;
}

/** @param algorithm `RS256` or `ES256` */
export async function makeSigningKey(algorithm: string, keyid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const { name } = privateKey.algorithm;
  return {
    algorithm,
    keyid,
    privateKey,
    publicJwk: { ...(await exportJWK(publicKey)), kid: keyid, alg: algorithm, use: 'sig' },
    publicPem: await exportSPKI(publicKey),
    sign: async (data) => new Uint8Array(await webcrypto.subtle.sign({ name, hash: 'SHA-256' }, privateKey, data)),
  };
}
