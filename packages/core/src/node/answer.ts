import type { ServerResponse } from 'node:http';

import type { Answer } from '../contracts/decision.js';
import type { HeaderList } from '../contracts/failure.js';

/** Field lines by name, whatever its case (RFC 9110 §5.1): several lines of one name stay several. */
export function groupHeaders(headers: HeaderList): ReadonlyMap<string, string | string[]> {
  const groups = new Map<string, string | string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const before = groups.get(key);
    groups.set(key, before === undefined ? value : [before, value].flat());
  }
  return groups;
}

/** Adds header lines to a response, beside those that are there already. */
export function addHeaders(res: ServerResponse, headers: HeaderList): void {
  for (const [name, value] of headers) res.appendHeader(name, value);
}

/** Sends a whole answer: bytes, so that nothing adds a charset. */
export function sendAnswer(res: ServerResponse, { status, headers, body }: Answer): void {
  // Somebody else has answered meanwhile: there is nothing to say any more.
  if (res.headersSent) return;
  res.statusCode = status;
  for (const [name, value] of groupHeaders(headers)) res.setHeader(name, value);
  res.end(body);
}
