import { describe, expect, it } from 'vitest';

import { parseRetryAfter } from '../src/retry.js';
import { createBench, failureOf, start } from './fixtures/client.js';
import type { Reply } from './fixtures/server.js';

const once = (reply: Reply) => (_seen: unknown, index: number) => (index === 0 ? reply : { body: 'ok' });
const dateIn = (seconds: number): string => new Date((start + seconds) * 1000).toUTCString();

describe('cli-429: an API that says how long to wait (RFC 9110 §10.2.3)', () => {
  it.each([
    ['2', 2],
    ['0', 0],
    [dateIn(20), 20],
    [dateIn(-20), 0],
  ])('is asked again after Retry-After: %s', async (retryAfter, seconds) => {
    const { api, client, events } = await createBench({
      api: once({ status: 429, headers: { 'retry-after': retryAfter } }),
    });
    const response = await client.fetch('/');
    expect(response.status).toBe(200);
    expect(client.findReport(response)?.attempts).toBe(2);
    expect(api.seen).toHaveLength(2);
    const { waitSeconds } = events.find(({ kind }) => kind === 'retry') as { readonly waitSeconds: number };
    expect(waitSeconds).toBeGreaterThan(seconds);
    expect(waitSeconds).toBeLessThanOrEqual(Math.max(seconds * 1.1, seconds + 0.25));
  });

  it.each([
    ['an hour', '3600'],
    ['a second over the limit', '31'],
    ['a date far away', dateIn(3600)],
    ['nothing', undefined],
    ['no number', 'soon'],
    ['a negative number', '-1'],
    ['a date in another form', '2026-01-01T00:00:10Z'],
  ])('is not asked again for %s: the 429 is handed out', async (_title, retryAfter) => {
    const { api, client } = await createBench({
      api: () => ({ status: 429, ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }) }),
    });
    expect((await client.fetch('/')).status).toBe(429);
    expect(api.seen).toHaveLength(1);
  });

  it('is asked as often as attempts says', async () => {
    for (const attempts of [1, 3]) {
      const { api, client } = await createBench({
        api: () => ({ status: 429, headers: { 'retry-after': '1' } }),
        options: { retry: { attempts } },
      });
      expect((await client.fetch('/')).status).toBe(429);
      expect(api.seen).toHaveLength(attempts);
    }
  });

  it('is waited for no longer than maxWaitSeconds says', async () => {
    const { api, client } = await createBench({
      api: once({ status: 429, headers: { 'retry-after': '3' } }),
      options: { retry: { maxWaitSeconds: 2 } },
    });
    expect((await client.fetch('/')).status).toBe(429);
    expect(api.seen).toHaveLength(1);
  });

  it.each([
    ['in the same moment', (leave: () => void) => leave()],
    ['while it is waited for', (leave: () => void) => queueMicrotask(leave)],
  ])('is not waited for by a caller who leaves %s', async (_title, when) => {
    const controller = new AbortController();
    const { api, client } = await createBench({
      api: () => ({ status: 429, headers: { 'retry-after': '20' } }),
      options: { onEvent: ({ kind }) => void (kind === 'retry' && when(() => controller.abort())) },
    });
    expect((await failureOf(client.fetch('/', { signal: controller.signal }))).code).toBe('aborted');
    expect(api.seen).toHaveLength(1);
  });
});

describe('cli-503: an API that is down for a while (RFC 9110 §15.6.4)', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'get'])(
    'is asked again with the idempotent %s',
    async (method) => {
      const { api, client } = await createBench({ api: once({ status: 503, headers: { 'retry-after': '1' } }) });
      const body = method === 'PUT' ? { body: 'x' } : {};
      expect((await client.fetch('/', { method, ...body })).status).toBe(200);
      expect(api.seen).toHaveLength(2);
    },
  );

  it.each(['POST', 'PATCH'])('is not asked again with %s, unless there is an idempotency key', async (method) => {
    const reply = once({ status: 503, headers: { 'retry-after': '1' } });
    const plain = await createBench({ api: reply });
    expect((await plain.client.fetch('/', { method, body: 'x' })).status).toBe(503);
    expect(plain.api.seen).toHaveLength(1);
    const keyed = await createBench({ api: reply });
    const headers = { 'Idempotency-Key': '"8e03978e"' };
    expect((await keyed.client.fetch('/', { method, body: 'x', headers })).status).toBe(200);
    expect(keyed.api.seen.map(({ body, headers: sent }) => [body, sent['idempotency-key']])).toEqual([
      ['x', '"8e03978e"'],
      ['x', '"8e03978e"'],
    ]);
  });

  it('is not asked again for any other status', async () => {
    const { api, client } = await createBench({ api: () => ({ status: 502, headers: { 'retry-after': '1' } }) });
    expect((await client.fetch('/')).status).toBe(502);
    expect(api.seen).toHaveLength(1);
  });

  it('gets a body that can be sent once only no second time, and its 503 is handed out', async () => {
    const { api, client } = await createBench({ api: () => ({ status: 503, headers: { 'retry-after': '1' } }) });
    const response = await client.fetch('/', { method: 'PUT', body: new Blob(['x']).stream() });
    expect(response.status).toBe(503);
    expect(api.seen).toHaveLength(1);
  });
});

describe('a connection that is lost', () => {
  it('cli-post-not-retried: fails a POST: nobody knows what became of it (RFC 9110 §9.2.2)', async () => {
    const { api, client } = await createBench({ api: once('cut') });
    expect((await failureOf(client.fetch('/', { method: 'POST', body: 'x' }))).code).toBe('network');
    expect(api.seen).toHaveLength(1);
  });

  it('cli-post-not-retried: is tried again for a POST with an idempotency key, and for a GET', async () => {
    for (const init of [{ method: 'POST', body: 'x', headers: { 'idempotency-key': '1' } }, {}]) {
      const { api, client } = await createBench({ api: once('cut') });
      const response = await client.fetch('/', init);
      expect(response.status).toBe(200);
      expect(client.findReport(response)?.attempts).toBe(2);
      expect(api.seen).toHaveLength(2);
    }
  });

  it('fails after as many attempts as there may be', async () => {
    const { api, client } = await createBench({ api: () => 'cut', options: { retry: { attempts: 4 } } });
    expect((await failureOf(client.fetch('/'))).code).toBe('network');
    expect(api.seen).toHaveLength(4);
  });

  it('is one that gives no answer in time, too', async () => {
    const { api, client, clock } = await createBench({
      api: () => 'hang',
      options: { timeoutSeconds: 3, retry: { attempts: 1 } },
    });
    const failed = failureOf(client.fetch('/'));
    await api.arrived(1);
    clock.advance(3);
    expect(await failed).toMatchObject({ code: 'network', message: 'no answer within 3 seconds' });
  });
});

describe('parseRetryAfter', () => {
  it.each([
    [null, undefined],
    ['', undefined],
    ['7', 7],
    [' 7', undefined],
    ['1e3', undefined],
    ['9999999999', undefined],
    [dateIn(5), 5],
    ['Fri, 99 Jan 2026 00:00:00 GMT', undefined],
  ])('of %j is %j', (value, seconds) => {
    expect(parseRetryAfter(value, start)).toBe(seconds);
  });
});
