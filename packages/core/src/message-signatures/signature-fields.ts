import type { Failure } from '../contracts/failure.js';
import type { RequestHeaders } from '../contracts/request.js';
import { failure } from '../errors/failures.js';
import {
  formatInnerList,
  isInnerList,
  parseCanonicalField,
  type BareItem,
  type InnerList,
  type Item,
  type Parameters,
} from '../http/structured-fields.js';
import { toComponent, type Component } from './components.js';
import type { SignatureInput } from './signature-base.js';

/** Parameters of a signature (RFC 9421 §2.3); times in seconds since the epoch. */
export interface SignatureParameters {
  readonly created?: number;
  readonly expires?: number;
  readonly nonce?: string;
  readonly alg?: string;
  readonly keyid?: string;
  readonly tag?: string;
}

/** One signature of a message, taken apart; nothing in it is proved. */
export interface ParsedSignature extends SignatureInput {
  readonly label: string;
  readonly parameters: SignatureParameters;
  readonly signature: Uint8Array;
  /** Set where it covers what cannot be: another's signature may, and is passed over. */
  readonly fault?: Failure;
}

// Decision: more than these is somebody's way to make us work.
const maxSignatures = 4;
const maxComponents = 64;
const numbers: ReadonlySet<string> = new Set(['created', 'expires']);
const texts: ReadonlySet<string> = new Set(['nonce', 'alg', 'keyid', 'tag']);

/**
 * Reads `Signature-Input` and `Signature` (RFC 9421 §4).
 * Checks: the grammar, in its one spelling; that labels pair, and none stands twice; types of the parameters; 4 signatures and 64
 * components at most.
 * @returns none where neither field is there.
 */
export function parseSignatures(headers: RequestHeaders): readonly ParsedSignature[] | Failure {
  const inputField = headers.get('signature-input');
  const signatureField = headers.get('signature');
  if (inputField === undefined && signatureField === undefined) return [];
  const inputs = parseCanonicalField('dictionary', inputField ?? '');
  const signatures = parseCanonicalField('dictionary', signatureField ?? '');
  if (inputs === undefined || signatures === undefined) return failure('signature-malformed');
  if (inputs.size !== signatures.size || inputs.size === 0 || inputs.size > maxSignatures)
    return failure('signature-malformed');
  const parsed: ParsedSignature[] = [];
  for (const [label, input] of inputs) {
    const signature = toSignature(label, input, signatures.get(label));
    if ('kind' in signature) return signature;
    parsed.push(signature);
  }
  return parsed;
}

function toSignature(
  label: string,
  input: Item | InnerList,
  value: Item | InnerList | undefined,
): ParsedSignature | Failure {
  const bytes = value?.[0];
  if (!isInnerList(input) || !(bytes instanceof ArrayBuffer)) return failure('signature-malformed');
  const [items, given] = input;
  const parameters = toParameters(given);
  if (parameters === undefined || items.length > maxComponents) return failure('signature-malformed');
  const components: Component[] = [];
  let fault: Failure | undefined;
  for (const item of items) {
    const component = toComponent(item);
    if (!('kind' in component)) components.push(component);
    else if (component.reason === 'signature-malformed') return component;
    else fault = component;
  }
  return {
    label,
    components,
    parameters,
    signature: new Uint8Array(bytes),
    signatureParams: formatInnerList(input),
    ...(fault !== undefined && { fault }),
  };
}

/** Parameters that are not known are covered all the same, and otherwise passed over (RFC 9421 §2.3). */
function toParameters(given: Parameters): SignatureParameters | undefined {
  const known: Record<string, BareItem> = {};
  for (const [name, value] of given) {
    if (numbers.has(name)) {
      if (!Number.isSafeInteger(value) || (value as number) < 0) return undefined;
    } else if (!texts.has(name)) continue;
    else if (typeof value !== 'string') return undefined;
    known[name] = value;
  }
  return known as SignatureParameters;
}
