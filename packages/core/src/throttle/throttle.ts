import { crypto } from '#crypto';

import { after } from '../base/awaitable.js';
import { encodeBase64url } from '../base/base64.js';
import { toUtf8 } from '../base/bytes.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Clock } from '../contracts/clock.js';
import type { Failure } from '../contracts/failure.js';
import type { LimitAnswer, LimitTake, RateLimit, RateLimitStore } from '../contracts/stores.js';
import { failure, type Reason } from '../errors/failures.js';
import { networkOf, wideNetworkOf } from '../http/addresses.js';
import { formatRateLimits, wholeSeconds, type LimitState } from './fields.js';
import type { ThrottleSettings } from './options.js';
import { Tries } from './tries.js';

/** Who asks, before anything is proved. */
export interface Asker {
  /** Null where the connection has none: all of these share one bucket. */
  readonly address: string | null;
  /** Subjects that the credentials name, unproved. */
  readonly claimed: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** What the address has paid for this request already; unset: nothing yet. */
  readonly paid?: readonly LimitState[] | undefined;
}

/** May try. `end` says what became of it, once. */
export interface Admission {
  readonly kind: 'admitted';
  readonly states: readonly LimitState[];
  /** @param outcome `wrong`: it was a guess that missed; `right`: proved; `neither`: it says nothing of anybody's credentials */
  end(outcome: 'right' | 'wrong' | 'neither'): Awaitable<void>;
}

/** A limit that is charged once it is known who asks. */
export interface Charge {
  readonly name: LimitState['name'];
  /** Whose bucket. */
  readonly parts: readonly (string | null)[];
  readonly limit: RateLimit;
  readonly reason: Reason;
}

/** Every charge was paid; `states` tells what is left. */
export interface Charged {
  readonly kind: 'charged';
  readonly states: readonly LimitState[];
}

/** A bucket of failures, and the reason with which it refuses. */
interface FailureBucket {
  readonly key: string;
  readonly reason: Reason;
  readonly limit: RateLimit;
  readonly block?: Pick<LimitTake, 'blockSeconds' | 'maxBlockSeconds'>;
}

const maxBlockSeconds = 86_400;
// Decision: a /48 is one customer of many networks; it may be wrong as often as ten of its /64.
const wideFactor = 10;
// Decision: a subject may be guessed at from four networks before new ones have to wait; so nobody locks somebody out from one.
const subjectFactor = 4;
// Decision: whoever proved to be a subject from a network is not held up there by what others guess (OWASP Authentication Cheat Sheet).
const knownSeconds = 30 * 86_400;
/** A bucket that is empty for so long after a success. */
const known: RateLimit = Object.freeze({ points: 1, seconds: knownSeconds });

/** Decides who may try, and how much of what was proved may go on. Every bucket is named by a hash. */
export class Throttle {
  readonly #settings: ThrottleSettings;
  readonly #store: RateLimitStore;
  readonly #clock: Clock;
  readonly #tries = new Tries();

  constructor(settings: ThrottleSettings, store: RateLimitStore, clock: Clock) {
    this.#settings = settings;
    this.#store = store;
    this.#clock = clock;
  }

  get fields(): boolean {
    return this.#settings.fields;
  }

  get perSubject(): RateLimit | undefined {
    return this.#settings.perSubject;
  }

  get perCredential(): RateLimit | undefined {
    return this.#settings.perCredential;
  }

  /** Whether `admit` has anything to ask. */
  get asksBefore(): boolean {
    const { blocked, perAddress, failures } = this.#settings;
    return (blocked ?? perAddress ?? failures) !== undefined;
  }

  /** Whether somebody may try to prove themselves: takes a point of the address, and a place among the tries under way. */
  admit(asker: Asker): Awaitable<Admission | Failure> {
    return this.#settings.blocked?.has(asker.address) === true
      ? failure('address-blocked')
      : this.#admit(asker, asker.paid);
  }

  /** @param before what the address has paid for this request already */
  #admit(asker: Asker, before?: readonly LimitState[]): Awaitable<Admission | Failure> {
    const { spared, perAddress } = this.#settings;
    const { address, signal } = asker;
    const isSpared = spared?.has(address) === true;
    const network = address === null ? 'local' : networkOf(address);
    const takes: LimitTake[] = [];
    if (perAddress !== undefined && !isSpared && before === undefined)
      takes.push({ key: keyOf(['address', network]), limit: perAddress, cost: 1, needs: 1 });
    const paid = takes.length;
    const buckets = this.#failureBuckets(asker, network, isSpared);
    for (const { key, limit } of buckets) takes.push({ key, limit, cost: 0, needs: this.#tries.count(key) + 1 });
    const pairs = asker.claimed.map((subject) => keyOf(['known', subject, network]));
    for (const key of pairs) takes.push({ key, limit: known, cost: 0, needs: 0 });
    if (takes.length === 0) return nothingCounted;
    return after(this.#store.take(takes, this.#clock.now(), signal), (answers) => {
      const states =
        before ?? answers.slice(0, paid).map((answer) => ({ name: 'address', limit: perAddress!, answer }) as const);
      if (states[0]?.answer.allowed === false) return this.#refuse('address-limit', states[0].answer, states);
      const isKnown = pairs.length > 0 && answers.slice(paid + buckets.length).every(({ remaining }) => remaining < 1);
      const held = buckets.findIndex(
        ({ reason }, index) => !answers[paid + index]!.allowed && !(isKnown && reason === 'subject-limit'),
      );
      if (held === -1) return this.#begin(buckets, pairs, states);
      const { key, reason } = buckets[held]!;
      const answer = answers[paid + held]!;
      // Points are there, and others are about to use them up or not.
      const next = answer.remaining >= 1 && this.#tries.count(key) > 0 ? this.#tries.next(key, signal) : undefined;
      return next === undefined ? this.#refuse(reason, answer, []) : next.then(() => this.#admit(asker, states));
    });
  }

