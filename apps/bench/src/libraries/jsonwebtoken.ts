import jsonwebtoken from 'jsonwebtoken';

import { audience, issuer, type PublicMaterial, type Sample } from '../tokens.js';
import { unlessThrown } from './verifier.js';

/** With a key object, which it handles fastest. It knows no EdDSA. */
export function jsonwebtokenVerifier({ algorithm, key }: PublicMaterial): (sample: Sample) => boolean {
  const options = { algorithms: [algorithm as jsonwebtoken.Algorithm], issuer, audience };
  return unlessThrown((token) => jsonwebtoken.verify(token, key, options));
}
