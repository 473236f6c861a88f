import type { Dispatcher } from 'undici';

import type { ClientExchange } from '../client-exchange.js';
import type { Client } from '../create-client.js';
import { InterceptedCall } from './intercepted-call.js';

/**
 * Gives the requests of an undici dispatcher the credentials of a client: of `undici.request`, `fetch`, and all else that goes through it.
 * The dispatcher is for one origin then: requests to another are refused.
 *
 * Checks: as `client.fetch`, before a request is sent and after its answer. A 401 that asks for it is answered by one more try, as
 * far as the body can be sent again: none, text or bytes. Through `fetch` of undici every body comes as a stream.
 * Does not check: redirects, which are handed out. An interceptor that follows them must stand outside of this one.
 * @example const agent = new Agent().compose(createInterceptor(client));
 */
export function createInterceptor(client: Client): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const call = new InterceptedCall(handler, { dispatch, options });
    try {
      return call.send(begin(client, options));
    } catch (error) {
      call.fail(error as Error);
      return true;
    }
  };
}

function begin(client: Client, options: Dispatcher.DispatchOptions): ClientExchange {
  const { method, origin, path, headers, body } = options;
  const { signal } = options as { readonly signal?: unknown };
  return client.begin({
    method,
    target: origin === undefined ? path : `${String(origin).replace(/\/$/, '')}${path}`,
    fields: namesOf(headers),
    replayable: body === null || body === undefined || typeof body === 'string' || ArrayBuffer.isView(body),
    ...(signal instanceof AbortSignal && { signal }),
  });
}

/** The forms in which undici takes header fields. */
function namesOf(headers: Dispatcher.DispatchOptions['headers']): readonly string[] {
  if (headers === null || headers === undefined) return [];
  if (Array.isArray(headers) && typeof headers[0] === 'string')
    return headers.filter((_value, index) => index % 2 === 0).map((name) => name.toLowerCase());
  if (Symbol.iterator in headers)
    return Array.from(headers as Iterable<readonly [string, unknown]>, ([name]) => name.toLowerCase());
  return Object.keys(headers).map((name) => name.toLowerCase());
}
