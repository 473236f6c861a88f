import { crypto } from '#crypto';

import type { VerificationKey } from '../../contracts/key.js';

/**
 * Remembers which key signed which token, so that a token that comes again costs a hash in the place of a signature.
 *
 * Nothing else is remembered: issuer, algorithm, key set, claims, times and revocation are judged anew for each request, so that no
 * token outlives any of them. What is remembered is the key object itself, which is a new one with each refresh of its set: a key that
 * was withdrawn or replaced proves nothing any more. Only good signatures are kept, by the hash of the whole token: nobody can fill it
 * with inventions, and nobody reads a token from it.
 */
export class SignatureMemory {
  readonly #most: number;
  readonly #signers = new Map<string, VerificationKey>();

  /** @param most tokens that are remembered; 0: none */
  constructor(most: number) {
    this.#most = most;
  }

  /** The name of a token here; undefined where nothing is remembered. */
  nameOf(text: string): string | undefined {
    return this.#most === 0 ? undefined : crypto.sha256Text(text);
  }

  /** Whether one of these keys, which are those for this token now, is known to have signed it. */
  knows(name: string, keys: readonly VerificationKey[]): boolean {
    const signer = this.#signers.get(name);
    if (signer === undefined || !keys.includes(signer)) return false;
    // What was not asked for longest goes first.
    this.#signers.delete(name);
    this.#signers.set(name, signer);
    return true;
  }

  remember(name: string, signer: VerificationKey): void {
    this.#signers.delete(name);
    this.#signers.set(name, signer);
    if (this.#signers.size <= this.#most) return;
    for (const oldest of this.#signers.keys()) {
      this.#signers.delete(oldest);
      break;
    }
  }
}
