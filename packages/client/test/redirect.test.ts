import { describe, expect, it } from 'vitest';

import { apiKey, clientCredentials } from '../src/index.js';
import {
  authorizations,
  createBench,
  createPlainBench,
  failureOf,
  grant,
  invalidToken,
  refusal,
  secret,
} from './fixtures/client.js';
import { startServer } from './fixtures/server.js';

const statuses = [301, 302, 303, 307, 308];
const redirects = 'same-origin' as const;

describe('cli-redirect-cross-origin: a redirect to somewhere else', () => {
  it.each(statuses)('with %i is refused, and nothing is sent there', async (status) => {
    const elsewhere = await startServer(() => ({}));
    const port = new URL(elsewhere.origin).port;
    for (const location of [
      `${elsewhere.origin}/x`,
      `http://localhost:${port}/x`,
      `//127.0.0.1:${port}/x`,
      `http://sub.api.localhost:${port}/`,
      '//evil.example/x',
      'https:evil.example',
      '\\\\evil.example',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'http://[',
    ]) {
      for (const mode of ['refuse', redirects] as const) {
        const { api, client } = await createBench({
          api: () => ({ status, headers: { location } }),
          options: { redirects: mode },
        });
        const call = client.fetch('/', { method: 'PUT', body: 'x', headers: { cookie: 'a=b' } });
        const error = await failureOf(call);
        expect([error.code, location]).toEqual(['redirect-refused', location]);
        expect(error.response?.status).toBe(status);
        expect([api.seen.length, elsewhere.seen.length]).toEqual([1, 0]);
      }
    }
  });

  it('is refused on any other port of the same host, with an API key too', async () => {
    const elsewhere = await startServer(() => ({}));
    const { client } = await createPlainBench(apiKey({ key: 'acme_1' }), {
      api: () => ({ status: 307, headers: { location: elsewhere.origin } }),
      options: { redirects },
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('redirect-refused');
    expect(elsewhere.seen).toHaveLength(0);
  });
});

describe('cli-redirect-downgrade: a redirect from https to http on the same host', () => {
  it('is refused, and nothing is sent over http', async () => {
    const requested: string[] = [];
    const answer = (url: string): Response =>
      url.startsWith('https://as.example')
        ? Response.json({ access_token: 'a', token_type: 'Bearer' })
        : new Response(null, { status: 302, headers: { location: 'http://api.example/' } });
    const { client } = await createBench({
      options: {
        origin: 'https://api.example',
        auth: clientCredentials({ tokenEndpoint: 'https://as.example/token', clientId: 'job', clientSecret: secret }),
        redirects,
        fetch: (url) => {
          requested.push(url);
          return Promise.resolve(answer(url));
        },
      },
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('redirect-refused');
    expect(requested).toEqual(['https://as.example/token', 'https://api.example/']);
  });
});

describe('cli-redirect-same-origin: a redirect that stays', () => {
  it.each(statuses)('with %i is refused unless asked for', async (status) => {
    const { api, client } = await createBench({ api: () => ({ status, headers: { location: '/next' } }) });
    expect((await failureOf(client.fetch('/'))).code).toBe('redirect-refused');
    expect(api.seen).toHaveLength(1);
  });

  it.each([
    [301, 'GET', 'GET', ''],
    [302, 'GET', 'GET', ''],
    [307, 'GET', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [301, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [302, 'PUT', 'PUT', 'x'],
    [307, 'POST', 'POST', 'x'],
    [308, 'POST', 'POST', 'x'],
  ])('with %i of %s is followed as %s, with its credentials (RFC 9110 §15.4)', async (status, method, next, body) => {
    const { api, client } = await createBench({
      api: (seen) => (seen.path === '/a/first' ? { status, headers: { location: 'next?x=1' } } : { body: 'ok' }),
      options: { redirects },
    });
    const content = method === 'GET' || method === 'HEAD' ? {} : { body: 'x', headers: { 'content-type': 'text/x' } };
    const response = await client.fetch('/a/first', { method, ...content });
    expect(response.status).toBe(200);
    expect(client.findReport(response)?.attempts).toBe(2);
    expect(api.seen[1]).toMatchObject({ method: next, path: '/a/next?x=1', body });
    expect(api.seen[1]!.headers['content-type']).toBe(body === '' ? undefined : 'text/x');
    expect(authorizations(api)).toEqual(['Bearer token-1', 'Bearer token-1']);
  });

  it('has its credentials made anew: a new token where the old one is refused after it', async () => {
    const { api, client } = await createBench({
      api: (seen) =>
        seen.path === '/'
          ? { status: 307, headers: { location: '/next' } }
          : seen.headers.authorization === 'Bearer token-1'
            ? refusal(invalidToken)
            : {},
      issuer: (_seen, index) => grant(index),
      options: { redirects },
    });
    expect((await client.fetch('/')).status).toBe(200);
    expect(api.seen.map(({ path, headers }) => `${path} ${headers.authorization}`)).toEqual([
      '/ Bearer token-1',
      '/next Bearer token-1',
      '/next Bearer token-2',
    ]);
  });

  it('is followed five times', async () => {
    const { api, client } = await createBench({
      api: (_seen, index) => ({ status: 302, headers: { location: `/${index}` } }),
      options: { redirects },
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('redirect-refused');
    expect(api.seen).toHaveLength(6);
  });

  it('is not followed with credentials in it', async () => {
    const { api, client } = await createBench({
      api: (seen) => ({ status: 302, headers: { location: `http://u:p@${seen.headers.host}/` } }),
      options: { redirects },
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('credentials-in-url');
    expect(api.seen).toHaveLength(1);
  });

  it('is not followed with a body that can be sent once only', async () => {
    const { api, client } = await createBench({
      api: () => ({ status: 307, headers: { location: '/next' } }),
      options: { redirects },
    });
    const error = await failureOf(client.fetch('/', { method: 'POST', body: new Blob(['x']).stream() }));
    expect(error.code).toBe('body-not-replayable');
    expect(api.seen).toHaveLength(1);
  });

  it.each([
    [302, undefined],
    [304, '/x'],
    [300, '/x'],
  ])('is none with %i and Location %s: the answer is handed out', async (status, location) => {
    const { client } = await createBench({
      api: () => ({ status, ...(location !== undefined && { headers: { location } }) }),
    });
    expect((await client.fetch('/')).status).toBe(status);
  });

  it('is refused where a browser hides where it leads', async () => {
    const opaque = Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' });
    const { client } = await createPlainBench(apiKey({ key: 'a' }), {
      options: { redirects, fetch: () => Promise.resolve(opaque) },
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('redirect-refused');
  });
});

describe('the body of a redirect that is refused', () => {
  it('is let go: it may have no end', async () => {
    let cancelled = false;
    const endless = new ReadableStream({
      cancel: () => {
        cancelled = true;
      },
    });
    const { client } = await createPlainBench(apiKey({ key: 'a' }), {
      options: {
        fetch: () =>
          Promise.resolve(new Response(endless, { status: 302, headers: { location: 'https://evil.example' } })),
      },
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('redirect-refused');
    expect(cancelled).toBe(true);
  });
});
