/** Algorithms of the HTTP Signature Algorithms registry (RFC 9421 §6.2.2), with their names in JOSE. */
const joseNames = Object.freeze({
  'hmac-sha256': 'HS256',
  ed25519: 'Ed25519',
  'ecdsa-p256-sha256': 'ES256',
  'ecdsa-p384-sha384': 'ES384',
  'rsa-pss-sha512': 'PS512',
  'rsa-v1_5-sha256': 'RS256',
});

export type SignatureAlgorithm = keyof typeof joseNames;

export const signatureAlgorithms = Object.freeze(Object.keys(joseNames)) as readonly SignatureAlgorithm[];

export function isSignatureAlgorithm(name: unknown): name is SignatureAlgorithm {
  return typeof name === 'string' && Object.hasOwn(joseNames, name);
}

/** Both registries mean one algorithm: ECDSA as r‖s (RFC 9421 §3.3.4), PSS with a salt as long as the digest (§3.3.1). */
export function toJoseName(algorithm: SignatureAlgorithm): string {
  return joseNames[algorithm];
}
