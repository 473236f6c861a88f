import type { Challenge } from '../../contracts/scheme.js';
import { formatChallenge } from '../../http/challenge.js';

/** `Signature realm="…"`: what asks for a signature of which everything else is agreed. */
export function signatureChallenge(realm: string): Challenge {
  return { headers: [['www-authenticate', formatChallenge('Signature', [['realm', realm]])]] };
}
