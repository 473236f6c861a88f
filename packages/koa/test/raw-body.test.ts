import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';

import { createAuth } from '@auth/core';
import { keepRawBody, koaAuth } from '@auth/koa';
import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { expect, test } from 'vitest';

import { recordAttempts } from '../../core/test/fixtures/adapters/attempts.js';
import { exchange, listen } from '../../core/test/fixtures/adapters/exchange.js';
import { createApp } from './guarded-api.js';
import { digests, sha256 } from '../../core/test/fixtures/adapters/digest-scheme.js';

type Order = 'before' | 'after' | 'none' | 'before-lossy';

/** As body parsers of Koa do it: the parsed body stands in `ctx.state`. */
const createParser =
  (order: Order): Middleware =>
  async (ctx, next) => {
    const bytes = await buffer(ctx.req);
    if (order !== 'before-lossy') keepRawBody(ctx.req, ctx.res, bytes);
    ctx.state['bytes'] = bytes;
    await next();
  };

async function serve(order: Order, bodyLimitBytes = 1024) {
  const { events, audit } = recordAttempts();
  const errors: unknown[] = [];
  const auth = createAuth({
    schemes: { digests },
    bodyLimitBytes,
    audit,
    onError: (error) => void errors.push(error),
  });
  const { protect, denyByDefault } = koaAuth(auth);
  const guard = protect({ scheme: 'digests' });
  const ran: string[] = [];
  const parser = createParser(order);
  const router = new Router();
  if (order.startsWith('before')) router.use(parser);
  router.all('/x', guard, ...(order === 'after' ? [parser] : []), async (ctx) => {
    ran.push(guard.principal(ctx).subject);
    ctx.body = sha256(order === 'none' ? await buffer(ctx.req) : (ctx.state['bytes'] as Buffer));
  });
  denyByDefault(router);
  const { port } = await listen(createApp().use(router.routes()).callback());
  return { port, ran, events, errors };
}

const body = '{ "note": "grüße",  "n": 1.0 }';

test.each(['before', 'after', 'none'] as const)(
  'a scheme reads the bytes as received with the parser %s, and the handler reads the same body',
  async (order) => {
    const { port, ran, events } = await serve(order);
    const digest = sha256(Buffer.from(body));
    const sent = { headers: { 'x-digest': digest }, body };
    expect(await exchange(port, 'POST', '/x', sent)).toMatchObject({ status: 200, text: digest });
    expect(await exchange(port, 'POST', '/x', { ...sent, body: body.replace('1.0', '2.0') })).toMatchObject({
      status: 401,
      code: 'invalid-signature',
    });
    expect(ran).toEqual(['alice']);
    expect(events.map(({ reason }) => reason)).toEqual(['ok', 'digest-mismatch']);
  },
);

test.each(['before', 'after', 'none'] as const)(
  'a scheme reads a body that comes in chunks with the parser %s',
  async (order) => {
    const { port } = await serve(order);
    const digest = sha256(Buffer.from('{"a":1}'));
    const socket = connect(port, '127.0.0.1');
    const head = `POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Digest: ${digest}`;
    socket.write(`${head}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n`);
    socket.write('4\r\n":1}\r\n0\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain(digest);
  },
);

test('a parser before the guard that keeps no bytes is a wrong configuration, never a pass', async () => {
  const { port, ran, events, errors } = await serve('before-lossy');
  const headers = { 'x-digest': sha256(Buffer.from(body)) };
  const { status, code, all } = await exchange(port, 'POST', '/x', { headers, body });
  expect({ status, code }).toEqual({ status: 500, code: 'configuration-error' });
  expect(all('www-authenticate')).toEqual([]);
  expect(events.map(({ outcome, reason }) => [outcome, reason])).toEqual([['error', 'raw-body-unavailable']]);
  expect(errors).toHaveLength(1);
  expect(ran).toEqual([]);
});

test.each(['after', 'none'] as const)(
  'a body of exactly the limit is read, and one byte more is refused with 413, with the parser %s',
  async (order) => {
    const { port, events } = await serve(order, 64);
    const post = (content: string) =>
      exchange(port, 'POST', '/x', { headers: { 'x-digest': sha256(Buffer.from(content)) }, body: content });
    expect((await post('a'.repeat(64))).status).toBe(200);
    expect(await post('a'.repeat(65))).toMatchObject({ status: 413, code: 'content-too-large' });
    expect(events.map(({ reason }) => reason)).toEqual(['ok', 'body-too-large']);
  },
);

test.each([
  ['with a declared length', 'Content-Length: 20000000', ''],
  ['in chunks', 'Transfer-Encoding: chunked', '1312d00\r\n'],
])('a body far over the limit %s is refused before it has come', async (_title, field, prefix) => {
  const { port, ran } = await serve('none');
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const answered = new Promise<string>((resolve) => {
    socket.once('data', (data) => resolve(data.toString()));
  });
  socket.write(`POST /x HTTP/1.1\r\nHost: a\r\nX-Digest: d\r\n${field}\r\n\r\n${prefix}${'a'.repeat(4096)}`);
  expect(await answered).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
  expect(ran).toEqual([]);
});
