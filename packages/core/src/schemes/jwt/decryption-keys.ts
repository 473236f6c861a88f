import { decodeBase64url } from '../../base/base64.js';
import type { Jwk } from '../../contracts/key.js';
import type { Faults } from '../../errors/faults.js';
import { keyManagementAlgorithms, type DecryptionKey } from './encrypted-token.js';

const curves = ['P-256', 'P-384', 'P-521'];
const minimumRsaBytes = 256;

/** Checks `decryptionKeys`; faults show no key. */
export function checkDecryptionKeys(value: unknown, faults: Faults): readonly DecryptionKey[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length === 0) {
    faults.add('decryptionKeys', 'invalid-option', 'must be a list of private keys (JWK), not empty');
    return [];
  }
  return (value as readonly unknown[]).flatMap((jwk, index) => {
    const fault = findFault(jwk);
    if (fault === undefined) return toKey(jwk as Jwk);
    faults.add(`decryptionKeys[${index}]`, 'malformed-key', fault);
    return [];
  });
}

function toKey(jwk: Jwk): DecryptionKey {
  const { kid, alg } = jwk;
  return { jwk: Object.freeze({ ...jwk }), alg: alg as string, keyid: kid as string | undefined };
}

function findFault(jwk: unknown): string | undefined {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return 'must be a JWK';
  const { kty, crv, alg, use, kid, n, d } = jwk as Jwk;
  if (typeof alg !== 'string' || !keyManagementAlgorithms.includes(alg))
    return `must have an alg of ${keyManagementAlgorithms.join(', ')}`;
  if (use !== undefined && use !== 'enc') return 'must be for encryption: use "enc", or none';
  if (kid !== undefined && typeof kid !== 'string') return 'must have text as its kid';
  if (typeof d !== 'string' || !decodeBase64url(d)?.length) return 'must be a private key';
  if (alg.startsWith('RSA')) {
    const modulus = typeof n === 'string' ? decodeBase64url(n) : undefined;
    return kty === 'RSA' && (modulus?.length ?? 0) >= minimumRsaBytes
      ? undefined
      : 'must be an RSA key of 2048 bits or more';
  }
  return kty === 'EC' && curves.includes(crv as string) ? undefined : `must be an EC key on ${curves.join(', ')}`;
}
