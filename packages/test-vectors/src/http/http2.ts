import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import type { ConnectionOptions } from 'node:tls';

import type { CaseRequest } from '../case.js';
import type { Answer } from './answer.js';
import { TimeoutError } from './exchange.js';

/** A request by HTTP/2, on a connection of its own. */
export interface Http2Exchange {
  readonly url: URL;
  readonly request: CaseRequest;
  readonly options: ConnectionOptions;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends a request by HTTP/2 (RFC 9113) and reads the answer. Names go in lower case, `Host` as it is given, beside `:authority`.
 * @throws Error where there is none: the stream or the connection ends early, or too late
 */
export function exchangeByHttp2({ url, request, options, timeoutMs, signal }: Http2Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session = connect(url.origin, options);
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      session.on('error', () => undefined).destroy();
      act();
    };
    const fail = (error: Error): void => finish(() => reject(error));
    const abort = (): void => fail(new Error('aborted'));
    const timer = setTimeout(() => fail(new TimeoutError(`no whole answer within ${timeoutMs} ms`)), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    session.on('error', fail);
    const stream = session.request(headersOf(request, url), { endStream: request.body === undefined });
    const chunks: Buffer[] = [];
    let headers: Answer['headers'] = [];
    let status = 0;
    stream.on('response', (fields: IncomingHttpHeaders, _flags: number, raw?: readonly string[]) => {
      status = Number(fields[':status']);
      headers = pairs(raw ?? []).filter(([name]) => !name.startsWith(':'));
    });
    stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
    stream.on('error', fail);
    stream.on('close', () =>
      status === 0 || stream.rstCode !== 0
        ? fail(new Error(`the stream ended with ${stream.rstCode}`))
        : finish(() =>
            resolve({ status, continued: false, headers, body: Buffer.concat(chunks), rest: Buffer.alloc(0) }),
          ),
    );
    if (request.body !== undefined) stream.end(request.body);
  });
}

function headersOf({ method, target, headers = [] }: CaseRequest, url: URL): OutgoingHttpHeaders {
  const fields: Record<string, string | string[]> = {
    ':method': method,
    ':scheme': url.protocol.slice(0, -1),
    ':authority': url.host,
    ':path': target,
  };
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const before = fields[key];
    fields[key] = before === undefined ? value : [before, value].flat();
  }
  return fields;
}

function pairs(raw: readonly string[]): readonly (readonly [string, string])[] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[index * 2]!, raw[index * 2 + 1]!] as const);
}
