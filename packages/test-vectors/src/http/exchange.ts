import type { Socket } from 'node:net';

import { isContinued, readAnswer, type Answer } from './answer.js';
import type { RequestBytes } from './request.js';

/** What to send, and on which connection. */
export interface Exchange {
  /** It is open. */
  readonly socket: Socket;
  /** It stays open, for others. */
  readonly kept: boolean;
  /** Decides whether the answer has a body. */
  readonly method: string;
  readonly bytes: RequestBytes;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The server said nothing, or not all. */
export class TimeoutError extends Error {}

/** After a whole answer: time for the peer to close, or to send what it must not. */
const lingerMs = 100;

/**
 * Sends bytes on a connection and reads one answer.
 * @throws Error where there is none: closed too early, too late, or malformed
 */
export function exchange({ socket, kept, method, bytes, timeoutMs, signal }: Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    let whole: Answer | undefined;
    let { afterContinue } = bytes;
    let linger: NodeJS.Timeout | undefined;
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      clearTimeout(linger);
      signal?.removeEventListener('abort', abort);
      socket.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      if (!kept || whole === undefined) socket.on('error', () => undefined).destroy();
      if (whole !== undefined) resolve(whole);
      else reject(error ?? new Error('the server closed the connection before a whole answer'));
    };
    const timer = setTimeout(() => finish(new TimeoutError(`no whole answer within ${timeoutMs} ms`)), timeoutMs);
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
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      if (afterContinue.length > 0 && isContinued(received)) {
        socket.write(afterContinue);
        afterContinue = Buffer.alloc(0);
      }
      read(false);
    };
    const onEnd = (): void => read(true);
    const onError = (error: Error): void => finish(new Error(`the connection failed: ${error.message}`));
    const onClose = (): void => finish();
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    socket.write(bytes.first);
  });
}
