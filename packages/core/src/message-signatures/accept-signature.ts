import {
  formatField,
  isInnerList,
  parseField,
  type BareItem,
  type InnerList,
  type Item,
  type Parameters,
} from '../http/structured-fields.js';
import { toComponent, type Component } from './components.js';

/** A signature that somebody asks for (RFC 9421 §5.1). */
export interface RequestedSignature {
  readonly label: string;
  readonly components: readonly Component[];
  /** Parameters that must be there: `created` and `expires` true; others true, or with the value that they must have. */
  readonly parameters: ReadonlyMap<string, string | true>;
}

/** Writes an `Accept-Signature` field. */
export function formatAcceptSignature(requested: readonly RequestedSignature[]): string {
  const members = requested.map(({ label, components, parameters }) => {
    const items = components.map((component) => [component.name, component.parameters] as [BareItem, Parameters]);
    return [label, [items, new Map<string, BareItem>(parameters)] as InnerList] as const;
  });
  return formatField('dictionary', new Map(members));
}

/**
 * Reads an `Accept-Signature` field, which a stranger has written.
 * Checks: the grammar, and that every component and parameter can be.
 * Does not check: that signing this is wise. A client signs what it has been configured to, or more.
 * @returns undefined for anything else.
 */
export function parseAcceptSignature(field: string): readonly RequestedSignature[] | undefined {
  const members = parseField('dictionary', field);
  if (members === undefined || members.size > 4) return undefined;
  const requested: RequestedSignature[] = [];
  for (const [label, member] of members) {
    const signature = toRequested(label, member);
    if (signature === undefined) return undefined;
    requested.push(signature);
  }
  return requested;
}

function toRequested(label: string, member: Item | InnerList): RequestedSignature | undefined {
  if (!isInnerList(member) || member[0].length > 64) return undefined;
  const components: Component[] = [];
  for (const item of member[0]) {
    const component = toComponent(item);
    if ('kind' in component) return undefined;
    components.push(component);
  }
  const parameters = new Map<string, string | true>();
  for (const [name, value] of member[1]) {
    if (value !== true && typeof value !== 'string') return undefined;
    parameters.set(name, value);
  }
  return { label, components, parameters };
}
