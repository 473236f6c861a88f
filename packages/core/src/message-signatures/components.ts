import type { Failure } from '../contracts/failure.js';
import { failure } from '../errors/failures.js';
import { formatItem, parseField, type Item, type Parameters } from '../http/structured-fields.js';

/** One thing that a signature covers (RFC 9421 §2): a header field, or a part of the message whose name begins with `@`. */
export interface Component {
  /** Lower case. */
  readonly name: string;
  readonly parameters: Parameters;
  /** Name and parameters as they stand in the signature base: `"@query-param";name="page"`. */
  readonly identifier: string;
}

// RFC 9110 §5.1, in lower case (RFC 9421 §2.1).
const fieldName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const derivedNames: ReadonlySet<string> = new Set([
  '@method', '@target-uri', '@authority', '@scheme', '@request-target', '@path', '@query', '@query-param', '@status',
]); // prettier-ignore
const flags = new Set(['sf', 'bs', 'req', 'tr']);

/**
 * Reads one component identifier.
 * Checks: a name in lower case; parameters that RFC 9421 §2 knows, of their type, and that go together (§2.5).
 * Does not check: that a message has it.
 * Decision: `tr` is refused. What stands in trailers has come after the decision, and adapters do not show them.
 */
export function toComponent(item: Item): Component | Failure {
  const [name, parameters] = item;
  if (typeof name !== 'string' || !(name.startsWith('@') || fieldName.test(name)))
    return failure('signature-malformed');
  const component = { name, parameters, identifier: parameters.size === 0 ? `"${name}"` : formatItem(item) };
  return isSupported(component) ? component : failure('component-unsupported');
}

/**
 * Reads one component as people write it: `@method`, `content-digest`, `@query-param;name="page"`.
 * @returns undefined where it is none, or one that is not supported.
 */
export function parseComponent(text: string): Component | undefined {
  const end = text.indexOf(';');
  const name = end === -1 ? text : text.slice(0, end);
  const item = /["\\]/.test(name) ? undefined : parseField('item', `"${name}"${text.slice(name.length)}`);
  const component = item === undefined ? undefined : toComponent(item);
  return component === undefined || 'kind' in component ? undefined : component;
}

function isSupported({ name, parameters }: Component): boolean {
  const derived = name.startsWith('@');
  if (derived && !derivedNames.has(name)) return false;
  const text = derived ? 'name' : 'key';
  for (const [parameter, value] of parameters) {
    if (parameter === text) {
      if (typeof value !== 'string') return false;
    } else if (!flags.has(parameter) || value !== true || (derived && parameter !== 'req')) return false;
  }
  if (parameters.has('tr') || (name === '@status' && parameters.has('req'))) return false;
  if ((name === '@query-param') !== parameters.has('name')) return false;
  return !(parameters.has('bs') && (parameters.has('sf') || parameters.has('key')));
}

/** The same for two identifiers that name one component, in whatever order their parameters stand (RFC 9421 §2). */
export function nameOf({ name, parameters, identifier }: Component): string {
  if (parameters.size < 2) return identifier;
  const sorted = [...parameters].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return formatItem([name, new Map(sorted)]);
}
