import { systemClock } from '../base/clock.js';
import { neverThrowing } from '../base/never-throwing.js';
import type { Clock } from '../contracts/clock.js';
import type {
  PolicyContext,
  PolicyEngine,
  PolicyHost,
  PolicyNote,
  PolicyQuery,
  Resource,
  Verdict,
} from '../contracts/policy.js';
import type { Principal } from '../contracts/principal.js';
import { isConfigurationError } from '../errors/configuration-error.js';
import { Faults } from '../errors/faults.js';
import { checkPolicy } from './check-data.js';
import { compilePolicy, type CompiledPolicy } from './compile.js';
import type { ConditionFunction, Functions, Judged } from './condition.js';
import type { PolicyData } from './data.js';
import { decide, standingOf } from './decide.js';
import type { Filter } from './filter.js';
import { filterOf } from './list-filter.js';
import { reviewPolicy, type PolicyReview, type ReviewOptions } from './review.js'; // prettier-ignore

export interface PolicyOptions {
  /** Conditions in code, by the names that rules give them. Only a literal `true` holds; one that waits never does. */
  readonly conditions?: Readonly<Record<string, ConditionFunction>>;
  readonly clock?: Clock;
}

/** A policy, compiled: who may do what to what. For `createAuth({ policy })`, and for handlers that ask by themselves. */
export interface Policy extends PolicyEngine {
  decide(query: PolicyQuery): Verdict;
  /** Whether a principal may do this to that. A refusal has an event. */
  can(principal: Principal, action: string, resource?: Resource, context?: PolicyContext): boolean;
  /** As `can`, with the reason, the rules and the roles; without an event. */
  explain(principal: Principal, action: string, resource?: Resource, context?: PolicyContext): Verdict;
  /**
   * Which resources of a type a principal may do this to, as data for a database query.
   * @throws ConfigurationError where a rule that concerns it has a condition in code.
   */
  filter(principal: Principal, action: string, type: string, context?: PolicyContext): Filter;
  /** Those of a list that a principal may do this to. */
  select<T>(principal: Principal, action: string, list: readonly T[], toResource: (item: T) => Resource, context?: PolicyContext): T[]; // prettier-ignore
  /**
   * Takes a new policy, whole or not at all: what is decided while it is checked goes by the old one.
   * @throws ConfigurationError with every fault; then the old policy stays, and an alert `policy-rejected` says so.
   */
  replace(data: PolicyData): void;
  /** Who may do what, what nobody needs, and which roles are broad. */
  review(options?: ReviewOptions): PolicyReview;
  /** As it was given. */
  readonly data: PolicyData;
}

/**
 * Compiles a policy.
 * Checks: names of members, roles, conditions and attributes; cycles; times; with `permissions` every name of one.
 * @throws ConfigurationError with every fault, each with its place.
 * @example
 * const policy = createPolicy({
 *   roles: { reader: { permissions: ['orders:read'] }, editor: { inherits: ['reader'], permissions: ['orders:write'] } },
 *   rules: [{ effect: 'allow', permissions: ['orders:cancel'], when: { owner: true } }],
 * });
 */
export function createPolicy(data: PolicyData, options: PolicyOptions = {}): Policy {
  return new CompiledEngine(data, options);
}

class CompiledEngine implements Policy {
  readonly #clock: Clock;
  readonly #functions: Functions;
  readonly #hosts = new Set<PolicyHost>();
  #current: { readonly live: CompiledPolicy; readonly shadow: CompiledPolicy | undefined };

  constructor(data: PolicyData, options: PolicyOptions) {
    checkOptions(options);
    this.#clock = options.clock ?? systemClock;
    this.#functions = new Map(Object.entries(options.conditions ?? {}));
    this.#current = this.#compile(data);
  }

  get data(): PolicyData {
    return this.#current.live.data;
  }

