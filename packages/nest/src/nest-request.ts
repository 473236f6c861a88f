import type { IncomingMessage, ServerResponse } from 'node:http';

import type { HeaderList } from '@auth/core';
import { addHeaders, groupHeaders, keepRawBody, type RequestView } from '@auth/core/node';
import type { ExecutionContext } from '@nestjs/common';

/** The members of a request of Express, of Fastify, or of `node:http` that are read. */
export interface NestRequest {
  /** Of Fastify: the message under its request. */
  readonly raw?: IncomingMessage;
  readonly originalUrl?: string;
  readonly url?: string | undefined;
}

interface RoutedRequest extends NestRequest {
  readonly params?: Readonly<Record<string, string>>;
  /** Of Express. */
  readonly route?: { readonly path?: string };
  /** Of Fastify. */
  readonly routeOptions?: { readonly url?: string };
  /** The bytes, where Nest was made with `rawBody: true`. */
  readonly rawBody?: unknown;
}

/** A response of Fastify. */
export interface Reply {
  readonly raw: ServerResponse;
  code(status: number): unknown;
  header(name: string, value: string | string[]): unknown;
  send(body: unknown): unknown;
}

export type NestResponse = ServerResponse | Reply;

export const isReply = (response: NestResponse): response is Reply => 'raw' in response;

export const messageOf = (req: NestRequest): IncomingMessage => req.raw ?? (req as IncomingMessage);

export const view: RequestView<NestRequest> = {
  message: messageOf,
  target: (req) => req.originalUrl ?? messageOf(req).url ?? '',
  route: ({ routeOptions, route }: RoutedRequest) => routeOptions?.url ?? route?.path,
  parameters: (req: RoutedRequest) => req.params,
};

/** The HTTP request behind a call of a controller, a resolver, a gateway or a message; undefined where there is none. */
export function requestOf(context: ExecutionContext): NestRequest | undefined {
  const req = candidateOf(context);
  // What an application writes itself into a GraphQL context has no header lines as received.
  if (req === undefined || !Array.isArray(messageOf(req).rawHeaders)) return undefined;
  const { rawBody } = req as RoutedRequest;
  if (rawBody instanceof Uint8Array) keepRawBody(messageOf(req), undefined, rawBody);
  return req;
}

function candidateOf(context: ExecutionContext): NestRequest | undefined {
  switch (context.getType<string>()) {
    case 'http':
      return context.switchToHttp().getRequest<NestRequest>();
    case 'graphql':
      return context.getArgByIndex<{ readonly req?: NestRequest } | undefined>(2)?.req;
    case 'ws': {
      // Socket.IO keeps the request of the handshake; for others the application does.
      const client = context.switchToWs().getClient<{ request?: NestRequest; upgradeReq?: NestRequest }>();
      return client.request ?? client.upgradeReq;
    }
    case 'rpc':
      // Of Nest's own transports none has one.
      return context.switchToRpc().getContext<{ readonly req?: NestRequest } | undefined>()?.req;
    default:
      return undefined;
  }
}

/** Adds header lines to an answer, beside those that are there already. */
export function addLines(response: NestResponse, headers: HeaderList): void {
  if (!isReply(response)) return addHeaders(response, headers);
  for (const [name, value] of groupHeaders(headers)) response.header(name, value);
}
