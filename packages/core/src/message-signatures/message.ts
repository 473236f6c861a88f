import type { HeaderList } from '../contracts/failure.js';
import type { AuthRequest, RequestHeaders } from '../contracts/request.js';

/** A request that is signed or verified; every `AuthRequest` is one. */
export type RequestMessage = Pick<AuthRequest, 'method' | 'target' | 'headers'> & {
  /** Scheme and host of the target URI as the client meant it (RFC 9110 §7.1). */
  readonly url: Pick<URL, 'protocol' | 'host'>;
};

/** A response that is signed or verified. */
export interface ResponseMessage {
  readonly status: number;
  readonly headers: RequestHeaders;
  /** What it answers, for components with `req` (RFC 9421 §2.4). */
  readonly request?: RequestMessage;
}

export type Message = RequestMessage | ResponseMessage;

export const isResponse = (message: Message): message is ResponseMessage => 'status' in message;

/** What a client is about to send. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: HeaderList;
}

/** What a server is about to send. */
export interface OutgoingResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly request?: RequestMessage;
}

/** The message as its receiver will see it: the target is path and query (RFC 9112 §3.2.1). */
export function toMessage(outgoing: OutgoingRequest): RequestMessage;
export function toMessage(outgoing: OutgoingResponse): ResponseMessage;
export function toMessage(outgoing: OutgoingRequest | OutgoingResponse): Message;
export function toMessage(outgoing: OutgoingRequest | OutgoingResponse): Message {
  const headers = new ListedHeaders(outgoing.headers);
  if ('status' in outgoing) return { ...outgoing, headers };
  const { method, url } = outgoing;
  return { method, url, headers, target: `${url.pathname}${url.search}` };
}

class ListedHeaders implements RequestHeaders {
  readonly #lines: HeaderList;

  constructor(lines: HeaderList) {
    this.#lines = lines;
  }

  get(name: string): string | undefined {
    const lines = this.getAll(name);
    return lines.length === 0 ? undefined : lines.join(', ');
  }

  getAll(name: string): readonly string[] {
    const wanted = name.toLowerCase();
    return this.#lines.flatMap(([candidate, value]) => (candidate.toLowerCase() === wanted ? [value] : []));
  }

  names(): readonly string[] {
    return [...new Set(this.#lines.map(([name]) => name.toLowerCase()))];
  }
}
