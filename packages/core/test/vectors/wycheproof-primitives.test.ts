import { createPublicKey } from 'node:crypto';

import { afterAll, describe, expect, it } from 'vitest';

import type { VerificationKey } from '../../src/index.js';
import { findAlgorithm } from '../../src/crypto/algorithms.js';
import { findJwkFault } from '../../src/crypto/jwk.js';
import { backends, type Backend } from './backends.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';
import { casesOf, readWycheproof, type WycheproofCase, type WycheproofGroup } from './wycheproof-file.js';

const rsa = ['2048', '3072', '4096'].flatMap((bits) =>
  ['256', '384', '512'].map((hash) => [`rsa_signature_${bits}_sha${hash}`, `RS${hash}`] as const),
);
const files: readonly (readonly [file: string, algorithm: string])[] = [
  ['ecdsa_secp256r1_sha256_p1363', 'ES256'],
  ['ecdsa_secp384r1_sha384_p1363', 'ES384'],
  ['ecdsa_secp521r1_sha512_p1363', 'ES512'],
  ['ed25519', 'EdDSA'],
  ['hmac_sha256', 'HS256'],
  ['hmac_sha384', 'HS384'],
  ['hmac_sha512', 'HS512'],
  ['rsa_pss_2048_sha256_mgf1_32', 'PS256'],
  ['rsa_pss_2048_sha384_mgf1_48', 'PS384'],
  ['rsa_pss_3072_sha256_mgf1_32', 'PS256'],
  ['rsa_pss_4096_sha256_mgf1_32', 'PS256'],
  ['rsa_pss_4096_sha384_mgf1_48', 'PS384'],
  ['rsa_pss_4096_sha512_mgf1_64', 'PS512'],
  ...rsa,
];

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

/** Imports the key of a group, as it would come from a JWK Set; undefined where each case has a secret of its own. */
async function keyOf({ crypto }: Backend, group: WycheproofGroup): Promise<VerificationKey | undefined> {
  if (group.publicKeyDer === undefined) return undefined;
  // Some groups print their key as DER alone.
  const der = { key: Buffer.from(group.publicKeyDer, 'hex'), format: 'der', type: 'spki' } as const;
  const jwk = group.publicKeyJwk ?? group.keyJwk ?? createPublicKey(der).export({ format: 'jwk' });
  expect(findJwkFault(jwk)).toBeUndefined();
  return crypto.importPublicKey(jwk);
}

/**
 * What must come out. A tag that was cut short is never compared (RFC 7518 §3.2 knows whole ones only), and of the legal but
 * old forms (PKCS#1 without its NULL) none is taken.
 */
function isGood(group: WycheproofGroup, { result }: WycheproofCase, algorithm: string): boolean {
  const whole = group.tagSize === undefined || group.tagSize === findAlgorithm(algorithm)!.signatureLength! * 8;
  return result === 'valid' && whole;
}

async function findWrong(backend: Backend, algorithm: string, groups: readonly WycheproofGroup[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const group of groups) {
    const shared = await keyOf(backend, group);
    for (const each of group.tests) {
      const key = shared ?? backend.crypto.importSecret(bytes(each.key!));
      const good = await key.verify(algorithm, bytes(each.sig ?? each.tag!), bytes(each.msg!));
      if (good !== isGood(group, each, algorithm)) wrong.push(`${each.tcId} (${each.comment}): ${good}`);
    }
  }
  return wrong;
}

afterAll(printCounts);

describe.each(backends.map((backend) => [backend.name, backend] as const))('the back end %s', (name, backend) => {
  it.each(files)('judges every signature of Wycheproof %s as %s', async (file, algorithm) => {
    const groups = readWycheproof(file);
    expect(await findWrong(backend, algorithm, groups)).toEqual([]);
    if (name === 'web') count(`wycheproof/${file}`, casesOf(groups).length);
  });

  it('computes the HMAC of RFC 4231 §4, and compares no part of one', async () => {
    const { cases } = readVectors('hmac/rfc4231.json') as { cases: readonly HmacCase[] };
    checkMembers('rfc4231', cases, ['id', 'section', 'keyHex', 'dataHex', 'hmac', 'truncatedToBits']);
    for (const { keyHex, dataHex, hmac, truncatedToBits } of cases) {
      const key = backend.crypto.importSecret(bytes(keyHex));
      expect(Object.keys(hmac)).toEqual(['sha256', 'sha384', 'sha512']);
      for (const [hash, mac] of Object.entries(hmac))
        expect(await key.verify(hash.replace('sha', 'HS'), bytes(mac), bytes(dataHex))).toBe(
          truncatedToBits === undefined,
        );
    }
    if (name === 'web') count('hmac/rfc4231', cases.length * 3);
  });
});

interface HmacCase {
  readonly keyHex: string;
  readonly dataHex: string;
  readonly hmac: Readonly<Record<string, string>>;
  readonly truncatedToBits?: number;
}
