import { describe, expect, it } from 'vitest';

import { authorizations, createBench, failureOf, grant, secret } from './fixtures/client.js';
import { json, startServer, type Reply } from './fixtures/server.js';

describe('cli-token-redirect: a token endpoint that answers with a redirect', () => {
  it.each([301, 302, 303, 307, 308])(
    'is not followed for %i: the secret goes no further (RFC 9700 §4.12)',
    async (status) => {
      const elsewhere = await startServer(() => grant(0));
      for (const location of [`${elsewhere.origin}/token`, '/other']) {
        const { api, issuer, client } = await createBench({ issuer: () => ({ status, headers: { location } }) });
        expect((await failureOf(client.fetch('/'))).code).toBe('token-endpoint');
        expect([issuer.seen.length, api.seen.length, elsewhere.seen.length]).toEqual([1, 0, 0]);
      }
    },
  );
});

describe('cli-token-malformed: an answer of the token endpoint', () => {
  const good = { access_token: 'a', token_type: 'Bearer', expires_in: 60 };
  it.each<[string, Reply]>([
    ['that is HTML', { headers: { 'content-type': 'text/html' }, body: '<p>Sign in</p>' }],
    ['that is empty', { headers: { 'content-type': 'application/json' }, body: '' }],
    ['of another content type', { headers: { 'content-type': 'text/plain' }, body: JSON.stringify(good) }],
    ['without a content type', { body: JSON.stringify(good) }],
    ['that is no object', json([good])],
    [
      'with a member twice',
      {
        headers: { 'content-type': 'application/json' },
        body: '{"access_token":"a","access_token":"b","token_type":"Bearer"}',
      },
    ],
    ['in ill-formed UTF-8', { headers: { 'content-type': 'application/json' }, body: Buffer.from([0x7b, 0xff, 0x7d]) }],
    ['with token_type mac', json({ ...good, token_type: 'mac' })],
    ['without token_type', json({ access_token: 'a' })],
    ['with a number as token', json({ ...good, access_token: 5 })],
    ['with an empty token', json({ ...good, access_token: '' })],
    ['with a token that would split a field', json({ ...good, access_token: 'a\r\nX-Evil: 1' })],
    ['with a scope that is no text', json({ ...good, scope: ['a'] })],
    ['with an expires_in that is no number', json({ ...good, expires_in: 'soon' })],
    ['with an expires_in that is an object', json({ ...good, expires_in: {} })],
    ['with status 201', json(good, 201)],
    ['with status 204', { status: 204 }],
  ])('%s is unusable (RFC 6749 §5.1)', async (_title, reply) => {
    const { api, client } = await createBench({ issuer: () => reply });
    expect((await failureOf(client.fetch('/'))).code).toBe('token-response');
    expect(api.seen).toHaveLength(0);
  });

  it.each([140_000, 10_000_000])('of %i bytes is read no further than its limit, good as it may be', async (length) => {
    const { api, client } = await createBench({ issuer: () => json({ ...good, padding: 'x'.repeat(length) }) });
    expect((await failureOf(client.fetch('/'))).code).toBe('token-response');
    expect(api.seen).toHaveLength(0);
  });

  it('is taken up to the limit, with parameters of the content type', async () => {
    const { client } = await createBench({
      issuer: () => ({
        headers: { 'content-type': 'Application/JSON; charset=UTF-8' },
        body: JSON.stringify({ ...good, access_token: 'a'.repeat(4000), padding: 'x'.repeat(120_000) }),
      }),
    });
    expect((await client.fetch('/')).status).toBe(200);
  });
});

describe('cli-token-type-case: the type of a token', () => {
  it.each(['bearer', 'Bearer', 'BEARER'])('%s is sent as Bearer (RFC 6749 §7.1)', async (type) => {
    const { api, client } = await createBench({ issuer: (_seen, index) => grant(index, { token_type: type }) });
    await client.fetch('/');
    expect(authorizations(api)).toEqual(['Bearer token-1']);
  });
});

describe('a refusal of the token endpoint (RFC 6749 §5.2)', () => {
  it('is told with its error and description, and is not asked again by every call', async () => {
    const { issuer, client, events } = await createBench({
      issuer: () => json({ error: 'invalid_client', error_description: 'The client is not known' }, 401),
    });
    for (let i = 0; i < 5; i++) {
      const error = await failureOf(client.fetch('/'));
      expect(error).toMatchObject({ code: 'token-endpoint', oauthError: 'invalid_client' });
      expect(error.message).toContain('invalid_client: The client is not known');
    }
    expect(issuer.seen).toHaveLength(1);
    expect(events).toEqual([
      expect.objectContaining({ kind: 'token-request', clientId: 'job', outcome: 'token-endpoint' }),
    ]);
  });

  it.each<[string, Reply]>([
    ['a body that is no JSON', { status: 400, body: 'nope' }],
    ['an error that is no text', json({ error: { a: 1 } }, 400)],
    ['no body', { status: 500 }],
    ['a cut connection', 'cut'],
  ])('may be %s', async (_title, reply) => {
    const { client } = await createBench({ issuer: () => reply });
    const error = await failureOf(client.fetch('/'));
    expect(error.code).toBe('token-endpoint');
    expect(error.oauthError).toBeUndefined();
  });

  it('is shown within bounds, without control characters', async () => {
    const { client } = await createBench({
      issuer: () => json({ error: 'invalid_request', error_description: `a\r\nb\u001b[31m${'x'.repeat(5000)}` }, 400),
    });
    const { message } = await failureOf(client.fetch('/'));
    expect(message).toMatch(/^[^\p{Cc}]{1,500}$/u);
  });
});

describe('a token endpoint that does not answer', () => {
  it('is left alone after the time limit', async () => {
    const { issuer, client, clock } = await createBench({
      issuer: () => 'hang',
      options: { timeoutSeconds: 5 },
    });
    const failed = failureOf(client.fetch('/'));
    await issuer.arrived(1);
    clock.advance(5);
    expect(await failed).toMatchObject({
      code: 'token-endpoint',
      message: expect.stringContaining('5 seconds') as string,
    });
  });

  it('does not make a caller who has a shorter time wait for it', async () => {
    const { issuer, client } = await createBench({ issuer: () => 'hang' });
    const controller = new AbortController();
    const failed = failureOf(client.fetch('/', { signal: controller.signal }));
    await issuer.arrived(1);
    controller.abort();
    expect((await failed).code).toBe('aborted');
  });
});

describe('cli-error-redacted: a server that echoes our secret', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['as it is', secret],
    ['form-encoded', new URLSearchParams([['', 'p ä&=+%']]).toString().slice(1)],
    ['as Basic', Buffer.from(`job:${secret}`).toString('base64')],
  ];
  it.each(forms)('%s does not bring it into the error', async (title, echo) => {
    const clientSecret = title === 'form-encoded' ? 'p ä&=+%' : secret;
    const { client } = await createBench({
      credentials: { clientSecret },
      issuer: () => json({ error: `bad ${echo}`, error_description: `you sent ${echo} and ${clientSecret}` }, 400),
    });
    const error = await failureOf(client.fetch('/'));
    expect(error.message).toContain('you sent [redacted] and [redacted]');
    expect(error.oauthError).toBe('bad [redacted]');
  });
});
