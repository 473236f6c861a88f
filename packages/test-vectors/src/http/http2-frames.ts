import type { Socket } from 'node:net';

import type { CaseRequest } from '../case.js';
import { TimeoutError } from './exchange.js';

/** A request whose names no client would send. */
export interface FrameExchange {
  readonly url: URL;
  readonly request: CaseRequest;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const types = { headers: 0x1, resetStream: 0x3, settings: 0x4, goAway: 0x7 } as const;
const endOfStreamAndHeaders = 0x5;

/**
 * Sends a request as frames of HTTP/2 (RFC 9113 §4.1), each name as it is written, literally (RFC 7541 §6.2.2), and waits for the server to end
 * the stream or the connection.
 * @throws always: Error once it has, or a TimeoutError; the answer is never read
 */
export function exchangeByFrames(socket: Socket, { url, request, timeoutMs, signal }: FrameExchange): Promise<never> {
  return new Promise((_, reject) => {
    let received = Buffer.alloc(0);
    const finish = (error: Error): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      reject(error);
    };
    const abort = (): void => finish(new Error('aborted'));
    const timer = setTimeout(() => finish(new TimeoutError(`nothing was refused within ${timeoutMs} ms`)), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 9 && received.length >= 9 + received.readUIntBE(0, 3)) {
        const type = received[3];
        received = received.subarray(9 + received.readUIntBE(0, 3));
        if (type === types.resetStream || type === types.goAway) finish(new Error('the server ended the stream'));
        if (type === types.headers) finish(new TimeoutError('the server answered'));
      }
    });
    socket.on('close', () => finish(new Error('the server closed the connection')));
    const fields = [
      [':method', request.method],
      [':scheme', url.protocol.slice(0, -1)],
      [':authority', url.host],
      [':path', request.target],
      ...(request.headers ?? []),
    ] as const;
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(types.settings, 0, 0, Buffer.alloc(0)));
    socket.write(frame(types.headers, endOfStreamAndHeaders, 1, Buffer.concat(fields.map(literal))));
  });
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const literal = ([name, value]: readonly [string, string]): Buffer =>
  Buffer.concat([Buffer.of(0), text(name), text(value)]);

/** RFC 7541 §5.1, §5.2: without Huffman coding. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  const length: number[] = [];
  if (bytes.length < 127) length.push(bytes.length);
  else {
    length.push(127);
    let rest = bytes.length - 127;
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}
