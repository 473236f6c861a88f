import type { Faults } from '../errors/faults.js';
import { nameOf, parseComponent, type Component } from './components.js';

/** What a signature must cover, however valid it is (RFC 9421 §3.2.1, §7.2.1). */
export interface Coverage {
  /** All but the digest of the body, which is asked for where there is a body. */
  readonly required: readonly Component[];
  readonly digest: boolean;
  /** As configured, for `Accept-Signature`. */
  readonly components: readonly Component[];
}

export const defaultComponents: readonly string[] = Object.freeze(['@method', '@target-uri', 'content-digest']);

// Each stands for all of these together, and all of them for it.
const parts: Readonly<Record<string, readonly string[]>> = {
  '@target-uri': ['@scheme', '@authority', '@path', '@query'],
  '@request-target': ['@path', '@query'],
};

/** Reads `required`: names of components, with their parameters where they have any. Adds every fault. */
export function readCoverage(required: unknown, faults: Faults, option = 'required'): Coverage {
  const components = readComponents(required, faults, option);
  const isDigest = ({ name }: Component): boolean => name === 'content-digest';
  return {
    components,
    required: components.filter((component) => !isDigest(component)),
    digest: components.some(isDigest),
  };
}

export function readComponents(names: unknown, faults: Faults, option: string): readonly Component[] {
  if (!Array.isArray(names) || names.length === 0 || names.length > 64) {
    faults.add(option, 'invalid-option', `must be a list of components, such as ${JSON.stringify(defaultComponents)}`);
    return [];
  }
  return (names as readonly unknown[]).flatMap((name, index) => {
    const component = typeof name === 'string' ? parseComponent(name) : undefined;
    if (component !== undefined) return [component];
    faults.add(
      `${option}[${index}]`,
      'component-unsupported',
      'must be a component of RFC 9421 §2 in lower case: @method, content-digest, @query-param;name="page"',
    );
    return [];
  });
}

/**
 * Whether a signature covers all that is required of it.
 * The target may be covered whole or in all its parts. `@query-param` never stands for the query, since parameters beside it may be
 * added. A field is covered by its value in whatever encoding, and not by one member (`key`).
 */
export function covers(components: readonly Component[], required: readonly Component[]): boolean {
  const covered = new Set(components.map(coveredName));
  const isCovered = (component: Component): boolean => covered.has(coveredName(component));
  if (required.every(isCovered)) return true;
  for (const [whole, pieces] of Object.entries(parts)) {
    if (covered.has(whole)) for (const piece of pieces) covered.add(piece);
    // An absolute target (RFC 9112 §3.2.2) has more than path and query: of them it is not made up.
    else if (whole === '@target-uri' && pieces.every((piece) => covered.has(piece))) covered.add(whole);
  }
  return required.every(isCovered);
}

export function coversDigest(components: readonly Component[]): boolean {
  return components.some((component) => coveredName(component) === 'content-digest');
}

/** A field with `sf` or `bs` is there whole. */
function coveredName(component: Component): string {
  const { name, parameters } = component;
  const whole = !name.startsWith('@') && !parameters.has('key') && !parameters.has('req');
  return whole || parameters.size === 0 ? name : nameOf(component);
}
