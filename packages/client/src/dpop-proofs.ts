import { signDpopProof, type Awaitable, type DpopKey, type RandomSource } from '@auth/core/signing';

import type { ServerClock } from './server-clock.js';
import type { AnswerHeaders } from './strategy.js';

/** Servers whose nonces are kept: the API and the issuer. */
const maxNonces = 100;
// RFC 9449 §8.1: NQCHAR. The length is that of a field which others write.
const nonceText = /^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/;

export interface DpopProofsOptions {
  readonly key: Awaitable<DpopKey>;
  readonly clock: ServerClock;
  readonly random: RandomSource;
}

/** A request that a proof is for. */
export interface ProvenRequest {
  readonly method: string;
  readonly url: URL;
  readonly accessToken?: string;
}

/** Signs proofs (RFC 9449), and remembers the last nonce of each origin. */
export class DpopProofs {
  readonly #options: DpopProofsOptions;
  readonly #nonces = new Map<string, string>();

  constructor(options: DpopProofsOptions) {
    this.#options = options;
  }

  /** A proof for one try, and the nonce in it. */
  async sign(request: ProvenRequest): Promise<{ readonly proof: string; readonly nonce: string | undefined }> {
    const { key, clock, random } = this.#options;
    const nonce = this.#nonces.get(request.url.origin);
    const asked = { ...request, ...(nonce !== undefined && { nonce }) };
    return { proof: await signDpopProof(asked, await key, { clock, random }), nonce };
  }

  /** Takes the nonce of an answer, whatever its status (RFC 9449 §8.2). True where it is another than `used`. */
  learn({ origin }: URL, headers: AnswerHeaders, used: string | undefined): boolean {
    const nonce = headers.get('dpop-nonce');
    if (nonce === null || !nonceText.test(nonce)) return false;
    this.#nonces.delete(origin);
    this.#nonces.set(origin, nonce);
    const [oldest] = this.#nonces.keys();
    if (this.#nonces.size > maxNonces && oldest !== undefined) this.#nonces.delete(oldest);
    return nonce !== used;
  }
}
