import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';

import { createAuth } from '@auth/core';
import { expressAuth, keepRawBody } from '@auth/express';
import express5, { type RequestHandler } from 'express';
import express4 from 'express4';
import { describe, expect, test } from 'vitest';

import { recordAttempts } from '../../core/test/fixtures/adapters/attempts.js';
import { exchange, listen } from '../../core/test/fixtures/adapters/exchange.js';
import { digests, sha256 } from '../../core/test/fixtures/adapters/digest-scheme.js';

type Order = 'before' | 'after' | 'none' | 'before-lossy';

async function serve(express: typeof express5, order: Order, bodyLimitBytes = 1024) {
  const { events, audit } = recordAttempts();
  const errors: unknown[] = [];
  const auth = createAuth({
    schemes: { digests },
    bodyLimitBytes,
    audit,
    onError: (error) => void errors.push(error),
  });
  const { protect, denyByDefault } = expressAuth(auth);
  const guard = protect({ scheme: 'digests' });
  const ran: string[] = [];
  const parser = express.json({
    limit: '50mb',
    strict: false,
    ...(order !== 'before-lossy' && { verify: keepRawBody }),
  });
  const respond: RequestHandler = async (req, res) => {
    ran.push(guard.principal(req).subject);
    const parsed: unknown = req.body;
    res.end(order === 'none' ? sha256(await buffer(req)) : JSON.stringify(parsed));
  };
  const app = express();
  if (order.startsWith('before')) app.use(parser);
  app.all('/x', ...(order === 'after' ? [guard, parser] : [guard]), respond);
  denyByDefault(app);
  const { port } = await listen(app);
  return { port, ran, events, errors };
}

const json = { 'content-type': 'application/json' };
const body = '{ "note": "grüße",  "n": 1.0 }';

describe.each([
  ['Express 4', express4],
  ['Express 5', express5],
] as const)('%s', (_name, express) => {
  test.each(['before', 'after', 'none'] as const)(
    'a scheme reads the bytes as received with the parser %s, and the handler reads the same body',
    async (order) => {
      const { port, ran, events } = await serve(express, order);
      const sent = { headers: { ...json, 'x-digest': sha256(Buffer.from(body)) }, body };
      const { status, text: answer } = await exchange(port, 'POST', '/x', sent);
      expect(status).toBe(200);
      expect(answer).toBe(order === 'none' ? sha256(Buffer.from(body)) : JSON.stringify(JSON.parse(body)));
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
      const { port } = await serve(express, order);
      const digest = sha256(Buffer.from('{"a":1}'));
      const socket = connect(port, '127.0.0.1');
      const head = `POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nX-Digest: ${digest}`;
      socket.write(`${head}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n`);
      socket.write('4\r\n":1}\r\n0\r\n\r\n');
      const answer = await text(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).toContain(order === 'none' ? digest : '{"a":1}');
    },
  );

  test.each(['before', 'after', 'none', 'before-lossy'] as const)(
    'a request without a body has an empty one with the parser %s',
    async (order) => {
      const { port } = await serve(express, order);
      const headers = { 'x-digest': sha256(new Uint8Array()) };
      for (const method of ['GET', 'POST']) {
        expect((await exchange(port, method, '/x', { headers })).status).toBe(200);
      }
    },
  );

  test('a parser before the guard that keeps no bytes is a wrong configuration, never a pass', async () => {
    const { port, ran, events, errors } = await serve(express, 'before-lossy');
    const headers = { ...json, 'x-digest': sha256(Buffer.from(body)) };
    const { status, code, all } = await exchange(port, 'POST', '/x', { headers, body });
    expect({ status, code }).toEqual({ status: 500, code: 'configuration-error' });
    expect(all('www-authenticate')).toEqual([]);
    expect(events.map(({ outcome, reason }) => [outcome, reason])).toEqual([['error', 'raw-body-unavailable']]);
    expect(errors.map(String)).toEqual([expect.stringContaining('{ verify: keepRawBody }')]);
    expect(ran).toEqual([]);
  });

  test.each(['after', 'none'] as const)(
    'a body of exactly the limit is read, and one byte more is refused with 413, with the parser %s',
    async (order) => {
      const fits = JSON.stringify('a'.repeat(62));
      const { port, events } = await serve(express, order, 64);
      const post = (content: string) =>
        exchange(port, 'POST', '/x', { headers: { ...json, 'x-digest': sha256(Buffer.from(content)) }, body: content });
      expect((await post(fits)).status).toBe(200);
      expect(await post(JSON.stringify('a'.repeat(63)))).toMatchObject({ status: 413, code: 'content-too-large' });
      expect(events.map(({ reason }) => reason)).toEqual(['ok', 'body-too-large']);
    },
  );

  test.each([
    ['with a declared length', 'Content-Length: 20000000', ''],
    ['in chunks', 'Transfer-Encoding: chunked', '1312d00\r\n'],
  ])('a body far over the limit %s is refused before it has come', async (_title, field, prefix) => {
    const { port, ran } = await serve(express, 'none');
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

  test('a caller who goes while the body comes brings no handler to run', async () => {
    const { port, ran, errors } = await serve(express, 'none');
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /x HTTP/1.1\r\nHost: a\r\nX-Digest: d\r\nContent-Length: 100\r\n\r\nhalf');
    socket.end();
    await text(socket);
    const headers = { 'x-digest': sha256(new Uint8Array()) };
    expect((await exchange(port, 'GET', '/x', { headers })).status).toBe(200);
    expect(ran).toEqual(['alice']);
    expect(errors).toEqual([]);
  });
});
