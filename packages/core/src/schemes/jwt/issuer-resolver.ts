import { withDeadline } from '../../base/deadline.js';
import { Gate } from '../../base/gate.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Clock } from '../../contracts/clock.js';
import type { Context } from '../../contracts/scheme.js';
import { DependencyError } from '../../errors/failure-error.js';
import { checkIssuerOptions, type IssuerOptions, type IssuerSettings } from './issuer-options.js';

/** What `resolveIssuer` answers: an issuer with where its keys are. What it leaves out is taken from the options of the scheme. */
export type ResolvedIssuer = Partial<IssuerOptions> & Pick<IssuerOptions, 'issuer'>;

/**
 * Finds an issuer at run time: by a look-up in a list of your own. Undefined for one that is not in it.
 * @param issuer `iss` as a stranger wrote it: only to be compared. Nothing may be fetched from it
 */
export type ResolveIssuer = (
  issuer: string,
  context: { readonly signal: AbortSignal },
) => Awaitable<ResolvedIssuer | undefined>;

// Decision: so long an answer is kept, and so many; what is forgotten is asked again.
const knownSeconds = 300;
const unknownSeconds = 30;
const maxKnown = 1000;
const maxUnknown = 10_000;
const longestIssuer = 2048;
const deadlineMs = 1000;
const bounds = { most: 16, mostWaiting: 1024 };

interface Kept {
  readonly settings: IssuerSettings | undefined;
  readonly from: number;
  readonly until: number;
}

/** Asks for issuers, bounded in number, time and memory, and keeps the answers. An unknown one costs no fetch. */
export class IssuerResolver {
  readonly #resolve: ResolveIssuer;
  readonly #shared: Partial<IssuerOptions>;
  readonly #gate = new Gate(bounds);
  readonly #known = new Map<string, Kept>();
  readonly #unknown = new Map<string, Kept>();
  readonly #underWay = new Map<string, Promise<IssuerSettings | undefined>>();
  readonly #closed = new AbortController();

  /** @param shared holds for each issuer that says nothing else */
  constructor(resolve: ResolveIssuer, shared: Partial<IssuerOptions>) {
    this.#resolve = resolve;
    this.#shared = shared;
  }

  /**
   * @returns undefined for an issuer that nobody knows
   * @throws DependencyError `issuer-resolver-unavailable` where the function throws, hangs, or answers with no issuer
   */
  find(issuer: unknown, { clock, signal }: Context): Awaitable<IssuerSettings | undefined> {
    if (typeof issuer !== 'string' || issuer === '' || issuer.length > longestIssuer) return undefined;
    const now = clock.now();
    const kept = this.#known.get(issuer) ?? this.#unknown.get(issuer);
    if (kept !== undefined && now >= kept.from && now < kept.until) return kept.settings;
    return withDeadline(this.#fly(issuer, clock), 2 * deadlineMs, () => unavailable('it takes too long'), signal);
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('closed'));
    for (const { settings } of this.#known.values()) await settings?.keys.close?.();
  }

  #fly(issuer: string, clock: Clock): Promise<IssuerSettings | undefined> {
    const joined = this.#underWay.get(issuer);
    if (joined !== undefined) return joined;
    const flight = this.#gate.run(() => this.#ask(issuer, clock)) ?? Promise.reject(unavailable('too many ask'));
    const tidied = flight.finally(() => this.#underWay.delete(issuer));
    this.#underWay.set(issuer, tidied);
    return tidied;
  }

  async #ask(issuer: string, clock: Clock): Promise<IssuerSettings | undefined> {
    let settings: IssuerSettings | undefined;
    const context = { signal: this.#closed.signal };
    const late = (): Error => new Error(`no answer within ${deadlineMs} ms`);
    try {
      const asked = Promise.resolve(this.#resolve(issuer, context));
      settings = this.#check(issuer, await withDeadline(asked, deadlineMs, late));
    } catch (error) {
      throw unavailable(error instanceof Error ? error.message : 'it threw', error);
    }
    const now = clock.now();
    const until = now + (settings === undefined ? unknownSeconds : knownSeconds);
    this.#keep(issuer, { settings, from: now, until });
    return settings;
  }

  #check(issuer: string, answer: ResolvedIssuer | undefined): IssuerSettings | undefined {
    if (answer === undefined) return undefined;
    // A resolver that answers for somebody else, or hands back what it was asked, would open the door to everybody.
    if (answer?.issuer !== issuer) throw new Error('it answered with another issuer');
    const options = { ...this.#shared, ...answer };
    // Decision: no discovery. `iss` would be the address, and a stranger wrote it.
    if ((options.jwks ?? options.jwksUri ?? options.secretBase64) === undefined)
      throw new Error('it answered without jwks, jwksUri or secretBase64');
    return checkIssuerOptions(options as IssuerOptions);
  }

  #keep(issuer: string, kept: Kept): void {
    void this.#known.get(issuer)?.settings?.keys.close?.();
    this.#known.delete(issuer);
    this.#unknown.delete(issuer);
    const [place, most] = kept.settings === undefined ? [this.#unknown, maxUnknown] : [this.#known, maxKnown];
    place.set(issuer, kept);
    if (place.size <= most) return;
    for (const [oldest, { settings }] of place) {
      place.delete(oldest);
      void settings?.keys.close?.();
      break;
    }
  }
}

const unavailable = (problem: string, cause?: unknown): DependencyError =>
  new DependencyError(
    'issuer-resolver-unavailable',
    {},
    { message: `resolveIssuer cannot be asked: ${problem}`, cause },
  );
