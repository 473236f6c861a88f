import type { Faults } from '@auth/core/signing';

import { ClientError } from '../client-error.js';

/** Notes each option that is not a text. */
export function checkTexts(options: Readonly<Record<string, unknown>>, faults: Faults): void {
  for (const [name, value] of Object.entries(options))
    if (typeof value !== 'string' || value === '') faults.add(name, 'invalid-option', 'must be text, and not empty');
}

/** @throws ClientError that does not show the value: `invalid-request` where it would split a field */
export function assertFieldValue(name: string, value: string, pattern: RegExp): void {
  if (/[\r\n\0]/.test(value)) throw new ClientError('invalid-request', `${name}: must hold no line break`);
  if (!pattern.test(value))
    throw new ClientError('invalid-credential-config', `${name}: has a character that no such credential has`);
}