  decide(query: PolicyQuery): Verdict {
    const { live, shadow } = this.#current;
    const judged = this.#judge(query);
    const verdict = decide(live, judged, this.#tell);
    if (shadow === undefined) return verdict;
    const other = decide(shadow, judged, this.#tell);
    return other.allow === verdict.allow ? verdict : { ...verdict, shadow: other };
  }

  decideRoles({ principal, roles, context }: Parameters<NonNullable<PolicyEngine['decideRoles']>>[0]): Verdict {
    const { live } = this.#current;
    const standing = standingOf(live, principal, { now: context.now ?? this.#clock.now(), own: this.#own });
    if (roles.some((role) => standing.roles.includes(role))) return { allow: true, reason: 'ok', rules: [] };
    const over = roles.some((role) => standing.expiredRoles.includes(role));
    return { allow: false, reason: over ? 'grant-expired' : 'role-missing', rules: [] };
  }

  knows(permission: string): boolean {
    return this.#current.live.permissions?.has(permission) ?? true;
  }

  can(principal: Principal, action: string, resource: Resource = {}, context: PolicyContext = {}): boolean {
    const query = { principal, action, resource, context };
    const verdict = this.decide(query);
    if (!verdict.allow || verdict.shadow !== undefined)
      this.#record({ outcome: verdict.allow ? 'allow' : 'refuse', reason: verdict.reason!, query, verdict });
    return verdict.allow;
  }

  explain(principal: Principal, action: string, resource: Resource = {}, context: PolicyContext = {}): Verdict {
    return this.decide({ principal, action, resource, context });
  }

  filter(principal: Principal, action: string, type: string, context: PolicyContext = {}): Filter {
    return filterOf(this.#current.live, this.#judge({ principal, action, resource: { type }, context }));
  }

  select<T>(principal: Principal, action: string, list: readonly T[], toResource: (item: T) => Resource, context: PolicyContext = {}): T[] {
    return list.filter((item) => this.decide({ principal, action, resource: toResource(item), context }).allow);
  } // prettier-ignore

  replace(data: PolicyData): void {
    try {
      this.#current = this.#compile(data);
    } catch (error) {
      const faults = isConfigurationError(error) ? error.faults.map(({ path, reason }) => ({ path, reason })) : [];
      this.#record({ outcome: 'alert', reason: 'policy-rejected', faults });
      throw error;
    }
    this.#record({ outcome: 'alert', reason: 'policy-replaced' });
  }

  review(options: ReviewOptions = {}): PolicyReview {
    return reviewPolicy(this.#current.live, { ...options, now: this.#clock.now() });
  }

  attach(host: PolicyHost): () => void {
    this.#hosts.add(host);
    return () => void this.#hosts.delete(host);
  }

  /** What becomes of the caller's object later changes nothing here. */
  #compile(given: PolicyData): { readonly live: CompiledPolicy; readonly shadow: CompiledPolicy | undefined } {
    checkPolicy(given, this.#functions);
    const data = freezeCopy(given);
    const { shadow } = data;
    return {
      live: compilePolicy(data, this.#functions),
      shadow: shadow && compilePolicy(shadow, this.#functions),
    };
  }

  #judge(query: PolicyQuery): Judged {
    return { query, now: query.context.now ?? this.#clock.now(), own: this.#own };
  }

  readonly #own = {
    has: (issuer: string): boolean => {
      for (const host of this.#hosts) if (host.issuers.has(issuer)) return true;
      return false;
    },
  };

  readonly #tell = (error: unknown): void => {
    for (const host of this.#hosts) neverThrowing((each) => host.onError(each))(error);
  };

  #record(note: PolicyNote): void {
    for (const host of this.#hosts) host.record(note);
  }
}

function checkOptions(options: PolicyOptions): void {
  const faults = new Faults();
  faults.addUnknown(options, ['conditions', 'clock']);
  for (const [name, condition] of Object.entries(options.conditions ?? {}))
    if (typeof condition !== 'function') faults.add(`conditions.${name}`, 'invalid-option', 'must be a function');
  if (options.clock !== undefined && typeof options.clock?.now !== 'function')
    faults.add('clock', 'invalid-option', 'must be a Clock');
  faults.throwIfAny();
}

function freezeCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(freezeCopy)) as T;
  const copy = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, freezeCopy(member)]));
  return Object.freeze(copy) as T;
}
