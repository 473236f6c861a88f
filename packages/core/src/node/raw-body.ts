import type { IncomingMessage } from 'node:http';

import { concatBytes } from '../base/bytes.js';
import { FailureError } from '../errors/failure-error.js';
import { failure } from '../errors/failures.js';

const kept = new WeakMap<object, Uint8Array>();

/**
 * Keeps the bytes that a body parser read, for schemes that sign them. For parsers with a `verify` hook.
 * @example app.use(express.json({ verify: keepRawBody }))
 */
export function keepRawBody(req: object, _res: unknown, bytes: Uint8Array): void {
  kept.set(req, bytes);
}

/**
 * Reads the exact bytes of a request's body and puts them back, so that the handler or a parser reads them again.
 * @param limit in bytes
 * @throws FailureError `body-too-large`; `raw-body-unavailable` where a parser read before and kept nothing.
 */
export async function readRawBody(req: IncomingMessage, limit: number): Promise<Uint8Array> {
  const known = kept.get(req);
  if (known !== undefined) {
    if (known.length > limit) throw new FailureError(failure('body-too-large'));
    return known;
  }
  if (!hasBody(req)) return new Uint8Array();
  if (req.readableDidRead || req.readableEnded) {
    throw new FailureError(
      failure('raw-body-unavailable'),
      'a body parser read the body before the guard and kept no bytes: put the guard first, or give the parser { verify: keepRawBody }',
    );
  }
  // All has come, and it was nothing: a stream that is at its end tells a new reader no more than that it closes.
  if (req.complete && req.readableLength === 0) return new Uint8Array();
  if (Number(req.headers['content-length'] ?? 0) > limit) throw new FailureError(failure('body-too-large'));
  const bytes = await readAll(req, limit);
  kept.set(req, bytes);
  return bytes;
}

/** RFC 9112 §6.3: without either field a request has no body. */
function hasBody(req: IncomingMessage & { readonly stream?: { readonly endAfterHeaders?: boolean } }): boolean {
  // RFC 9113 §8.1: with the header section of HTTP/2 a flag says whether anything follows.
  if (req.httpVersionMajor >= 2) return req.stream?.endAfterHeaders !== true;
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

function readAll(req: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const finish = (outcome: () => void): void => {
      req.off('readable', read).off('error', fail).off('close', gone);
      outcome();
    };
    const fail = (error: unknown): void => finish(() => reject(error));
    const gone = (): void => fail(new Error('the caller closed the connection before the body had come'));
    const read = (): void => {
      let chunk: Uint8Array | null;
      while ((chunk = req.read() as Uint8Array | null) !== null) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > limit) {
          fail(new FailureError(failure('body-too-large')));
          // The rest is let go, as Node does with a body that nobody reads: the connection may bring another request.
          req.resume();
          return;
        }
      }
      if (!req.complete) return;
      const bytes = concatBytes(chunks, length);
      // Put back before the stream tells its end, so that whoever comes next reads a whole body.
      if (length > 0) req.unshift(bytes);
      finish(() => resolve(bytes));
    };
    req.on('readable', read).on('error', fail).on('close', gone);
  });
}
