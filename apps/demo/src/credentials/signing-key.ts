import { exportJWK, exportSPKI, generateKeyPair, type GenerateKeyPairResult, type JWK } from 'jose';

/** A key pair of an issuer. */
export interface SigningKey {
  readonly algorithm: string;
  readonly keyid: string;
  readonly privateKey: GenerateKeyPairResult['privateKey'];
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
  readonly publicPem: string;
}

export async function makeSigningKey(algorithm: string, keyid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const names = { kid: keyid, alg: algorithm, use: 'sig' };
  return {
    algorithm,
    keyid,
    privateKey,
    privateJwk: { ...(await exportJWK(privateKey)), ...names },
    publicJwk: { ...(await exportJWK(publicKey)), ...names },
    publicPem: await exportSPKI(publicKey),
  };
}
