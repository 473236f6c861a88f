import { withDeadline } from '../base/deadline.js';
import { systemRandom } from '../base/random.js';
import { SingleFlight } from '../base/single-flight.js';
import { withTimeLimit } from '../base/time-limit.js';
import type { RandomSource } from '../contracts/clock.js';
import type { KeyContext, KeyQuery, KeySource, VerificationKey } from '../contracts/key.js';
import { DependencyError } from '../errors/failure-error.js';
import type { LoadKeySet } from './discovery.js';
import { importKeySet, KeySetError, type KeyAlert, type KeySet } from './key-set.js';

export interface RemoteKeyOptions {
  readonly issuer: string;
  readonly load: LoadKeySet;
  /** For all that one refresh fetches. */
  readonly timeoutSeconds: number;
  readonly maxKeys: number;
  /** A key that was withdrawn stops so long after the last good answer, at the latest. */
  readonly maxAgeSeconds: number;
  /** During an outage known keys serve so long after the last good answer. */
  readonly maxStaleSeconds: number;
  readonly random?: RandomSource;
}

// Decision: unknown keyids cause one fetch in so many seconds. Each fetch brings the whole set, so that a flood of invented
// keyids, while it spends the budget, brings a rotated key as well: within 5 seconds, as without a flood.
const cooldownSeconds = 4;
// From this part of its age on a set is fetched anew while it still serves, so that nobody waits for that.
const refreshAhead = 0.8;
// Decision: after a failure the next try waits 1, 2, 4 … 30 seconds, less up to half of it (so that servers do not try in step).
const longestBackoffSeconds = 30;
// Decision: where an outage is known, or a keyid is not, nobody waits for longer than this part of the time limit.
const patience = 0.2;

interface Outage {
  readonly error: unknown;
  readonly attempts: number;
  readonly retryAt: number;
}

/**
 * Keys that are fetched from elsewhere, kept, and fetched anew.
 * - One fetch serves all who wait for it; a caller who leaves ends only his own waiting.
 * - `ready()` fetches ahead. Decision: an outage then is told to `onError` and rejects nothing, so that a server can start
 *   while its issuer is down; requests are refused with 503 until it is back.
 * - A fault of the answer (not JSON, empty, too many keys) is an outage like any other: known keys are kept.
 * - Nothing is fetched unless somebody asks for a key: there is no timer.
 * @throws DependencyError from `find`, with the time of the next try, where keys are not to be had.
 */
export function createRemoteKeys(options: RemoteKeyOptions): KeySource {
  return new RemoteKeys(options);
}

class RemoteKeys implements KeySource {
  readonly #options: RemoteKeyOptions;
  readonly #flight = new SingleFlight<void>();
  #known: { readonly set: KeySet; readonly fetchedAt: number } | undefined;
  #outage: Outage | undefined;
  #budgetAt = -Infinity;
  #told: ReadonlySet<string> = new Set();

  constructor(options: RemoteKeyOptions) {
    this.#options = options;
  }

