import { parseJsonObject, readBoundedBody, type JsonObject } from '@auth/core/signing';

/** Longest answer of an issuer, in bytes. */
const maxBytes = 131_072;

/**
 * Reads an answer as one JSON object of at most 128 KiB.
 * Checks: `Content-Type: application/json`; UTF-8; no member twice. Reads no further than the limit.
 * @returns undefined for anything else
 */
export async function readJsonObject(response: Response): Promise<JsonObject | undefined> {
  const [mediaType = ''] = (response.headers.get('content-type') ?? '').split(';');
  if (mediaType.trim().toLowerCase() !== 'application/json') {
    await discard(response);
    return undefined;
  }
  const body: ReadableStream<Uint8Array> | null = response.body;
  const bytes = body === null ? new Uint8Array() : await readBoundedBody(body, maxBytes);
  return bytes && parseJsonObject(bytes);
}

/** Lets an answer go without reading it. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
