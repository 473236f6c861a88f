import { concatBytes, parseJsonObject, type JsonObject } from '@auth/core/signing';

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
  const bytes = await readBytes(response);
  return bytes && parseJsonObject(bytes);
}

/** Lets an answer go without reading it. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

async function readBytes({ body }: Response): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = (body as ReadableStream<Uint8Array> | null)?.getReader();
  for (let chunk = await reader?.read(); chunk?.value !== undefined; chunk = await reader?.read()) {
    length += chunk.value.length;
    if (length > maxBytes) {
      await reader?.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(chunk.value);
  }
  return concatBytes(chunks, length);
}
