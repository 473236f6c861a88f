import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

import type { FetchHandler, FetchRoutes } from '@auth/core/fetch';
import { connectionOf } from '@auth/core/node';

/** Serves handlers for `Request` and `Response` behind `node:http`. */
export function toRequestListener(routes: FetchRoutes): RequestListener {
  return (req, res) => {
    answer(routes, req, res).catch(() => {
      if (res.headersSent) res.destroy();
      else res.writeHead(500).end();
    });
  };
}

async function answer(routes: FetchRoutes, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const handler = findHandler(routes, req);
  if (handler === undefined) {
    res.writeHead(404).end();
    return;
  }
  const connection = connectionOf(req);
  const response = await handler(toRequest(req, connection.encrypted), connection);
  res.statusCode = response.status;
  for (const [name, value] of response.headers) res.appendHeader(name, value);
  res.end(Buffer.from(await response.arrayBuffer()));
}

function findHandler(routes: FetchRoutes, { method = '', url = '' }: IncomingMessage): FetchHandler | undefined {
  const path = url.replace(/[?#].*$/s, '');
  const entry = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (typeof entry === 'function' || entry === undefined) return entry;
  const wanted = method === 'HEAD' && !Object.hasOwn(entry, 'HEAD') ? 'GET' : method;
  return Object.hasOwn(entry, wanted) ? entry[wanted] : undefined;
}

function toRequest(req: IncomingMessage, encrypted: boolean): Request {
  const headers = new Headers();
  for (let i = 0; i < req.rawHeaders.length; i += 2) headers.append(req.rawHeaders[i]!, req.rawHeaders[i + 1]!);
  const { method = 'GET', url = '/' } = req;
  const content =
    method === 'GET' || method === 'HEAD'
      ? {}
      : { body: Readable.toWeb(req) as ReadableStream<Uint8Array>, duplex: 'half' as const };
  return new Request(`${encrypted ? 'https' : 'http'}://${req.headers.host ?? 'localhost'}${url}`, {
    method,
    headers,
    ...content,
  });
}
