import { crypto } from '#crypto';

import { after, all } from '../base/awaitable.js';
import { constantTimeEqual } from '../base/constant-time.js';
import { toUtf8 } from '../base/bytes.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Sign } from '../crypto/crypto.js';

/** `fresh`: good. `ending`: good, and the next one should be told. */
export type NonceAge = 'fresh' | 'ending' | 'invalid';

// Decision: a nonce is good for the step that it was made in and the next one: from 150 to 300 seconds.
const stepSeconds = 150;

/**
 * Nonces of a server (RFC 9449 §9): an HMAC of the time, in steps. All processes that have the secret make and take the same, and
 * keep nothing; without the secret nobody knows the next one.
 */
export class DpopNonces {
  readonly #sign: Awaitable<Sign>;
  /** By step: this one and those beside it. */
  readonly #made = new Map<number, Awaitable<string>>();

  /** @param secret at least 32 random bytes */
  constructor(secret: Uint8Array) {
    this.#sign = crypto.importSigningSecret(secret, 'HS256');
  }

  /** @param now seconds since the epoch */
  current(now: number): Awaitable<string> {
    return this.#of(stepOf(now));
  }

  judge(nonce: string, now: number): Awaitable<NonceAge> {
    const step = stepOf(now);
    // That of the next step comes from a process whose clock is ahead: nobody else can know it.
    return after(all([step + 1, step, step - 1].map((each) => this.#of(each))), ([next, current, previous]) => {
      if (isSame(nonce, current!) || isSame(nonce, next!)) return 'fresh';
      return isSame(nonce, previous!) ? 'ending' : 'invalid';
    });
  }

  #of(step: number): Awaitable<string> {
    const known = this.#made.get(step);
    if (known !== undefined) return known;
    const made = after(this.#sign, (sign) =>
      after(sign(toUtf8(`dpop-nonce ${step}`)), (mac) => crypto.encodeBase64url(mac)),
    );
    const [oldest] = this.#made.keys();
    if (this.#made.size >= 4) this.#made.delete(oldest!);
    this.#made.set(step, made);
    return after(made, (nonce) => {
      // Kept as it is once it is there, so that later look-ups answer at once.
      this.#made.set(step, nonce);
      return nonce;
    });
  }
}

const stepOf = (now: number): number => Math.floor(now / stepSeconds);
const isSame = (a: string, b: string): boolean => constantTimeEqual(toUtf8(a), toUtf8(b));
