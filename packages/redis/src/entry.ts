import { parseJsonObject, type JsonObject } from '@auth/core/signing';

/** Reads JSON that a store wrote. Null where nothing is there; undefined for anything that the store did not write. */
export function readEntry(text: unknown): JsonObject | null | undefined {
  if (text === null) return null;
  return typeof text === 'string' ? parseJsonObject(new TextEncoder().encode(text)) : undefined;
}