  find(query: KeyQuery, context: KeyContext): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const { maxAgeSeconds, maxStaleSeconds } = this.#options;
    const now = context.clock.now();
    const age = this.#age(now);
    if (age >= (this.#isDown(now) ? maxStaleSeconds : maxAgeSeconds)) return this.#fetch(query, context, false);
    if (age >= maxAgeSeconds * refreshAhead || this.#outage !== undefined) void this.#start(context, false);
    const keys = this.#known!.set.candidates(query);
    if (isKnown(query, keys)) return keys;
    return this.#mayAskAgain(now) ? this.#fetch(query, context, true) : this.#answer(query, now);
  }

  async ready(context: KeyContext): Promise<void> {
    if (this.#age(context.clock.now()) < this.#options.maxAgeSeconds) return;
    const flight = this.#start(context, false);
    try {
      if (flight !== undefined) await this.#wait(flight, context, false);
    } catch (error) {
      // Too late an answer is an outage too: a long pause of the process lets the fetch no time to say so itself.
      if (!(error instanceof DependencyError)) throw error;
      context.onError?.(error);
      return;
    }
    if (this.#outage !== undefined) context.onError?.(this.#unavailable(context.clock.now()));
  }

  close(): void {
    this.#flight.stop(new Error('closed'));
  }

  /** Starts a refresh, or joins the one under way; undefined while a failure keeps from trying again. */
  #start(context: KeyContext, again: boolean): Promise<void> | undefined {
    return this.#flight.underWay || !this.#backsOff(context.clock.now())
      ? this.#flight.run((signal) => this.#load(context, again, signal))
      : undefined;
  }

  async #fetch(query: KeyQuery, context: KeyContext, again: boolean): Promise<readonly VerificationKey[]> {
    const brief = again || this.#isDown(context.clock.now());
    const flight = this.#start(context, again);
    if (flight !== undefined) await this.#wait(flight, context, brief);
    return this.#answer(query, context.clock.now());
  }

  async #wait(flight: Promise<void>, { clock, signal }: KeyContext, brief: boolean): Promise<void> {
    // The flight keeps its own limit: twice as long is never.
    const seconds = this.#options.timeoutSeconds * (brief ? patience : 2);
    await withDeadline(flight, seconds * 1000, () => this.#unavailable(clock.now()), signal);
  }

  /** From what is known now. That a key is unknown can be said only while there is no outage: else it is 503, never 401. */
  #answer(query: KeyQuery, now: number): readonly VerificationKey[] {
    const usable = this.#age(now) < this.#options.maxStaleSeconds ? this.#known : undefined;
    const keys = usable?.set.candidates(query) ?? [];
    if (usable === undefined || (this.#outage !== undefined && !isKnown(query, keys))) throw this.#unavailable(now);
    return keys;
  }

  /** Never rejects: what went wrong is remembered as the outage. */
  async #load(context: KeyContext, again: boolean, signal: AbortSignal): Promise<void> {
    const { load, timeoutSeconds, maxKeys } = this.#options;
    const fetchedAt = context.clock.now();
    try {
      const document = await withTimeLimit(timeoutSeconds, (limited) => load(limited, again), signal);
      const { set, alerts } = await importKeySet(document, maxKeys);
      this.#known = { set, fetchedAt };
      this.#outage = undefined;
      this.#tell(alerts, context);
    } catch (error) {
      // Closed: nobody is to blame.
      if (signal.aborted) return;
      this.#fail(error, context);
      if (error instanceof KeySetError && error.alert !== undefined) this.#tell([error.alert], context);
    }
  }

  #fail(error: unknown, { clock, onError }: KeyContext): void {
    const attempts = (this.#outage?.attempts ?? 0) + 1;
    const backoff = Math.min(longestBackoffSeconds, 2 ** (attempts - 1));
    const [jitter = 0] = (this.#options.random ?? systemRandom)(1);
    this.#outage = { error, attempts, retryAt: clock.now() + backoff * (1 - jitter / 512) };
    // Where no key is known, the requests that are refused tell of it.
    if (attempts === 1 && this.#known !== undefined) onError?.(this.#unavailable(clock.now()));
  }

  /** What was told after the last fetch is not told again. */
  #tell(alerts: readonly KeyAlert[], { alert }: KeyContext): void {
    const before = this.#told;
    const nameOf = ({ reason, keyid }: KeyAlert): string => `${reason} ${keyid ?? ''}`;
    this.#told = new Set(alerts.map(nameOf));
    for (const each of alerts) if (!before.has(nameOf(each))) alert?.({ ...each, issuer: this.#options.issuer });
  }

  /** Seconds since the last good answer. */
  #age(now: number): number {
    if (this.#known === undefined) return Infinity;
    // A clock that was set back must not keep a withdrawn key alive: its age counts anew from there.
    if (this.#known.fetchedAt > now) this.#known = { ...this.#known, fetchedAt: now };
    return now - this.#known.fetchedAt;
  }

  /** Whether an outage is known. What failed longer ago says nothing any more: then keys that are old are no longer taken unasked. */
  #isDown(now: number): boolean {
    return this.#outage !== undefined && now < this.#outage.retryAt + longestBackoffSeconds;
  }

  #backsOff(now: number): boolean {
    const wait = (this.#outage?.retryAt ?? now) - now;
    return wait > 0 && wait <= longestBackoffSeconds;
  }

  /** Whether an unknown keyid may wait for a fetch: for one under way, or for one that the budget allows. */
  #mayAskAgain(now: number): boolean {
    if (this.#flight.underWay) return true;
    const wait = this.#budgetAt - now;
    if (this.#backsOff(now) || (wait > 0 && wait <= cooldownSeconds)) return false;
    this.#budgetAt = now + cooldownSeconds;
    return true;
  }

  #unavailable(now: number): DependencyError {
    const { error, retryAt = now } = this.#outage ?? {};
    const problem = error instanceof Error ? error.message : 'there is no answer yet';
    return new DependencyError(
      error instanceof KeySetError ? error.reason : 'jwks-unavailable',
      { retryAfterSeconds: Math.max(1, Math.ceil(retryAt - now)) },
      { message: `The keys of ${this.#options.issuer} are not to be had: ${problem}`, cause: error },
    );
  }
}

/** Whether the keys can be what is looked for: a token without `keyid` has all of them for candidates, whatever they fit. */
function isKnown({ keyid, algorithm }: KeyQuery, keys: readonly VerificationKey[]): boolean {
  return keyid === undefined ? keys.some((key) => key.fits(algorithm)) : keys.length > 0;
}
