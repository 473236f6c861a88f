import type { Awaitable } from '@auth/core/signing';

/** What `fetch` sends: text, bytes, a form, a stream. */
export type BodyContent = NonNullable<RequestInit['body']>;

/** What a call may send. A function makes the body anew each time that it is sent. */
export type CallBody = BodyContent | null | (() => Awaitable<BodyContent | null>);

/** The body of a call, as far as it can be sent. */
export interface OutgoingBody {
  /** Whether it can be sent a second time. */
  readonly replayable: boolean;
  open(): Awaitable<BodyContent | null>;
}

/**
 * Takes the body of a call. Bytes are copied, so that a second sending is the same as the first; what can be read once only is
 * known by that.
 */
export function takeBody(body: CallBody | undefined): OutgoingBody {
  if (typeof body === 'function') return { replayable: true, open: body };
  const kept = copy(body ?? null);
  return { replayable: !isOneShot(kept), open: () => kept };
}

/** Whether a body must be streamed: it needs `duplex` (Fetch, RequestInit). */
export function isOneShot(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return Symbol.asyncIterator in body || typeof (body as { readonly getReader?: unknown }).getReader === 'function';
}

function copy(body: BodyContent | null): BodyContent | null {
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  const kind = Object.prototype.toString.call(body);
  if (kind === '[object ArrayBuffer]') return (body as ArrayBuffer).slice(0);
  return kind === '[object URLSearchParams]' ? new URLSearchParams(body as URLSearchParams) : body;
}
