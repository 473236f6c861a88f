import { concatBytes, toUtf8 } from '../../../../base/bytes.js';

/** What is signed: the prefix, and the bytes of the body as they are. */
export function signedContent(prefix: string, body: Uint8Array): Uint8Array {
  if (prefix === '') return body;
  const start = toUtf8(prefix);
  return concatBytes([start, body], start.length + body.length);
}
