import { Faults } from '../errors/faults.js';
import { isAddressRange } from '../http/addresses.js';
import { parsePath } from './attribute.js';
import { days, type Functions } from './condition.js';
import { isTime } from './instant.js';

// Deeper than anybody writes; a cycle ends here.
const maxDepth = 16;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isList = (fits: (item: unknown) => boolean) => (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(fits); // prettier-ignore
const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
const isHour = (value: unknown): boolean =>
  typeof value === 'string' && /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What each member may be, and what to write where it is not. */
const members: Readonly<Record<string, readonly [fits: (value: unknown) => boolean, what: string]>> = {
  owner: [(value) => typeof value === 'boolean', 'true or false'],
  address: [isList(isAddressRange), 'a list of addresses and ranges whose host bits are zero: ["10.0.0.0/8"]'],
  from: [isTime, 'RFC 3339 text: "2026-01-01T00:00:00Z"'],
  until: [isTime, 'RFC 3339 text: "2026-01-01T00:00:00Z"'],
  hours: [isHours, 'two different times of the day, in UTC: { from: "08:00", until: "18:00" }'],
  days: [isList((day) => (days as readonly unknown[]).includes(day)), `a list of ${days.join(', ')}`],
  scopes: [isList(isText), 'a list of scopes'],
  acr: [isList(isText), 'a list of texts'],
  amr: [isList(isText), 'a list of texts'],
  maxAgeSeconds: [(value) => Number.isFinite(value) && (value as number) >= 0, 'a number of seconds'],
};
const comparisons: typeof members = {
  equals: [
    (value) =>
      isScalar(value) ||
      (isObject(value) && Object.keys(value).join(',') === 'attribute' && parsePath(value['attribute']) !== undefined),
    'text, a number, true, false, or { attribute: "principal.tenant" }',
  ],
  in: [isList(isScalar), 'a list of texts, numbers, true and false'],
  atLeast: [Number.isFinite, 'a number'],
  atMost: [Number.isFinite, 'a number'],
};
const others = ['attributes', 'all', 'any', 'not', 'condition'];

function isHours(value: unknown): boolean {
  if (!isObject(value) || Object.keys(value).sort().join(',') !== 'from,until') return false;
  return isHour(value['from']) && isHour(value['until']) && value['from'] !== value['until'];
}

/** @throws ConfigurationError with every fault of a condition, each with its place. */
export function checkCondition(value: unknown, path: string, functions: Functions, depth = 0): void {
  const faults = new Faults();
  if (!isObject(value) || Object.keys(value).length === 0 || depth > maxDepth) {
    faults.add(path, 'invalid-option', `must be an object with one or more of ${[...Object.keys(members), ...others].join(', ')}`);
    faults.throwIfAny();
    return;
  }
  checkMembers(value, path, { known: members, others, faults });
  const { attributes, not, condition } = value;
  if (attributes !== undefined) checkAttributes(attributes, `${path}.attributes`, faults);
  for (const name of ['all', 'any'] as const) {
    const list = value[name];
    if (list === undefined) continue;
    if (!Array.isArray(list) || list.length === 0)
      faults.add(`${path}.${name}`, 'invalid-option', 'must be a list of conditions, not empty');
    else
      for (const [index, each] of list.entries())
        faults.within('', () => checkCondition(each, `${path}.${name}[${index}]`, functions, depth + 1));
  }
  if (not !== undefined) faults.within('', () => checkCondition(not, `${path}.not`, functions, depth + 1));
  if (condition !== undefined && !functions.has(condition as string))
    faults.add(`${path}.condition`, 'unknown-condition', `names ${JSON.stringify(condition)}; the conditions given are ${[...functions.keys()].join(', ') || 'none'}`);
  faults.throwIfAny();
} // prettier-ignore

function checkMembers(
  value: Readonly<Record<string, unknown>>,
  path: string,
  { known, others: more, faults }: { readonly known: typeof members; readonly others: readonly string[]; readonly faults: Faults },
): void {
  for (const [name, given] of Object.entries(value)) {
    if (Object.hasOwn(known, name)) {
      const [fits, what] = known[name]!;
      if (!fits(given)) faults.add(`${path}.${name}`, 'invalid-option', `must be ${what}`);
    } else if (!more.includes(name)) {
      faults.add(`${path}.${name}`, 'unknown-option', `is not an option; the options are ${[...Object.keys(known), ...more].join(', ')}`);
    }
  }
} // prettier-ignore

function checkAttributes(value: unknown, path: string, faults: Faults): void {
  if (!isObject(value) || Object.keys(value).length === 0) {
    faults.add(path, 'invalid-option', 'must be an object of comparisons: { "resource.status": { equals: "open" } }');
    return;
  }
  for (const [attribute, comparison] of Object.entries(value)) {
    const place = `${path}.${attribute}`;
    if (parsePath(attribute) === undefined)
      faults.add(place, 'unknown-attribute', 'must be a path: principal.claims.NAME, resource.NAME or context.NAME');
    if (!isObject(comparison) || Object.keys(comparison).length === 0)
      faults.add(place, 'invalid-option', `must be an object with one or more of ${Object.keys(comparisons).join(', ')}`);
    else checkMembers(comparison, place, { known: comparisons, others: [], faults });
  }
} // prettier-ignore
