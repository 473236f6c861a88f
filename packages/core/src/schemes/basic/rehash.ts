import { orAbort } from '../../base/or-abort.js';
import type { Secret } from '../../base/secret.js';
import type { Context } from '../../contracts/scheme.js';
import {
  formatPasswordHash,
  hashLike,
  isOutdated,
  withSizes,
  type PasswordHash,
  type PasswordHashParameters,
} from '../../crypto/password-hash.js';
import { askStore } from '../../stores/ask-store.js';
import type { PasswordRecord, PasswordStore } from '../../stores/credentials.js';
import type { HashQueue } from './hash-queue.js';

/** A password that was right, and the hash that proved it. */
export interface ProvedPassword {
  readonly user: PasswordRecord;
  readonly stored: PasswordHash;
  readonly password: Secret<string>;
}

/**
 * Replaces outdated hashes once their password is known to be right: behind the request, one at a time, in the queue of all hashes.
 * Where there is no room for it, or somebody else needs it, the next time that the user comes will do.
 */
export class Rehash {
  readonly #store: PasswordStore;
  readonly #wanted: PasswordHashParameters;
  readonly #queue: HashQueue;
  readonly #closing = new AbortController();
  #underWay: Promise<void> | undefined;

  /** @param store with `replaceHash` */
  constructor(store: PasswordStore, wanted: PasswordHashParameters, queue: HashQueue) {
    this.#store = store;
    this.#wanted = wanted;
    this.#queue = queue;
  }

  /** Never waits, never throws. */
  offer(proved: ProvedPassword, { onError }: Context): void {
    if (this.#underWay !== undefined || this.#closing.signal.aborted || !isOutdated(proved.stored, this.#wanted))
      return;
    this.#underWay = this.#replace(proved)
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) onError?.(error);
      })
      .finally(() => (this.#underWay = undefined));
  }

  /** Calls off what is not yet written; what is being written comes to its end. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('closed'));
    await this.#underWay;
  }

  async #replace({ user, password }: ProvedPassword): Promise<void> {
    const { signal } = this.#closing;
    const work = (): Promise<PasswordHash> => hashLike(withSizes(this.#wanted), password.reveal());
    const hash = await orAbort(this.#queue.run(work, { address: null, signal, background: true }), signal);
    if (hash === undefined) return;
    const replacement = { from: user.passwordHash, to: formatPasswordHash(hash) };
    await askStore(() => this.#store.replaceHash?.(user.username, replacement), undefined);
  }
}
