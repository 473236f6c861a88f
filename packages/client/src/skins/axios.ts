import axios, {
  getAdapter,
  isAxiosError,
  type AxiosAdapter,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';

import type { ClientExchange } from '../client-exchange.js';
import type { Client } from '../create-client.js';

/**
 * Gives the requests of an axios instance the credentials of a client: it puts itself before the adapter of the instance.
 *
 * Checks: as `client.fetch`. Redirects and proxies of the environment are switched off: axios would take credentials along.
 * Does not check: what XMLHttpRequest does in browsers, which follows redirects by itself; use `adapter: 'fetch'` there.
 * @returns the same instance
 * @example const api = useClient(axios.create({ baseURL: 'https://api.example' }), client);
 */
export function useClient<T extends Pick<AxiosInstance, 'defaults'>>(instance: T, client: Client): T {
  const send = getAdapter(instance.defaults.adapter);
  const adapter: AxiosAdapter = async (config) => {
    const exchange = begin(client, config);
    for (;;) {
      const sent = await sendOnce(send, config, await exchange.prepare());
      const response = 'error' in sent ? sent.error.response : sent.response;
      const again =
        response !== undefined && (await exchange.judge({ status: response.status, headers: readFields(response) }));
      if (again) continue;
      if ('error' in sent) throw sent.error;
      return sent.response;
    }
  };
  instance.defaults.adapter = adapter;
  return instance;
}

type Sent = { readonly response: AxiosResponse } | { readonly error: { readonly response?: AxiosResponse } };

/** Never changes the configuration of the caller: it is what errors show. */
async function sendOnce(
  send: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  fields: readonly (readonly [string, string])[],
): Promise<Sent> {
  const headers = config.headers.concat(Object.fromEntries(fields));
  const fetchOptions = { ...(config as { readonly fetchOptions?: object }).fetchOptions, redirect: 'manual' };
  const own = { ...config, headers, maxRedirects: 0, proxy: config.proxy ?? false, fetchOptions };
  try {
    return { response: hide(await send(own as InternalAxiosRequestConfig), config) };
  } catch (error) {
    if (isAxiosError(error)) {
      error.config = config;
      if (error.response !== undefined) hide(error.response, config);
      // The request of the platform has the fields that were sent.
      delete error.request;
    }
    return { error: error as { readonly response?: AxiosResponse } };
  }
}

/** What axios keeps of a request has its credentials. */
function hide(response: AxiosResponse, config: InternalAxiosRequestConfig): AxiosResponse {
  response.config = config;
  delete (response as { request?: unknown }).request;
  return response;
}

function begin(client: Client, config: InternalAxiosRequestConfig): ClientExchange {
  const { method = 'get', data, signal } = config as InternalAxiosRequestConfig<unknown>;
  return client.begin({
    method: method.toUpperCase(),
    target: axios.getUri(config),
    fields: Object.keys(config.headers.toJSON()).map((name) => name.toLowerCase()),
    replayable:
      data === undefined ||
      data === null ||
      typeof data === 'string' ||
      ArrayBuffer.isView(data) ||
      data instanceof ArrayBuffer,
    ...(signal instanceof AbortSignal && { signal }),
  });
}

function readFields({ headers }: AxiosResponse): { get(name: string): string | null } {
  return {
    get(name) {
      const value = (headers as Readonly<Record<string, unknown>>)[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : null;
    },
  };
}
