import type { Clock } from '../../contracts/clock.js';
import { configurationError } from '../../errors/configuration-error.js';
import type { ApiKeyRecord } from '../../stores/credentials.js';
import type { ApiKeyListQuery } from './manager.js';

/** 30 and 90 days: how old a key may get before it is to be rotated. */
const shortest = 30 * 86_400;
const longest = 90 * 86_400;

/** @throws ConfigurationError for a period out of 30 to 90 days */
export function checkRotation(rotationSeconds: number = longest): number {
  if (!Number.isFinite(rotationSeconds) || rotationSeconds < shortest || rotationSeconds > longest)
    throw configurationError(
      'rotationSeconds',
      'lifetime-out-of-range',
      `must be ${shortest} to ${longest} (30 to 90 days)`,
    );
  return rotationSeconds;
}

/**
 * Finds the keys that are older than the period and still let somebody in: whose age nobody knows, those too. Keys come in the order
 * in which they were made, so that the search ends at the first one that is young.
 */
export async function* findOverdue(
  list: (query: ApiKeyListQuery) => Promise<readonly ApiKeyRecord[]>,
  {
    clock,
    rotationSeconds,
    subject,
  }: { readonly clock: Clock; readonly rotationSeconds: number; readonly subject?: string },
): AsyncGenerator<ApiKeyRecord, void, undefined> {
  const pageSize = 1000;
  const now = clock.now();
  let after: string | undefined;
  for (;;) {
    const query = { limit: pageSize, ...(subject !== undefined && { subject }), ...(after !== undefined && { after }) };
    const page = await list(query);
    for (const key of page) {
      if (key.createdAt !== undefined && now < key.createdAt + rotationSeconds) return;
      if (isLive(key, now)) yield key;
    }
    if (page.length < pageSize) return;
    after = page.at(-1)!.id;
  }
}

function isLive({ revoked, replacedUntil, expiresAt = Infinity }: ApiKeyRecord, now: number): boolean {
  return !revoked && replacedUntil === undefined && now < expiresAt;
}
