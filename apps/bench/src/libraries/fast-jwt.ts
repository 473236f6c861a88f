import { createVerifier } from 'fast-jwt';

import { audience, issuer, type PublicMaterial, type Sample } from '../tokens.js';
import { unlessThrown } from './verifier.js';

export function fastJwtVerifier(
  { algorithm, pem, key }: PublicMaterial,
  { cache }: { readonly cache: boolean },
): (sample: Sample) => boolean {
  const verify = createVerifier({
    key: pem ?? key.export(),
    algorithms: [algorithm],
    allowedIss: issuer,
    allowedAud: audience,
    checkTyp: 'at+jwt',
    cache,
  });
  return unlessThrown((token) => verify(token) as unknown);
}
