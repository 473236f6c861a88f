import { connect } from 'node:net';

import { isContinued, readAnswer, type Answer } from './answer.js';
import type { RequestBytes } from './request.js';

/** Where and how to send. */
export interface Exchange {
  readonly url: URL;
  /** Decides whether the answer has a body. */
  readonly method: string;
  readonly bytes: RequestBytes;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** After a whole answer: time for the peer to close, or to send what it must not. */
const lingerMs = 100;

/**
 * Sends bytes on a connection of their own and reads one answer.
 * @throws Error where there is none: refused, closed too early, too late, or malformed
 */
export function exchange({ url, method, bytes, timeoutMs, signal }: Exchange): Promise<Answer> {
  if (url.protocol !== 'http:')
    return Promise.reject(new Error(`the runner speaks plain HTTP only, not ${url.protocol}`));
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) });
    let received = Buffer.alloc(0);
    let whole: Answer | undefined;
    let { afterContinue } = bytes;
    let linger: NodeJS.Timeout | undefined;
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      clearTimeout(linger);
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      if (whole !== undefined) resolve(whole);
      else reject(error ?? new Error('the server closed the connection before a whole answer'));
    };
    const timer = setTimeout(() => finish(new Error(`no whole answer within ${timeoutMs} ms`)), timeoutMs);
    const abort = (): void => {
      whole = undefined;
      finish(new Error('aborted'));
    };
    const read = (closed: boolean): void => {
      try {
        whole = readAnswer(received, method, closed) ?? whole;
      } catch (error) {
        finish(error as Error);
        return;
      }
      if (closed) finish();
      else if (whole !== undefined) linger ??= setTimeout(finish, lingerMs);
    };
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    socket.on('connect', () => socket.write(bytes.first));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (afterContinue.length > 0 && isContinued(received)) {
        socket.write(afterContinue);
        afterContinue = Buffer.alloc(0);
      }
      read(false);
    });
    socket.on('end', () => read(true));
    socket.on('error', (error) => finish(new Error(`the connection failed: ${error.message}`)));
    socket.on('close', () => finish());
  });
}
