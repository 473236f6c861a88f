import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ReadableStream } from 'node:stream/web';

import { fetchAuth, type FetchConnection, type FetchHandler } from '@auth/core/fetch';
import { describePass } from '@auth/core/testing';

import { listen, type StartHost } from './host.js';

/** The handler for `Request`, behind a plain `node:http` server. */
export const startFetch: StartHost = (config, auth) => {
  const { protect, mount, denyByDefault } = fetchAuth(auth);
  const endpoints = config.handlers(auth);
  const served = mount(endpoints);
  const endpoint: FetchHandler = async (request, connection) => (await served(request, connection)) ?? new Response();
  const routes: Record<string, Record<string, FetchHandler>> = {};
  for (const { method, path, require, options } of config.routes) {
    (routes[path] ??= {})[method] =
      require === undefined
        ? () => new Response()
        : protect(
            require,
            async (request, allow) => {
              const body = new Uint8Array(await request.arrayBuffer());
              const target = new URL(request.url).pathname;
              return new Response(describePass({ allow, method: request.method, target, body }), {
                headers: { 'content-type': 'application/json' },
              });
            },
            options,
          );
  }
  const { handlers } = denyByDefault(routes);
  const find = ({ method = '', url = '' }: IncomingMessage): FetchHandler | undefined => {
    const path = url.replace(/[?#].*$/s, '');
    if (Object.hasOwn(endpoints, path)) return endpoint;
    const methods = Object.hasOwn(handlers, path) ? handlers[path]! : {};
    return methods[method] ?? (method === 'HEAD' ? methods['GET'] : undefined);
  };
  const server = createServer((req, res) => {
    const handler = find(req);
    if (handler === undefined) {
      res.writeHead(404).end();
      return;
    }
    const { request, connection } = toRequest(req);
    Promise.resolve(handler(request, connection)).then(
      (response) => send(res, response),
      (error: unknown) => res.destroy(error as Error),
    );
  });
  return listen(server, config.listen, auth);
};

function toRequest(req: IncomingMessage): { request: Request; connection: FetchConnection } {
  const headers = new Headers();
  for (let i = 0; i < req.rawHeaders.length; i += 2) headers.append(req.rawHeaders[i]!, req.rawHeaders[i + 1]!);
  const { method = 'GET', url = '/', socket } = req;
  const bodiless = method === 'GET' || method === 'HEAD';
  const body = bodiless ? {} : { body: ReadableStream.from(chunksOf(req)), duplex: 'half' as const };
  const request = new Request(`http://${req.headers.host ?? 'localhost'}${url}`, {
    method,
    headers,
    ...body,
  });
  return { request, connection: { remoteAddress: socket.remoteAddress ?? null, encrypted: false } };
}

/** Not before they are asked for. */
async function* chunksOf(req: IncomingMessage): AsyncGenerator<Uint8Array> {
  yield* req as AsyncIterable<Uint8Array>;
}

async function send(res: ServerResponse, response: Response): Promise<void> {
  res.statusCode = response.status;
  for (const [name, value] of response.headers) res.appendHeader(name, value);
  res.end(Buffer.from(await response.arrayBuffer()));
}
