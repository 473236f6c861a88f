import { gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  createDocumentFetcher,
  findUrlFault,
  type DocumentFetcherOptions,
  type Fetch,
  type FetchInit,
} from '../../src/http/document-fetcher.js';
import { serveDocuments, silence, status, text, type DocumentServer } from '../fixtures/documents.js';

let server: DocumentServer;
beforeEach(async () => {
  server = await serveDocuments();
});
afterEach(() => server.close());

const fetchIt = (change: Partial<DocumentFetcherOptions> = {}, signal?: AbortSignal): Promise<unknown> =>
  createDocumentFetcher({ timeoutSeconds: 60, maxBytes: 1000, publicAddressesOnly: false, ...change })(
    new URL(server.url('/jwks?key=hidden')),
    signal,
  );
const serve = (script: Parameters<DocumentServer['serve']>[0]): void => server.serve(script, '/jwks?key=hidden');

describe('the document fetcher', () => {
  it('answers one JSON object, with a query in the URL and whatever the content type', async () => {
    serve(text('{"a":1}', { 'content-type': 'text/html' }));
    expect(await fetchIt()).toEqual({ a: 1 });
  });

  it.each([
    ['301', status(301, { location: '/elsewhere' }), 'redirects'],
    ['308 to itself', status(308, { location: '/jwks?key=hidden' }), 'redirects'],
    ['201', status(201), 'status 201'],
    ['404', status(404), 'status 404'],
    ['503', status(503), 'status 503'],
    ['an empty body', text(''), 'not one well-formed JSON object'],
    ['a member that stands twice', text('{"a":1,"a":2}'), 'not one well-formed JSON object'],
    ['a byte order mark', text('\uFEFF{}'), 'not one well-formed JSON object'],
    ['bytes that are no UTF-8', text(Uint8Array.of(0x22, 0xff, 0x22)), 'not one well-formed JSON object'],
    ['deep nesting', text(`{"a":${'['.repeat(100)}${']'.repeat(100)}}`), 'not one well-formed JSON object'],
    ['1001 bytes', text(`{}${' '.repeat(999)}`), 'longer than 1000 bytes'],
    [
      'a gzip bomb, counted after decompression (jwks-huge)',
      text(gzipSync(Buffer.alloc(5e6, ' ')), { 'content-encoding': 'gzip' }),
      'longer than 1000 bytes',
    ],
  ])('refuses %s, and says where without the query', async (_, script, problem) => {
    serve(script);
    const error = await fetchIt().catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ name: 'DocumentError', message: expect.stringContaining(problem) as string });
    expect((error as Error).message.startsWith(`${server.origin}/jwks `)).toBe(true);
    expect(server.fetches()).toBe(1);
  });

  it('takes a document of exactly maxBytes', async () => {
    serve(text(`{}${' '.repeat(998)}`));
    expect(await fetchIt()).toEqual({});
  });

  it('stops reading where a body has no end', async () => {
    let closed = (): void => undefined;
    const ended = new Promise<void>((resolve) => (closed = resolve));
    serve((_req, res) => {
      const pour = setInterval(() => res.write(' '.repeat(500)), 1);
      res.on('close', () => {
        clearInterval(pour);
        closed();
      });
    });
    await expect(fetchIt()).rejects.toThrow('longer than 1000 bytes');
    await ended;
  });

  it('gives up when the time is over', async () => {
    serve(silence);
    await expect(fetchIt({ timeoutSeconds: 0.05 })).rejects.toThrow('no answer within 0.05 seconds');
  });

  it('ends the connection when the caller leaves', async () => {
    let closed = (): void => undefined;
    const ended = new Promise<void>((resolve) => (closed = resolve));
    serve((_req, res) => void res.on('close', closed));
    const leaving = new AbortController();
    const left = fetchIt({}, leaving.signal);
    await server.asked(1);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await ended;
  });

  it('sends no request for a caller who has left already', async () => {
    await expect(fetchIt({}, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(server.fetches()).toBe(0);
  });

  it('does not wait for a fetch that pays no heed to its signal', async () => {
    const deaf: Fetch = () => new Promise(() => undefined);
    await expect(fetchIt({ fetch: deaf, timeoutSeconds: 0.01 })).rejects.toThrow('no answer within 0.01 seconds');
  });

  it('gives a fetch of the user’s own what it needs, and never lets it follow a redirect', async () => {
    const calls: [string, FetchInit][] = [];
    const own: Fetch = async (url, init) => {
      calls.push([url, init]);
      return { status: 200, body: new Response('{"a":1}').body };
    };
    expect(await fetchIt({ fetch: own })).toEqual({ a: 1 });
    expect(calls).toMatchObject([[server.url('/jwks?key=hidden'), { redirect: 'manual' }]]);
    // A runtime that hides redirects answers 0.
    await expect(fetchIt({ fetch: async () => ({ status: 0, body: null }) })).rejects.toThrow('redirects');
    expect(server.fetches()).toBe(0);
  });

  it('says why the network failed', async () => {
    await server.close();
    await expect(fetchIt()).rejects.toThrow(/cannot be had: fetch failed \(.*ECONNREFUSED/);
    server = await serveDocuments();
  });
});

describe('findUrlFault', () => {
  it.each([
    ['https://a.example/jwks?x=1', false, undefined],
    ['http://a.example/jwks', false, 'insecure-url'],
    ['http://a.example/jwks', true, undefined],
    ['https://user@a.example/jwks', true, 'insecure-url'],
    ['https://user:secret@a.example/jwks', false, 'insecure-url'],
    ['http://:secret@a.example/jwks', true, 'insecure-url'],
    ['ftp://a.example/jwks', true, 'insecure-url'],
    ['file:///etc/passwd', true, 'insecure-url'],
    ['data:application/json,{}', true, 'insecure-url'],
    ['/jwks', true, 'invalid-option'],
    ['', true, 'invalid-option'],
    ['https://a.example/#x', false, 'invalid-option'],
    [new URL('https://a.example'), false, 'invalid-option'],
    [null, false, 'invalid-option'],
  ])('of %s (http allowed: %s) is %s', (url, allowed, fault) => {
    expect(findUrlFault(url, allowed)).toBe(fault);
  });
});
