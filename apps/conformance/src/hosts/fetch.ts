import type { IncomingMessage, ServerResponse } from 'node:http';
import { ReadableStream } from 'node:stream/web';

import { fetchAuth, type FetchConnection, type FetchHandler } from '@auth/core/fetch';
import { connectionOf } from '@auth/core/node';
import { describePass } from '@auth/core/testing';

import { createServerFor, listen, type StartHost } from './host.js';

/** The handler for `Request`, behind a server of Node. */
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
  const patterns = Object.keys(handlers).filter((path) => path.includes(':'));
  const find = ({ method = '', url = '' }: IncomingMessage): Found | undefined => {
    const path = url.replace(/[?#].*$/s, '');
    if (Object.hasOwn(endpoints, path)) return { handler: endpoint };
    const matched = Object.hasOwn(handlers, path) ? { route: path } : matchPattern(patterns, path);
    const methods = matched === undefined ? {} : handlers[matched.route]!;
    const handler = methods[method] ?? (method === 'HEAD' ? methods['GET'] : undefined);
    return handler && { ...matched, handler };
  };
  const server = createServerFor(config, (req, res) => {
    const found = find(req);
    if (found === undefined) {
      res.writeHead(404).end();
      return;
    }
    const { request, connection } = toRequest(req);
    const { handler, ...known } = found;
    Promise.resolve(handler(request, { ...connection, ...known })).then(
      (response) => send(res, response),
      (error: unknown) => res.destroy(error as Error),
    );
  });
  return listen(server, config, auth);
};

interface Found {
  readonly handler: FetchHandler;
  readonly route?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What a router does: `/orders/:owner`. */
function matchPattern(patterns: readonly string[], path: string): Required<Omit<Found, 'handler'>> | undefined {
  const segments = path.split('/');
  for (const route of patterns) {
    const parts = route.split('/');
    const fits = (part: string, at: number): boolean => part === segments[at] || (part.startsWith(':') && segments[at] !== '');
    if (parts.length !== segments.length || !parts.every(fits)) continue;
    const named = parts.flatMap((part, at) => (part.startsWith(':') ? [[part.slice(1), decodeURIComponent(segments[at]!)]] : []));
    return { route, parameters: Object.fromEntries(named) as Record<string, string> };
  }
  return undefined;
} // prettier-ignore

function toRequest(req: IncomingMessage): { request: Request; connection: FetchConnection } {
  const headers = new Headers();
  for (let i = 0; i < req.rawHeaders.length; i += 2)
    // The pseudo-fields of HTTP/2 are no fields; its authority is in the URL.
    if (!req.rawHeaders[i]!.startsWith(':')) headers.append(req.rawHeaders[i]!, req.rawHeaders[i + 1]!);
  const { method = 'GET', url = '/' } = req;
  const connection = connectionOf(req);
  const authority = req.headers[':authority'] ?? req.headers.host ?? 'localhost';
  const bodiless = method === 'GET' || method === 'HEAD';
  const body = bodiless ? {} : { body: ReadableStream.from(chunksOf(req)), duplex: 'half' as const };
  const request = new Request(`${connection.encrypted ? 'https' : 'http'}://${String(authority)}${url}`, {
    method,
    headers,
    ...body,
  });
  return { request, connection };
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
