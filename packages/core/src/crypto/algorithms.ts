/** A signature algorithm of JOSE (RFC 7518 §3, RFC 8037, RFC 9864), as both back ends need to know it. */
export interface Algorithm {
  readonly name: string;
  readonly kty: 'RSA' | 'EC' | 'OKP' | 'oct';
  /** Curve, for EC and OKP. */
  readonly crv?: string;
  /** Digest as `node:crypto` calls it; EdDSA has its own. */
  readonly digest?: 'sha256' | 'sha384' | 'sha512';
  readonly padding?: 'pkcs1' | 'pss';
  /** Exact length in bytes, where the algorithm alone decides it (ECDSA: r and s, RFC 7518 §3.4). */
  readonly signatureLength?: number;
}

const list: readonly Algorithm[] = [
  { name: 'RS256', kty: 'RSA', digest: 'sha256', padding: 'pkcs1' },
  { name: 'RS384', kty: 'RSA', digest: 'sha384', padding: 'pkcs1' },
  { name: 'RS512', kty: 'RSA', digest: 'sha512', padding: 'pkcs1' },
  { name: 'PS256', kty: 'RSA', digest: 'sha256', padding: 'pss' },
  { name: 'PS384', kty: 'RSA', digest: 'sha384', padding: 'pss' },
  { name: 'PS512', kty: 'RSA', digest: 'sha512', padding: 'pss' },
  { name: 'ES256', kty: 'EC', crv: 'P-256', digest: 'sha256', signatureLength: 64 },
  { name: 'ES384', kty: 'EC', crv: 'P-384', digest: 'sha384', signatureLength: 96 },
  { name: 'ES512', kty: 'EC', crv: 'P-521', digest: 'sha512', signatureLength: 132 },
  { name: 'EdDSA', kty: 'OKP', crv: 'Ed25519', signatureLength: 64 },
  { name: 'Ed25519', kty: 'OKP', crv: 'Ed25519', signatureLength: 64 },
  { name: 'HS256', kty: 'oct', digest: 'sha256', signatureLength: 32 },
  { name: 'HS384', kty: 'oct', digest: 'sha384', signatureLength: 48 },
  { name: 'HS512', kty: 'oct', digest: 'sha512', signatureLength: 64 },
];

const byName: ReadonlyMap<string, Algorithm> = new Map(
  list.map((algorithm) => [algorithm.name, Object.freeze(algorithm)]),
);

/** Compared exactly: `alg` is case-sensitive (RFC 7515 §4.1.1). `none` is not among them. */
export function findAlgorithm(name: string): Algorithm | undefined {
  return byName.get(name);
}

export function isSymmetric(name: string): boolean {
  return byName.get(name)?.kty === 'oct';
}

/** EdDSA and Ed25519 name one algorithm on this curve (RFC 9864 §2.2). */
export function sameAlgorithm(a: string, b: string): boolean {
  return a === b || (byName.get(a)?.crv === 'Ed25519' && byName.get(b)?.crv === 'Ed25519');
}

export const asymmetricAlgorithms: readonly string[] = Object.freeze(
  list.filter((algorithm) => algorithm.kty !== 'oct').map((algorithm) => algorithm.name),
);

export const symmetricAlgorithms: readonly string[] = Object.freeze(['HS256', 'HS384', 'HS512']);
