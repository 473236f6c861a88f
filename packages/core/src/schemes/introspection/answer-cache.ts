import type { JsonObject } from '../../base/strict-json.js';

/** What a server said of a token, as long as it is taken for true. */
interface Kept {
  readonly answer: JsonObject;
  readonly bytes: number;
  readonly from: number;
  readonly until: number;
}

// Decision: what a server says of a token that it does not know is asked again soon: the token may only just have been issued.
const negativeSeconds = 5;
const maxAnswers = 10_000;
const maxBytes = 16 * 2 ** 20;

/**
 * Answers by the hash of their tokens, within bounds. Invented tokens push out invented tokens alone.
 * All times are seconds since the epoch.
 */
export class AnswerCache {
  readonly #seconds: number;
  readonly #active = new Bounded();
  readonly #inactive = new Bounded();

  /** @param seconds the longest that an answer is kept */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  get(key: string, now: number): JsonObject | undefined {
    return (this.#active.get(key, now) ?? this.#inactive.get(key, now))?.answer;
  }

  /** @param bytes size of the answer, as it came */
  set(key: string, answer: JsonObject, { now, bytes }: { readonly now: number; readonly bytes: number }): void {
    const { active, exp } = answer as { active: boolean; exp?: number };
    const lasting = active && now < (exp ?? Infinity);
    const seconds = lasting
      ? Math.min(this.#seconds, (exp ?? Infinity) - now)
      : Math.min(this.#seconds, negativeSeconds);
    if (seconds <= 0) return;
    (lasting ? this.#active : this.#inactive).set(key, { answer, bytes, from: now, until: now + seconds });
  }
}

/** What was not asked for longest goes first. */
class Bounded {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  get(key: string, now: number): Kept | undefined {
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    this.#delete(key, found);
    // A clock that was set back must not keep an answer alive.
    if (now < found.from || now >= found.until) return undefined;
    this.#add(key, found);
    return found;
  }

  set(key: string, kept: Kept): void {
    const before = this.#kept.get(key);
    if (before !== undefined) this.#delete(key, before);
    this.#add(key, kept);
    for (const [oldest, old] of this.#kept) {
      if (this.#kept.size <= maxAnswers && this.#bytes <= maxBytes) break;
      this.#delete(oldest, old);
    }
  }

  #add(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    this.#bytes += kept.bytes;
  }

  #delete(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#bytes -= kept.bytes;
  }
}