  /** Takes what the proven and the route are charged: all, or nothing. */
  charge(charges: readonly Charge[], signal: AbortSignal | undefined): Awaitable<Charged | Failure> {
    if (charges.length === 0) return nothingCharged;
    const takes = charges.map(({ name, parts, limit }) => ({ key: keyOf([name, ...parts]), limit, cost: 1, needs: 1 }));
    return after(this.#store.take(takes, this.#clock.now(), signal), (answers) => {
      const states = charges.map(({ name, limit }, index) => ({ name, limit, answer: answers[index]! }));
      const over = states.findIndex(({ answer }) => !answer.allowed);
      return over === -1
        ? { kind: 'charged', states }
        : this.#refuse(charges[over]!.reason, states[over]!.answer, [states[over]!]);
    });
  }

  #failureBuckets({ address, claimed }: Asker, network: string, isSpared: boolean): readonly FailureBucket[] {
    const { failures } = this.#settings;
    if (failures === undefined) return [];
    const { points, seconds, blockSeconds } = failures;
    const block = { blockSeconds, maxBlockSeconds };
    const buckets: FailureBucket[] = [];
    if (!isSpared) {
      buckets.push({ key: keyOf(['failures', network]), reason: 'failures-limit', limit: { points, seconds }, block });
      const wide = address === null ? undefined : wideNetworkOf(address);
      if (wide !== undefined)
        buckets.push({
          key: keyOf(['failures', wide]),
          reason: 'address-limit',
          limit: { points: points * wideFactor, seconds },
          block,
        });
    }
    for (const subject of claimed)
      buckets.push({
        key: keyOf(['failures-of', subject]),
        reason: 'subject-limit',
        limit: { points: points * subjectFactor, seconds },
      });
    return buckets;
  }

  #begin(buckets: readonly FailureBucket[], pairs: readonly string[], states: readonly LimitState[]): Admission {
    if (buckets.length === 0) return { kind: 'admitted', states, end: () => undefined };
    const keys = buckets.map(({ key }) => key);
    this.#tries.begin(keys);
    let ended = false;
    return {
      kind: 'admitted',
      states,
      end: (outcome) => {
        if (ended) return undefined;
        ended = true;
        const takes = outcome === 'wrong' ? buckets.map(wrong) : outcome === 'right' ? pairs.map(right) : [];
        if (takes.length === 0) return this.#tries.end(keys);
        // Whoever has gone is counted all the same: no signal.
        return settled(
          () => this.#store.take(takes, this.#clock.now()),
          () => this.#tries.end(keys),
        );
      },
    };
  }

  #refuse(reason: Reason, answer: LimitAnswer, states: readonly LimitState[]): Failure {
    return failure(reason, {
      code: 'rate-limited',
      headers: this.#settings.fields ? formatRateLimits(states) : [],
      retryAfterSeconds: wholeSeconds(answer.waitSeconds),
    });
  }
}

const nothingCounted: Admission = Object.freeze({ kind: 'admitted', states: [], end: () => undefined });
const nothingCharged: Charged = Object.freeze({ kind: 'charged', states: [] });

const wrong = ({ key, limit, block }: FailureBucket): LimitTake => ({ key, limit, cost: 1, needs: 0, ...block });
const right = (key: string): LimitTake => ({ key, limit: known, cost: 1, needs: 0 });

/** As JSON, so that no two names are written alike; as a hash, so that a store learns nobody's. */
const keyOf = (parts: readonly (string | null)[]): string =>
  encodeBase64url(crypto.sha256(toUtf8(JSON.stringify(parts))));

/** Runs a step, and the last one after it, whatever becomes of the first. */
function settled(step: () => Awaitable<unknown>, last: () => void): Awaitable<void> {
  let waits = false;
  try {
    const running = step();
    if (running instanceof Promise) {
      waits = true;
      return running.then(() => undefined).finally(last);
    }
    return undefined;
  } finally {
    if (!waits) last();
  }
}
