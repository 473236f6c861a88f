import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import type { CallBody } from '../src/index.js';
import { createBench, failureOf, invalidToken, refusal } from './fixtures/client.js';
import type { Seen } from './fixtures/server.js';

const refuseFirst = (seen: Seen) => (seen.headers.authorization === 'Bearer token-1' ? refusal(invalidToken) : {});
const bytes = new TextEncoder().encode('same bytes');

describe('cli-buffer-body-retry: a body that can be sent again', () => {
  it.each<[string, CallBody, string]>([
    ['text', 'same bytes', 'same bytes'],
    ['bytes', bytes, 'same bytes'],
    ['a part of a buffer', new Uint8Array(new TextEncoder().encode('[same bytes]').buffer, 1, 10), 'same bytes'],
    ['an ArrayBuffer', bytes.slice().buffer, 'same bytes'],
    ['a Buffer of Node', Buffer.from('same bytes'), 'same bytes'],
    ['a DataView', new DataView(bytes.slice().buffer), 'same bytes'],
    ['a Blob', new Blob(['same bytes']), 'same bytes'],
    ['a form', new URLSearchParams({ a: 'same bytes' }), 'a=same+bytes'],
    ['a function that answers text', () => 'same bytes', 'same bytes'],
    ['a function that answers a stream', () => new Blob(['same bytes']).stream(), 'same bytes'],
    ['a function that answers a promise', () => Promise.resolve(bytes), 'same bytes'],
  ])('%s is sent twice, the same', async (_title, body, text) => {
    const { api, client } = await createBench({ api: refuseFirst });
    const response = await client.fetch('/', { method: 'POST', body });
    expect(response.status).toBe(200);
    expect(api.seen.map((seen) => seen.body)).toEqual([text, text]);
    expect(api.seen[1]!.headers['content-type']).toBe(api.seen[0]!.headers['content-type']);
  });

  it.each<[string, CallBody & object, (body: never) => void, string]>([
    ['bytes', bytes.slice(), (body: Uint8Array) => void body.fill(0x78), 'same bytes'],
    ['an ArrayBuffer', bytes.slice().buffer, (body: ArrayBuffer) => void new Uint8Array(body).fill(0x78), 'same bytes'],
    ['a form', new URLSearchParams({ a: '1' }), (body: URLSearchParams) => body.set('a', '2'), 'a=1'],
  ])('%s is sent as it was when the call began, whatever becomes of it', async (_title, body, change, text) => {
    const { api, client } = await createBench({ api: refuseFirst });
    const call = client.fetch('/', { method: 'POST', body });
    change(body as never);
    expect((await call).status).toBe(200);
    expect(api.seen.map((seen) => seen.body)).toEqual([text, text]);
  });
});

describe('cli-stream-body-retry: a body that can be sent once only', () => {
  it.each<[string, () => CallBody]>([
    ['a stream', () => new Blob(['once']).stream()],
    ['a stream of Node', () => Readable.toWeb(Readable.from([Buffer.from('once')])) as never],
    ['an iterable', () => Readable.from([Buffer.from('once')]) as never],
  ])('%s: the call fails, with the 401, and no second body is sent', async (_title, make) => {
    const { api, issuer, client } = await createBench({ api: refuseFirst });
    const error = await failureOf(client.fetch('/', { method: 'POST', body: make() }));
    expect(error.code).toBe('body-not-replayable');
    expect(error.response?.status).toBe(401);
    expect(await error.response?.text()).toBe('no');
    expect(api.seen.map((seen) => seen.body)).toEqual(['once']);
    expect(issuer.seen).toHaveLength(1);
  });

  it('is sent where nothing goes wrong, with duplex or without', async () => {
    const { api, client } = await createBench();
    await client.fetch('/', { method: 'POST', body: new Blob(['once']).stream() });
    await client.fetch('/', { method: 'POST', body: new Blob(['once']).stream(), duplex: 'half' });
    expect(api.seen.map((seen) => seen.body)).toEqual(['once', 'once']);
  });

  it('that fails by itself fails the call', async () => {
    const { client } = await createBench();
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('the source broke')) });
    expect((await failureOf(client.fetch('/', { method: 'POST', body }))).code).toBe('network');
  });
});
