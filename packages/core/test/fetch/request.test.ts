import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { createAuth, failure, type AuditEvent, type AuthRequest, type Scheme } from '../../src/index.js';
import { fetchAuth } from '../../src/fetch.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const principal = { issuer: null, subject: 'alice', scopes: new Set<string>(), roles: new Set<string>(), claims: {} };

/** Takes a digest of the body in `X-Digest`, and the body only where it agrees. */
const digests: Scheme<'digest', object, string> = {
  type: 'digest',
  extract(request) {
    const digest = request.headers.get('x-digest') ?? '';
    return { kind: 'credentials', field: 'x-digest', credentials: digest, identifier: digest };
  },
  async verify(digest, request) {
    return sha256(await request.body()) === digest
      ? { kind: 'verified', principal }
      : failure('digest-mismatch', { code: 'invalid-signature' });
  },
  challenge: () => ({ headers: [] }),
};

function create(bodyLimitBytes = 1024) {
  const events: AuditEvent[] = [];
  const errors: unknown[] = [];
  const auth = createAuth({
    schemes: { digests },
    bodyLimitBytes,
    audit: (event) => void events.push(event),
    onError: (error) => void errors.push(error),
  });
  const guarded = fetchAuth(auth).protect(
    { scheme: 'digests' },
    async (request) => new Response(sha256(new Uint8Array(await request.arrayBuffer()))),
  );
  return { guarded, events, errors };
}

const post = (body: BodyInit, digest: string): Request =>
  new Request('https://api.example/x', { method: 'POST', headers: { 'x-digest': digest }, body });

/** Comes in two chunks. */
function streamOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
}

const body = '{ "note": "grüße",  "n": 1.0 }';

test('a scheme reads the bytes as received, and the handler reads the same ones', async () => {
  const { guarded, events } = create();
  const digest = sha256(Buffer.from(body));
  expect(await (await guarded(post(body, digest))).text()).toBe(digest);
  const chunked = new Request('https://api.example/x', {
    method: 'POST',
    headers: { 'x-digest': digest },
    body: streamOf(body.slice(0, 5), body.slice(5)),
    duplex: 'half',
  } as RequestInit);
  expect(await (await guarded(chunked)).text()).toBe(digest);
  expect((await guarded(post(body.replace('1.0', '2.0'), digest))).status).toBe(401);
  expect(events.map(({ reason }) => reason)).toEqual(['ok', 'ok', 'digest-mismatch']);
});

test('a request without a body has an empty one', async () => {
  const { guarded } = create();
  const digest = sha256(new Uint8Array());
  for (const method of ['GET', 'POST']) {
    const request = new Request('https://api.example/x', { method, headers: { 'x-digest': digest } });
    expect((await guarded(request)).status).toBe(200);
  }
});

test('a body that was read before the guard is a wrong configuration, never a pass', async () => {
  const { guarded, events, errors } = create();
  const request = post(body, sha256(Buffer.from(body)));
  await request.text();
  const response = await guarded(request);
  expect({ status: response.status, body: await response.json() }).toMatchObject({
    status: 500,
    body: { code: 'configuration-error' },
  });
  expect(events.map(({ outcome, reason }) => [outcome, reason])).toEqual([['error', 'raw-body-unavailable']]);
  expect(errors.map(String)).toEqual([expect.stringContaining('request.clone()')]);
});

test('a body of exactly the limit is read, and one byte more is refused with 413', async () => {
  const { guarded, events } = create(4);
  expect((await guarded(post('abcd', sha256(Buffer.from('abcd'))))).status).toBe(200);
  const response = await guarded(post('abcde', sha256(Buffer.from('abcde'))));
  expect({ status: response.status, body: await response.json() }).toMatchObject({
    status: 413,
    body: { code: 'content-too-large' },
  });
  expect(events.map(({ reason }) => reason)).toEqual(['ok', 'body-too-large']);
});

test('a scheme reads method, target, URL and fields as Request shows them', async () => {
  const seen: unknown[] = [];
  const scheme: Scheme<'any'> = {
    type: 'any',
    extract: () => ({ kind: 'credentials', field: 'x', credentials: '', identifier: '' }),
    verify(_credentials, { method, target, url, headers, connection, route, parameters }: AuthRequest) {
      seen.push([method, target, url.href, headers.get('X-A'), headers.getAll('x-a'), headers.getAll('x-b')]);
      seen.push([connection, route, parameters]);
      return { kind: 'verified', principal };
    },
    challenge: () => ({ headers: [] }),
  };
  const guarded = fetchAuth(createAuth({ schemes: { scheme } })).protect({ scheme: 'scheme' }, () => new Response());
  const headers = [
    ['x-a', '1'],
    ['x-a', '2'],
  ] as [string, string][];
  await guarded(new Request('https://api.example/a/../b?x=%20', { method: 'delete', headers }), {
    remoteAddress: '192.0.2.1',
    serverName: 'api.example',
  });
  expect(seen).toEqual([
    ['DELETE', '/b?x=%20', 'https://api.example/b?x=%20', '1, 2', ['1, 2'], []],
    [{ remoteAddress: '192.0.2.1', encrypted: true, serverName: 'api.example' }, undefined, undefined],
  ]);
});
