import type { Answer } from '../contracts/decision.js';
import type { HeaderList } from '../contracts/failure.js';

/** A `Response` of an answer; HEAD has no body (RFC 9110 §9.3.2). */
export function toResponse({ status, headers, body }: Answer, method: string): Response {
  const content = method === 'HEAD' || body.length === 0 ? null : Uint8Array.from(body);
  return withHeaders(new Response(content, { status }), headers);
}

/** A response with further header lines; the same one where there are none. */
export function withHeaders(response: Response, headers: HeaderList): Response {
  if (headers.length === 0) return response;
  // Headers of a fetched response cannot be changed.
  const copy = new Response(response.body, response);
  for (const [name, value] of headers) copy.headers.append(name, value);
  return copy;
}
