import { concatBytes } from '../base/bytes.js';

/** Reads a body of at most `maxBytes`, counted after decompression; undefined for a longer one, of which no more is read. */
export async function readBoundedBody(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concatBytes(chunks, length);
    length += value.length;
    if (length > maxBytes) {
      // Frees the connection; one that cannot be cancelled has ended.
      void reader.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(value);
  }
}
