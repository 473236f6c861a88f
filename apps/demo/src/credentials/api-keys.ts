import { generateApiKey, type ApiKeyEntry } from '@auth/core';

import { keyPrefix } from '../auth.js';

export interface ApiKeys {
  readonly good: string;
  readonly revoked: string;
  readonly expired: string;
  /** Of another department: good, and without the scope. */
  readonly billing: string;
  /** Of the right form, and never handed out. */
  readonly invented: string;
  readonly badChecksum: string;
}

export function makeApiKeys(): ApiKeys {
  const make = (): string => generateApiKey(keyPrefix);
  const good = make();
  return {
    good,
    revoked: make(),
    expired: make(),
    billing: make(),
    invented: make(),
    badChecksum: good.slice(0, -1) + (good.endsWith('0') ? '1' : '0'),
  };
}

/** The keys that were handed out, as the API is told of them. */
export function entriesOf({ good, revoked, expired, billing }: ApiKeys): readonly ApiKeyEntry[] {
  const caller = { subject: 'nightly-report', scopes: ['orders:read'] };
  return [
    { id: 'key-1', key: good, ...caller },
    { id: 'key-2', key: revoked, ...caller, revoked: true },
    { id: 'key-3', key: expired, ...caller, expiresAt: '2025-01-31T00:00:00Z' },
    { id: 'key-4', key: billing, subject: 'billing', scopes: ['invoices:read'] },
  ];
}
