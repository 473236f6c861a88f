import type { PolicyQuery } from '../contracts/policy.js';
import { createAddressSet } from '../http/addresses.js';
import type { ComparisonData, ConditionData, Day, Scalar } from './data.js';
import { attributeOf, parsePath } from './attribute.js';
import {
  allOf, anyOf, compare, negate, not, truthOfAll, truthOfAny, type Filter, type Test, type Truth,
} from './filter.js'; // prettier-ignore
import { secondsOf } from './instant.js';
import { isNamed, isOwn, type OwnIssuers } from './subject.js';

/** A condition in code. Only a literal `true` holds, only a literal `false` does not; a promise is neither. */
export type ConditionFunction = (query: PolicyQuery) => boolean;

/** What a condition is judged by. */
export interface Judged {
  readonly query: PolicyQuery;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly own: OwnIssuers;
}

export interface Condition {
  /** @throws ConditionError where it failed. */
  truth(judged: Judged): Truth;
  /**
   * What is left to ask of resources, of which nothing is known yet.
   * @param unknown what stands for what cannot be told: false, or true under a `not`
   */
  residual(judged: Judged, unknown: boolean): Filter;
  /** Why it does not hold, for events. */
  readonly reason: 'not-owner' | 'condition-unmet';
}

/** A condition threw, or answered something that is neither true nor false. */
export class ConditionError extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(what, options);
    this.name = 'ConditionError';
  }
}

export type Functions = ReadonlyMap<string, ConditionFunction>;

