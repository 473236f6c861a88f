import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { createAuth } from '@auth/core';
import { fastifyAuth } from '@auth/fastify';
import fastify5 from 'fastify';
import fastify4 from 'fastify4';
import { describe, expect, test } from 'vitest';

import { recordAttempts } from '../../core/test/fixtures/adapters/attempts.js';
import { exchange } from '../../core/test/fixtures/adapters/exchange.js';
import { listen } from './listen.js';
import { digests, sha256 } from '../../core/test/fixtures/adapters/digest-scheme.js';

/** `buffer`: the application takes the bytes of every type. */
type Parser = 'json' | 'buffer';

async function serve(fastify: typeof fastify5, parser: Parser, bodyLimitBytes = 1024) {
  const { events, audit } = recordAttempts();
  const { plugin, protect } = fastifyAuth(createAuth({ schemes: { digests }, bodyLimitBytes, audit }));
  const guard = protect({ scheme: 'digests' });
  const ran: string[] = [];
  const app = fastify({ forceCloseConnections: true });
  await app.register(plugin);
  if (parser === 'buffer') {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  }
  app.all('/x', guard, async (request) => {
    ran.push(guard.principal(request).subject);
    const { body } = request;
    return Buffer.isBuffer(body) ? sha256(body) : JSON.stringify(body);
  });
  return { port: await listen(app), ran, events };
}

const json = { 'content-type': 'application/json' };
const body = '{ "note": "grüße",  "n": 1.0 }';

describe.each([
  ['Fastify 4', fastify4],
  ['Fastify 5', fastify5],
] as const)('%s', (_name, fastify) => {
  test.each(['json', 'buffer'] as const)(
    'a scheme reads the bytes as received, and the parser after it (%s) reads the same body',
    async (parser) => {
      const { port, ran, events } = await serve(fastify, parser);
      const sent = { headers: { ...json, 'x-digest': sha256(Buffer.from(body)) }, body };
      const { status, text: answer } = await exchange(port, 'POST', '/x', sent);
      expect({ status, answer }).toEqual({
        status: 200,
        answer: parser === 'buffer' ? sha256(Buffer.from(body)) : JSON.stringify(JSON.parse(body)),
      });
      expect(await exchange(port, 'POST', '/x', { ...sent, body: body.replace('1.0', '2.0') })).toMatchObject({
        status: 401,
        code: 'invalid-signature',
      });
      expect(ran).toEqual(['alice']);
      expect(events.map(({ reason }) => reason)).toEqual(['ok', 'digest-mismatch']);
    },
  );

  test.each(['json', 'buffer'] as const)(
    'a scheme and the parser after it (%s) read a body in chunks',
    async (parser) => {
      const { port } = await serve(fastify, parser);
      const digest = sha256(Buffer.from('{"a":1}'));
      const socket = connect(port, '127.0.0.1');
      const head = `POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nX-Digest: ${digest}`;
      socket.write(`${head}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n`);
      socket.write('4\r\n":1}\r\n0\r\n\r\n');
      const answer = await text(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).toContain(parser === 'buffer' ? digest : '{"a":1}');
    },
  );

  test.each(['json', 'buffer'] as const)(
    'a request without a body has an empty one before the parser (%s)',
    async (parser) => {
      const { port } = await serve(fastify, parser);
      const headers = { 'x-digest': sha256(new Uint8Array()) };
      for (const method of ['GET', 'POST', 'DELETE']) {
        expect((await exchange(port, method, '/x', { headers })).status).toBe(200);
      }
    },
  );

  test.each(['json', 'buffer'] as const)(
    'a body of exactly the limit is read, and one byte more is refused with 413, before the parser (%s)',
    async (parser) => {
      const { port, events } = await serve(fastify, parser, 64);
      const post = (content: string) =>
        exchange(port, 'POST', '/x', { headers: { ...json, 'x-digest': sha256(Buffer.from(content)) }, body: content });
      expect((await post(JSON.stringify('a'.repeat(62)))).status).toBe(200);
      expect(await post(JSON.stringify('a'.repeat(63)))).toMatchObject({ status: 413, code: 'content-too-large' });
      expect(events.map(({ reason }) => reason)).toEqual(['ok', 'body-too-large']);
    },
  );

  test.each([
    ['with a declared length', 'Content-Length: 20000000', ''],
    ['in chunks', 'Transfer-Encoding: chunked', '1312d00\r\n'],
  ])('a body far over the limit %s is refused before it has come', async (_title, field, prefix) => {
    const { port, ran } = await serve(fastify, 'buffer');
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
    const { port, ran } = await serve(fastify, 'buffer');
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /x HTTP/1.1\r\nHost: a\r\nX-Digest: d\r\nContent-Length: 100\r\n\r\nhalf');
    socket.end();
    await text(socket);
    const headers = { 'x-digest': sha256(new Uint8Array()) };
    expect((await exchange(port, 'GET', '/x', { headers })).status).toBe(200);
    expect(ran).toEqual(['alice']);
  });
});
