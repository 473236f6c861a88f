import { inspect } from 'node:util';

import { create as createAxios, isAxiosError } from 'axios';
import got from 'got';
import ky from 'ky';
import * as undici7 from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';

import { useClient } from '../../src/axios.js';
import { gotOptions } from '../../src/got.js';
import { apiKey, isClientError, type Client } from '../../src/index.js';
import { kyHooks } from '../../src/ky.js';
import { createInterceptor } from '../../src/undici.js';
import {
  authorizations,
  createBench,
  createPlainBench,
  grant,
  invalidToken,
  refusal,
  secret,
} from '../fixtures/client.js';
import { startServer } from '../fixtures/server.js';

interface Sending {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Record<string, string>;
  readonly body?: string;
}
/** A library with the credentials of a client: answers whatever the status. */
type Library = (client: Client) => (url: string, sending?: Sending) => Promise<{ status: number; body: string }>;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const canLoad8 = major > 22 || (major === 22 && minor >= 19);
const undici8 = canLoad8 ? ((await import('undici-8')) as unknown as typeof undici7) : undefined;

const withUndici =
  (undici: typeof undici7, byFetch = false): Library =>
  (client) => {
    const agent = new undici.Agent();
    onTestFinished(() => agent.close());
    const dispatcher = agent.compose(createInterceptor(client));
    return async (url, sending = {}) => {
      if (byFetch) {
        const response = await undici.fetch(url, { ...sending, redirect: 'manual', dispatcher });
        return { status: response.status, body: await response.text() };
      }
      const { statusCode, body } = await undici.request(url, { ...sending, dispatcher });
      return { status: statusCode, body: await body.text() };
    };
  };

const libraries: readonly (readonly [string, Library])[] = [
  ['undici 7, request', withUndici(undici7)],
  ['undici 7, fetch', withUndici(undici7, true)],
  ...(undici8 === undefined
    ? []
    : ([
        ['undici 8, request', withUndici(undici8)],
        ['undici 8, fetch', withUndici(undici8, true)],
      ] as const)),
  ...(['http', 'fetch'] as const).map((adapter): readonly [string, Library] => [
    `axios by ${adapter}`,
    (client) => {
      const instance = useClient(
        createAxios({ adapter, validateStatus: null, transformResponse: (text) => text as string }),
        client,
      );
      return async (url, { body, ...sending } = {}) => {
        const { status, data } = await instance.request<string>({ url, ...sending, data: body });
        return { status, body: data };
      };
    },
  ]),
  [
    'got',
    (client) => {
      const instance = got.extend(gotOptions(client), { throwHttpErrors: false, retry: { limit: 0 } });
      return async (url, sending = {}) => {
        const { statusCode, body } = (await instance(url, sending)) as { statusCode: number; body: string };
        return { status: statusCode, body };
      };
    },
  ],
  [
    'ky',
    (client) => {
      const instance = ky.create({ hooks: kyHooks(client), throwHttpErrors: false, retry: 0 });
      return async (url, sending = {}) => {
        const response = await instance(url, sending);
        return { status: response.status, body: await response.text() };
      };
    },
  ],
];

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  for (let link = error; typeof link === 'object' && link !== null; link = (link as { cause?: unknown }).cause)
    if (isClientError(link)) return link.code;
  return `none: ${String(error)}`;
}