export const days: readonly Day[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Makes a condition of data that was checked. */
export function compileCondition(data: ConditionData, functions: Functions): Condition {
  const parts: Condition[] = [];
  const add = (condition: Condition): void => void parts.push(condition);
  const { owner, attributes, all, any, condition } = data;
  for (const fact of factsOf(data)) add(aside(fact));
  if (owner !== undefined) add(owner ? ownership : negation(ownership));
  for (const [path, wanted] of Object.entries(attributes ?? {})) for (const test of testsOf(path, wanted)) add(test);
  if (all !== undefined) add(conjunction(all.map((each) => compileCondition(each, functions))));
  if (any !== undefined) add(disjunction(any.map((each) => compileCondition(each, functions))));
  if (data.not !== undefined) add(negation(compileCondition(data.not, functions)));
  if (condition !== undefined) add(inCode(condition, functions.get(condition)!));
  return parts.length === 1 ? parts[0]! : conjunction(parts);
}

/** What concerns the principal and the moment alone. */
function factsOf(data: ConditionData): ((judged: Judged) => Truth)[] {
  const { address, from, until, hours, days: on, scopes, acr, amr, maxAgeSeconds } = data;
  const facts: ((judged: Judged) => Truth)[] = [];
  if (address !== undefined) {
    const ranges = createAddressSet(address);
    facts.push(({ query: { context } }) => known(context.address ?? undefined, (it) => ranges.has(it)));
  }
  if (from !== undefined) {
    const first = secondsOf(from);
    facts.push(({ now }) => now >= first);
  }
  if (until !== undefined) {
    const end = secondsOf(until);
    facts.push(({ now }) => now < end);
  }
  if (hours !== undefined) {
    const [first, last] = [minutesOf(hours.from), minutesOf(hours.until)];
    facts.push(({ now }) => {
      const minute = Math.floor(now / 60) % 1440;
      return first < last ? minute >= first && minute < last : minute >= first || minute < last;
    });
  }
  if (on !== undefined) facts.push(({ now }) => on.includes(days[new Date(now * 1000).getUTCDay()]!));
  if (scopes !== undefined) facts.push(({ query }) => scopes.every((scope) => query.principal.scopes.has(scope)));
  if (acr !== undefined) facts.push(({ query: { principal } }) => known(principal.assurance?.acr, (it) => acr.includes(it)));
  if (amr !== undefined)
    facts.push(({ query: { principal } }) => known(principal.assurance?.amr, (it) => amr.every((each) => it.includes(each))));
  if (maxAgeSeconds !== undefined)
    facts.push(({ query: { principal }, now }) => known(principal.assurance?.authenticatedAt, (it) => now - it <= maxAgeSeconds));
  return facts;
} // prettier-ignore

const known = <T>(value: T | undefined, test: (value: T) => boolean): Truth =>
  value === undefined ? undefined : test(value);

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

const aside = (truth: (judged: Judged) => Truth): Condition => ({
  truth,
  residual: (judged, unknown) => truth(judged) ?? unknown,
  reason: 'condition-unmet',
});

// Decision: undefined never equals undefined; what nobody owns is nobody's.
const ownership: Condition = {
  truth: ({ query: { principal, resource }, own }) =>
    resource.owner === undefined || resource.owner === null ? undefined : isNamed(principal, resource.owner, own),
  residual({ query: { principal }, own }) {
    const { issuer, subject } = principal;
    const theirs: Filter = { attribute: 'owner', operator: 'equals', value: subject };
    return anyOf([
      isOwn(principal, own) && { all: [theirs, { attribute: 'ownerIssuer', operator: 'absent' }] },
      issuer !== null && { all: [theirs, { attribute: 'ownerIssuer', operator: 'equals', value: issuer }] },
    ]);
  },
  reason: 'not-owner',
};

function testsOf(path: string, { equals, in: list, atLeast, atMost }: ComparisonData): Condition[] {
  const tests: Condition[] = [];
  const add = (operator: Test['operator'], value: unknown): void => {
    const other = typeof value === 'object' && !Array.isArray(value) ? (value as { attribute: string }).attribute : undefined;
    tests.push(other === undefined ? comparison(path, { attribute: path, operator, value } as Comparable) : twoAttributes(path, other));
  };
  if (equals !== undefined) add('equals', equals);
  if (list !== undefined) add('in', list);
  if (atLeast !== undefined) add('atLeast', atLeast);
  if (atMost !== undefined) add('atMost', atMost);
  return tests;
} // prettier-ignore

type Comparable = Exclude<Test, { operator: 'absent' }>;

const isOfResource = (path: string): boolean => path.startsWith('resource.');
const withinResource = (path: string): string => path.slice('resource.'.length);

function comparison(path: string, test: Comparable): Condition {
  const parsed = parsePath(path)!;
  const truth = ({ query }: Judged): Truth => compare(test, attributeOf(query, parsed));
  if (!isOfResource(path)) return aside(truth);
  const residual: Filter = { ...test, attribute: withinResource(path) };
  return { truth, residual: () => residual, reason: 'condition-unmet' };
}

/** One attribute equals another: of the two, one may be the resource's. */
function twoAttributes(path: string, other: string): Condition {
  const [left, right] = [parsePath(path)!, parsePath(other)!];
  const truth = ({ query }: Judged): Truth => {
    const value = attributeOf(query, right);
    return isScalar(value)
      ? compare({ attribute: path, operator: 'equals', value }, attributeOf(query, left))
      : undefined;
  };
  if (!isOfResource(path) && !isOfResource(other)) return aside(truth);
  const attribute = withinResource(isOfResource(path) ? path : other);
  const given = isOfResource(path) ? right : left;
  return {
    truth,
    residual({ query }, unknown) {
      const value = attributeOf(query, given);
      return isScalar(value) ? { attribute, operator: 'equals', value } : unknown;
    },
    reason: 'condition-unmet',
  };
}

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const conjunction = (parts: readonly Condition[]): Condition => ({
  truth: (judged) => truthOfAll(parts, (part) => part.truth(judged)),
  residual: (judged, unknown) => allOf(parts.map((part) => part.residual(judged, unknown))),
  reason: parts.some(({ reason }) => reason === 'not-owner') ? 'not-owner' : 'condition-unmet',
});

const disjunction = (parts: readonly Condition[]): Condition => ({
  ...conjunction(parts),
  truth: (judged) => truthOfAny(parts, (part) => part.truth(judged)),
  residual: (judged, unknown) => anyOf(parts.map((part) => part.residual(judged, unknown))),
});

const negation = (part: Condition): Condition => ({
  truth: (judged) => negate(part.truth(judged)),
  residual: (judged, unknown) => not(part.residual(judged, !unknown)),
  reason: 'condition-unmet',
});

function inCode(name: string, run: ConditionFunction): Condition {
  return {
    truth({ query }) {
      let answer: unknown;
      try {
        answer = run(query);
      } catch (error) {
        throw new ConditionError(`the condition ${name} threw`, { cause: error });
      }
      if (typeof answer === 'boolean') return answer;
      // What it rejects with must not end the process.
      if (typeof (answer as { then?: unknown } | null)?.then === 'function')
        (answer as Promise<unknown>).then(undefined, () => undefined);
      throw new ConditionError(`the condition ${name} answered neither true nor false`);
    },
    residual() {
      throw new ConditionError(`the condition ${name} is code, which no filter can hold`);
    },
    reason: 'condition-unmet',
  };
}
