import type { Failure } from '../contracts/failure.js';
import { failure } from '../errors/failures.js';
import { findComponentValue } from './component-value.js';
import { nameOf, type Component } from './components.js';
import type { FieldTypes } from './field-types.js';
import type { Message } from './message.js';

/** What a signature says of itself, beside its bytes. */
export interface SignatureInput {
  readonly components: readonly Component[];
  /** The inner list and its parameters in canonical form: the value of `@signature-params` (RFC 9421 §2.3). */
  readonly signatureParams: string;
}

/**
 * Makes the text that is signed (RFC 9421 §2.5): one line a component, and last the parameters.
 * Checks: that the message has every component, that none is there twice, that each has one reading.
 * @returns ASCII text, or why there is none.
 */
export function createSignatureBase(
  message: Message,
  { components, signatureParams }: SignatureInput,
  fieldTypes?: FieldTypes,
): string | Failure {
  if (new Set(components.map(nameOf)).size !== components.length) return failure('signature-malformed');
  let base = '';
  for (const component of components) {
    const value = findComponentValue(component, message, fieldTypes);
    if (typeof value !== 'string') return value;
    base += `${component.identifier}: ${value}\n`;
  }
  return `${base}"@signature-params": ${signatureParams}`;
}
