import type { CaseRequest } from '../case.js';
import type { Answer } from './answer.js';
import type { Connections } from './connection.js';
import { exchange } from './exchange.js';
import { exchangeByFrames } from './http2-frames.js';
import { exchangeByHttp2 } from './http2.js';
import { toBytes } from './request.js';

/** Where to send, and how long to wait. */
export interface Sending {
  readonly url: URL;
  readonly connections: Connections;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Sends a request whose placeholders are replaced, as its connection has it. @throws Error where there is no whole answer */
export async function send(request: CaseRequest, { url, connections, timeoutMs, signal }: Sending): Promise<Answer> {
  const { connection = {} } = request;
  if (connection.literalNames === true)
    return exchangeByFrames(await connections.open(url, connection, timeoutMs), { url, request, timeoutMs, signal });
  if (connection.http2 === true)
    return exchangeByHttp2({ url, request, options: connections.optionsOf(connection), timeoutMs, signal });
  const kept = connection.keep !== undefined;
  const socket = await connections.open(url, connection, timeoutMs);
  const bytes = toBytes(request, url.host, kept ? 'keep-alive' : 'close');
  return exchange({ socket, kept, method: request.method, bytes, timeoutMs, signal });
}
