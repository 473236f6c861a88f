import type { Case } from '../measure/race.js';
import type { PublicMaterial, Sample } from '../tokens.js';
import { checkVerifier, schemeVerifier } from './auth-core.js';
import { fastJwtVerifier } from './fast-jwt.js';
import { joseVerifier } from './jose.js';
import { jsonwebtokenVerifier } from './jsonwebtoken.js';

export const raw = 'node:crypto';
export const scheme = '@auth/core scheme';
export const schemeRemembering = '@auth/core scheme, remembering';
const check = '@auth/core auth.check';
export const joseInFlight = 'jose, 64 in flight';
export const fastJwt = 'fast-jwt';
export const fastJwtCached = 'fast-jwt, cached';
export const jsonwebtoken = 'jsonwebtoken';

/** Every library over the same tokens, one after the other. */
export async function rivals(material: PublicMaterial, samples: readonly Sample[]): Promise<readonly Case[]> {
  const over =
    <T>(verify: (sample: Sample) => T) =>
    (index: number): T =>
      verify(samples[index % samples.length]!);
  const jose = over(await joseVerifier(material));
  return [
    { name: scheme, judge: over(schemeVerifier(material)) },
    { name: check, judge: over(checkVerifier(material)) },
    { name: 'jose, one at a time', judge: jose, inFlight: 1 },
    { name: joseInFlight, judge: jose, inFlight: 64 },
    { name: fastJwt, judge: over(fastJwtVerifier(material, { cache: false })) },
    ...(material.algorithm === 'EdDSA' ? [] : [{ name: jsonwebtoken, judge: over(jsonwebtokenVerifier(material)) }]),
  ];
}
