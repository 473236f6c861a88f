import type { PolicyQuery, Resource } from '../contracts/policy.js';
import type { Scalar } from './data.js';
import { attributeOf } from './attribute.js';

/**
 * Which resources: data that a database query can be built from. An attribute that is not there makes a test neither true nor false, as NULL does in SQL;
 * what is not true is not chosen.
 */
export type Filter =
  | boolean
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | Test;

/**
 * One attribute of a resource: `id`, `type`, `owner`, `ownerIssuer`, `tenant`, or a path of properties. `absent` holds where resources have no such attribute at
 * all: of a table that has the column it is false.
 */
export type Test =
  | { readonly attribute: string; readonly operator: 'equals'; readonly value: Scalar }
  | { readonly attribute: string; readonly operator: 'in'; readonly value: readonly Scalar[] }
  | { readonly attribute: string; readonly operator: 'atLeast' | 'atMost'; readonly value: number }
  | { readonly attribute: string; readonly operator: 'absent' };

/** Whether something holds; undefined where it cannot be told. */
export type Truth = boolean | undefined;

export function allOf(parts: readonly Filter[]): Filter {
  if (parts.includes(false)) return false;
  const left = parts.filter((part) => part !== true);
  return left.length > 1 ? { all: left } : (left[0] ?? true);
}

export function anyOf(parts: readonly Filter[]): Filter {
  if (parts.includes(true)) return true;
  const left = parts.filter((part) => part !== false);
  return left.length > 1 ? { any: left } : (left[0] ?? false);
}

export const not = (part: Filter): Filter => (typeof part === 'boolean' ? !part : { not: part });

/** Kleene's logic, that of SQL. */
export function truthOfAll<T>(parts: readonly T[], truthOf: (part: T) => Truth): Truth {
  let truth: Truth = true;
  for (const part of parts) {
    const one = truthOf(part);
    if (one === false) return false;
    if (one === undefined) truth = undefined;
  }
  return truth;
}

export function truthOfAny<T>(parts: readonly T[], truthOf: (part: T) => Truth): Truth {
  let truth: Truth = false;
  for (const part of parts) {
    const one = truthOf(part);
    if (one === true) return true;
    if (one === undefined) truth = undefined;
  }
  return truth;
}

export const negate = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);

/**
 * Whether a resource is among those of a filter: the same answer as that of a database.
 * @example orders.filter((order) => matchesFilter(filter, { id: order.id, owner: order.owner, properties: order }))
 */
export const matchesFilter = (filter: Filter, resource: Resource): boolean => truthOfFilter(filter, resource) === true;

function truthOfFilter(filter: Filter, resource: Resource): Truth {
  if (typeof filter === 'boolean') return filter;
  if ('all' in filter) return truthOfAll(filter.all, (part) => truthOfFilter(part, resource));
  if ('any' in filter) return truthOfAny(filter.any, (part) => truthOfFilter(part, resource));
  if ('not' in filter) return negate(truthOfFilter(filter.not, resource));
  const found = attributeOf({ resource } as PolicyQuery, ['resource', ...filter.attribute.split('.')]);
  if (filter.operator === 'absent') return found === undefined;
  return compare(filter, found);
}

/** Holds a value against a comparison. What has another type is not equal; what has no order cannot be told. */
export function compare(test: Exclude<Test, { operator: 'absent' }>, found: unknown): Truth {
  if (found === undefined || found === null) return undefined;
  const values = Array.isArray(found) ? (found as unknown[]) : found instanceof Set ? [...found] : [found];
  switch (test.operator) {
    case 'equals':
      return values.includes(test.value);
    case 'in':
      return values.some((value) => test.value.includes(value as Scalar));
    case 'atLeast':
    case 'atMost':
      if (typeof found !== 'number' || Number.isNaN(found)) return undefined;
      return test.operator === 'atLeast' ? found >= test.value : found <= test.value;
  }
}
