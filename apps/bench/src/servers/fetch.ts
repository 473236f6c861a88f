import { createPublicKey } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { fetchAuth, type FetchHandler } from '@auth/core/fetch';
import { jwtVerify } from 'jose';

import { audience, issuer } from '../tokens.js';
import { createBenchAuth, listen, orders, path, requirementOf, type Serving, type StartServer } from './setup.js';

/** Handlers for `Request`, behind a plain `node:http` server. */
export const startFetch: StartServer = async (serving) => {
  const handler = handlerOf(serving);
  return listen((req, res) => {
    answer(handler, req, res).catch((error: Error) => res.destroy(error));
  });
};

function handlerOf(serving: Serving): FetchHandler {
  const respond = (): Response => {
    serving.work();
    return Response.json(orders);
  };
  switch (serving.guarding) {
    case 'api key':
    case 'jwt': {
      const { protect, denyByDefault } = fetchAuth(createBenchAuth(serving));
      return denyByDefault({ [path]: protect(requirementOf(serving), respond) }).handlers[path];
    }
    case 'rival':
      return behindJose(serving.pem, respond);
    default:
      return respond;
  }
}

function behindJose(pem: string, respond: () => Response): FetchHandler {
  const key = createPublicKey(pem);
  return async (request) => {
    const token = request.headers.get('authorization')?.replace(/^Bearer /, '') ?? '';
    try {
      await jwtVerify(token, key, { algorithms: ['RS256'], issuer, audience });
    } catch {
      return new Response(null, { status: 401 });
    }
    return respond();
  };
}

async function answer(handler: FetchHandler, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const headers = new Headers();
  for (let i = 0; i < req.rawHeaders.length; i += 2) headers.append(req.rawHeaders[i]!, req.rawHeaders[i + 1]!);
  const request = new Request(`http://${req.headers.host ?? 'localhost'}${req.url ?? ''}`, { headers });
  const response = await handler(request, { remoteAddress: req.socket.remoteAddress ?? null, encrypted: false });
  res.statusCode = response.status;
  for (const [name, value] of response.headers) res.setHeader(name, value);
  res.end(Buffer.from(await response.arrayBuffer()));
}
