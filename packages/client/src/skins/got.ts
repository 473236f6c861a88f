import type { ExtendOptions, NormalizedOptions, Response } from 'got';

import type { ClientExchange } from '../client-exchange.js';
import type { Client } from '../create-client.js';

/**
 * Options for `got.extend` that give its requests the credentials of a client.
 *
 * Checks: as `client.fetch`. Redirects are switched off: got would take credentials along.
 * @example const api = got.extend(gotOptions(client), { prefixUrl: 'https://api.example' });
 */
export function gotOptions(client: Client): ExtendOptions {
  return {
    followRedirect: false,
    hooks: {
      beforeRequest: [
        async (options) => {
          // got runs this for a second try too, which has its credentials already; its options are other ones then.
          if (contextOf(options)[again] === true) return;
          const exchange = begin(client, options);
          options.context[current] = exchange;
          for (const [name, value] of await exchange.prepare()) options.headers[name.toLowerCase()] = value;
        },
      ],
      afterResponse: [
        async (response, retryWithMergedOptions) => {
          const { [current]: exchange } = contextOf(response.request.options);
          const answer = { status: response.statusCode, headers: readFields(response) };
          if (exchange === undefined || !(await exchange.judge(answer))) return response;
          const headers = Object.fromEntries(await exchange.prepare());
          return retryWithMergedOptions({ headers, context: { [again]: true } });
        },
      ],
    },
  };
}

// got copies members with names alone.
const current = '@auth/client:exchange';
const again = '@auth/client:again';

interface Context {
  readonly [current]?: ClientExchange;
  readonly [again]?: boolean;
}

const contextOf = ({ context }: Pick<NormalizedOptions, 'context'>): Context => context;

function begin(client: Client, options: NormalizedOptions): ClientExchange {
  const { method, url, headers, body, signal } = options;
  return client.begin({
    method,
    target: url as URL,
    fields: Object.keys(headers).filter((name) => headers[name] !== undefined),
    replayable: body === undefined || typeof body === 'string' || ArrayBuffer.isView(body),
    signal,
  });
}

function readFields({ headers }: Response): { get(name: string): string | null } {
  return {
    get(name) {
      const value = headers[name.toLowerCase()];
      return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
    },
  };
}
