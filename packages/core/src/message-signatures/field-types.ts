import type { FieldType } from '../http/structured-fields.js';

/** What structured fields are, by name in lower case. */
export type FieldTypes = Readonly<Record<string, FieldType>>;

/** Structured fields of standards, so that `sf` is possible with them (RFC 9421 §2.1.1). */
export const standardFieldTypes: FieldTypes = Object.freeze({
  'accept-ch': 'list',
  'accept-signature': 'dictionary',
  'cache-status': 'list',
  'client-cert': 'item',
  'client-cert-chain': 'list',
  'content-digest': 'dictionary',
  priority: 'dictionary',
  'proxy-status': 'list',
  'repr-digest': 'dictionary',
  signature: 'dictionary',
  'signature-input': 'dictionary',
  'want-content-digest': 'dictionary',
  'want-repr-digest': 'dictionary',
});