describe.each(libraries)('%s', (name, library) => {
  it('sends a token that is asked for once by concurrent calls', async () => {
    const { api, issuer, client } = await createBench();
    const send = library(client);
    const all = await Promise.all(
      Array.from({ length: 20 }, () => send(`${api.origin}/orders?x=1`, { headers: { 'x-a': 'b' } })),
    );
    expect(all).toEqual(Array.from({ length: 20 }, () => ({ status: 200, body: 'ok' })));
    expect(issuer.seen).toHaveLength(1);
    expect(new Set(authorizations(api))).toEqual(new Set(['Bearer token-1']));
    expect(api.seen[0]).toMatchObject({ path: '/orders?x=1', headers: { 'x-a': 'b' } });
  });

  // Through fetch of undici every body comes as a stream.
  const sending: Sending =
    name.startsWith('undici') && name.endsWith('fetch') ? {} : { method: 'POST', body: 'content' };
  it('cli-401-storm: answers a storm of 401 by one new token and one more try each, with the same body', async () => {
    const { api, issuer, client } = await createBench({
      api: ({ headers, body }) =>
        headers.authorization === 'Bearer token-1'
          ? { ...(refusal(invalidToken) as object), body: 'x'.repeat(1000) }
          : { body: `got ${body}` },
    });
    const send = library(client);
    const all = await Promise.all(Array.from({ length: 20 }, () => send(`${api.origin}/`, sending)));
    expect(all).toEqual(Array.from({ length: 20 }, () => ({ status: 200, body: `got ${sending.body ?? ''}` })));
    expect(issuer.seen).toHaveLength(2);
    expect(new Set(api.seen.map(({ body }) => body))).toEqual(new Set([sending.body ?? '']));
  });

  it('cli-401-always: hands out a 401 that comes again', async () => {
    const { api, client } = await createBench({ api: () => refusal(invalidToken) });
    expect(await library(client)(`${api.origin}/`)).toEqual({ status: 401, body: 'no' });
    expect(api.seen).toHaveLength(2);
  });

  it('cli-429: waits for as long as the API says', async () => {
    const { api, client, events } = await createBench({
      api: (_seen, index) => (index === 0 ? { status: 429, headers: { 'retry-after': '2' } } : { body: 'ok' }),
    });
    const result = await library(client)(`${api.origin}/`);
    // got takes its hooks off for the second try; the first answer was judged.
    expect(result).toEqual({ status: 200, body: 'ok' });
    expect(events.some((event) => event.kind === 'retry' && event.waitSeconds >= 2)).toBe(true);
  });

  it('cli-origin-guard: sends nothing to another origin', async () => {
    const { client, issuer } = await createBench();
    const other = await startServer(() => ({ body: 'stolen' }));
    expect(await codeOf(library(client)(`${other.origin}/`))).toBe('origin-mismatch');
    expect([other.seen.length, issuer.seen.length]).toEqual([0, 0]);
  });

  it('cli-user-authorization: refuses a caller who sets the field of the strategy', async () => {
    const { api, client } = await createBench();
    expect(await codeOf(library(client)(`${api.origin}/`, { headers: { Authorization: 'Bearer mine' } }))).toBe(
      'authorization-conflict',
    );
    expect(api.seen).toHaveLength(0);
  });

  it('cli-redirect-cross-origin: takes no credential along', async () => {
    const other = await startServer(() => ({ body: 'stolen' }));
    const { api, client } = await createPlainBench(apiKey({ key: secret }), {
      api: () => ({ status: 307, headers: { location: `${other.origin}/` } }),
    });
    const sent = library(client)(`${api.origin}/`);
    // ky sends by the client itself.
    expect(name === 'ky' ? await codeOf(sent) : (await sent).status).toBe(name === 'ky' ? 'redirect-refused' : 307);
    expect([api.seen.length, other.seen.length]).toEqual([1, 0]);
  });

  it('fails with the error of the client where there is no token, which shows no secret', async () => {
    const { api, client } = await createBench({ issuer: () => ({ status: 500, body: secret }) });
    const error = await library(client)(`${api.origin}/`).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(await codeOf(Promise.reject(error as Error))).toBe('token-endpoint');
    expect(inspect(error, { depth: 10 })).not.toContain(secret);
    expect(api.seen).toHaveLength(0);
  });

  it('shows no token in what it hands out or throws of a refusal', async () => {
    const { api, client } = await createBench({
      issuer: (_seen, index) => grant(index, { access_token: `token-secret-${index}` }),
      api: () => ({ status: 403, headers: { 'www-authenticate': 'Bearer error="insufficient_user_authentication"' } }),
    });
    const result = await library(client)(`${api.origin}/`);
    expect(result.status).toBe(403);
    expect(inspect(result, { depth: 10 })).not.toContain('token-secret');
  });
});

describe('undici', () => {
  it('lets a step-up fail with a typed error', async () => {
    const { api, client } = await createBench({
      api: () => refusal('Bearer error="insufficient_user_authentication", acr_values="mfa"'),
    });
    expect(await codeOf(withUndici(undici7)(client)(`${api.origin}/`))).toBe('step-up-required');
  });

  it.each<[string, undici7.Dispatcher.RequestOptions['headers']]>([
    ['pairs in a row', ['x-a', 'b']],
    ['a Headers object', new undici7.Headers({ 'x-a': 'b' })],
    ['a Map', new Map([['x-a', 'b']])],
    ['an object', { 'X-A': 'b' }],
  ])('takes fields as %s', async (_title, headers) => {
    const { api, client } = await createBench();
    const agent = new undici7.Agent();
    onTestFinished(() => agent.close());
    const dispatcher = agent.compose(createInterceptor(client));
    const { statusCode, body } = await undici7.request(`${api.origin}/`, {
      dispatcher,
      headers: headers as Record<string, string>,
    });
    await body.dump();
    expect(statusCode).toBe(200);
    expect(api.seen[0]!.headers).toMatchObject({ 'x-a': 'b', authorization: 'Bearer token-1' });
  });

  it('cli-stream-body-retry: does not send a stream a second time', async () => {
    const { api, client } = await createBench({ api: () => refusal(invalidToken) });
    const agent = new undici7.Agent();
    onTestFinished(() => agent.close());
    const dispatcher = agent.compose(createInterceptor(client));
    const body = new Blob(['content']).stream();
    const sent = undici7.request(`${api.origin}/`, { method: 'POST', dispatcher, body: body as never });
    expect(await codeOf(sent)).toBe('body-not-replayable');
    expect(api.seen.map((seen) => seen.body)).toEqual(['content']);
  });
});

describe('axios', () => {
  it('throws errors that hold no token, for refusals and for connections', async () => {
    const { api, client } = await createBench({
      issuer: (_seen, index) => grant(index, { access_token: `token-secret-${index}` }),
      api: (_seen, index) => (index === 0 ? { status: 500, body: 'x' } : 'cut'),
    });
    const instance = useClient(createAxios(), client);
    for (const path of ['/a', '/b']) {
      const error: unknown = await instance.get(api.origin + path).catch((thrown: unknown) => thrown);
      expect(isAxiosError(error)).toBe(true);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('token-secret');
    }
  });
});
