import type { CachedToken, Clock } from '@auth/core/signing';

const firstWaitSeconds = 1;
const longestWaitSeconds = 60;

/**
 * Remembers that the API refuses tokens of ours that are new, so that an API which answers 401 to everything does not cost a token
 * for each call: a token that was refused before it was ever taken is renewed after 1 s, then 2 s, and so on up to 60 s.
 */
export class RefusalMemory {
  readonly #clock: Clock;
  /** Renewals since the API last took a token. */
  #renewals = 0;
  #fresh: CachedToken | undefined;
  #notBefore = 0;
  #asked = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a token that was refused is worth another. */
  mayRenew(token: CachedToken): boolean {
    const now = this.#clock.now();
    if (this.#renewals > 0 && this.#isFresh(token) && now < this.#notBefore) return false;
    this.#asked = true;
    return true;
  }

  /** A token was got. */
  renewed(token: CachedToken): void {
    this.#fresh = token;
    if (!this.#asked) return;
    this.#asked = false;
    const wait = Math.min(firstWaitSeconds * 2 ** this.#renewals, longestWaitSeconds);
    this.#renewals += 1;
    this.#notBefore = this.#clock.now() + wait;
  }

  /** The API took a token. */
  accept(token: CachedToken): void {
    if (this.#renewals === 0 || !this.#isFresh(token)) return;
    this.#renewals = 0;
    this.#asked = false;
  }

  /** Tokens that come from a shared cache are other objects each time. */
  #isFresh({ accessToken }: CachedToken): boolean {
    return this.#fresh?.accessToken.reveal() === accessToken.reveal();
  }
}
