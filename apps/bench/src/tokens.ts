import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  type KeyObject,
} from 'node:crypto';

import type { Jwk } from '@auth/core';

export type AlgorithmName = 'RS256' | 'ES256' | 'EdDSA' | 'HS256';

export const issuer = 'https://issuer.example';
export const audience = 'https://api.example';
export const scope = 'orders:read';

/** What verifiers are made of: a public key in each form that libraries take, or a secret. */
export interface PublicMaterial {
  readonly algorithm: AlgorithmName;
  readonly key: KeyObject;
  /** Unset for HS256. */
  readonly jwk?: Jwk;
  /** Of the public key; unset for HS256. */
  readonly pem?: string;
}

export interface Material extends PublicMaterial {
  readonly sign: (input: Buffer) => Buffer;
}

/** A token as verifiers get it, and taken apart for the primitive alone. */
export interface Sample {
  readonly token: string;
  /** The value of an `Authorization` field. */
  readonly authorization: string;
  readonly input: Buffer;
  /** As the primitive takes it: DER for ECDSA. */
  readonly signature: Buffer;
}

export function makeMaterial(algorithm: AlgorithmName): Material {
  if (algorithm === 'HS256') {
    const key = createSecretKey(randomBytes(32));
    return { algorithm, key, sign: (input) => createHmac('sha256', key).update(input).digest() };
  }
  const { publicKey, privateKey } = makePair(algorithm);
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  return {
    algorithm,
    key: publicKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: 'key-1', alg: algorithm, use: 'sig' },
    pem: publicKey.export({ format: 'pem', type: 'spki' }) as string,
    sign: (input) => sign(digest, input, privateKey),
  };
}

function makePair(algorithm: Exclude<AlgorithmName, 'HS256'>): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (algorithm) {
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'EdDSA':
      return generateKeyPairSync('ed25519');
  }
}

/** Claims of an access token of RFC 9068, of the usual size. */
export function claimsNow(): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    sub: randomUUID(),
    aud: audience,
    iat: now,
    exp: now + 3600,
    jti: randomUUID(),
    client_id: 'orders-job',
    scope: `${scope} orders:write`,
  };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function makeSample(
  material: Material,
  claims: object = claimsNow(),
  header: object = { alg: material.algorithm, typ: 'at+jwt', kid: 'key-1' },
): Sample {
  const input = Buffer.from(`${encode(header)}.${encode(claims)}`);
  const signature = material.sign(input);
  const written = material.algorithm === 'ES256' ? derToConcatenated(signature) : signature;
  return sampleOf(`${input.toString()}.${written.toString('base64url')}`, input, signature);
}

/** A sample of any text; strings in one piece, as an HTTP parser makes them. */
export function sampleOf(token: string, input: Buffer = Buffer.alloc(0), signature: Buffer = Buffer.alloc(0)): Sample {
  const authorization = Buffer.from(`Bearer ${token}`).toString('latin1');
  return { token: Buffer.from(token).toString('latin1'), authorization, input, signature };
}

/** Of P-256: the two integers of the sequence, 32 bytes each (RFC 7518 §3.4). */
function derToConcatenated(der: Buffer): Buffer {
  const lengthOfR = der[3]!;
  const r = der.subarray(4, 4 + lengthOfR);
  const s = der.subarray(6 + lengthOfR);
  return Buffer.concat([r, s].map((integer) => Buffer.concat([Buffer.alloc(32), integer]).subarray(-32)));
}
