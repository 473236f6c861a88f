import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { afterEach, describe, expect, it } from 'vitest';

import type { Decision, Verified } from '../../src/index.js';
import { keepRawBody, sendAnswer } from '../../src/node.js';
import { benchOf, proves, wordScheme, type Bench } from '../fixtures/guard.js';
import { bridgeOf, crlf, listen, type TestServer } from '../fixtures/server.js';

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const limit = 100_000;
const requirement = { scheme: 'a' };

let server: TestServer;
let bench: Bench;
let scheme: string[];
afterEach(() => server.close());

/** A guard whose scheme reads the body and tells its hash, before a handler that reads it as well. */
async function serve(
  handler: (req: IncomingMessage, res: ServerResponse) => unknown,
  before: (req: IncomingMessage) => unknown = () => undefined,
): Promise<void> {
  scheme = [];
  const verify = async (_word: string, request: { body(): Promise<Uint8Array> }): Promise<Verified> => {
    scheme.push(hash(await request.body()));
    return proves('ann');
  };
  bench = benchOf({ a: wordScheme('a', { verify }), b: wordScheme('b', { verify }) }, { bodyLimitBytes: limit });
  const guard = bridgeOf(bench.auth).guard({ anyOf: [requirement, { scheme: 'b' }] });
  server = await listen((req, res) => {
    res.setHeader('connection', 'close');
    const use = (decision: Decision): void => {
      if (decision.kind === 'refuse') sendAnswer(res, decision);
      else void handler(req, res);
    };
    const run = async (): Promise<void> => {
      await before(req);
      guard.decide(req, use, () => res.destroy());
    };
    void run();
  });
}

async function readAll(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const reading = async (req: IncomingMessage, res: ServerResponse): Promise<void> =>
  void res.end(hash(await readAll(req)));
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);
const headOf = (fields: string): string => `POST / HTTP/1.1\nHost: a\nX-A: x\n${fields}\n\n`;
const chunked = (body: Buffer, size: number): (string | Uint8Array)[] => {
  const parts: (string | Uint8Array)[] = [];
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.subarray(at, at + size);
    parts.push(`${chunk.length.toString(16)}\n`, chunk, '\n');
  }
  return [...parts, '0\n\n'];
};

describe('body()', () => {
  it.each([1, 2, 1000, 65_536, limit])(
    'reads a body of %i bytes with Content-Length whole, and the handler reads it again',
    async (length) => {
      const body = randomBytes(length);
      await serve(reading);
      const answer = await server.exchange(
        headOf(`Content-Length: ${length}`),
        body.subarray(0, length / 2),
        body.subarray(length / 2),
      );
      expect(bodyOf(answer)).toBe(hash(body));
      expect(scheme).toEqual([hash(body)]);
    },
  );

  it.each([1, 7, 5000])(
    'reads a chunked body in chunks of %i bytes whole, and the handler reads it again',
    async (size) => {
      const body = randomBytes(size === 1 ? 300 : 50_000);
      await serve(reading);
      const answer = await server.exchange(headOf('Transfer-Encoding: chunked'), ...chunked(body, size));
      expect(bodyOf(answer)).toBe(hash(body));
      expect(scheme).toEqual([hash(body)]);
    },
  );

  it('waits for a body whose bytes come one by one after the guard began', async () => {
    const body = randomBytes(40);
    await serve(reading);
    const answer = await server.exchange(
      headOf('Content-Length: 40'),
      ...Array.from(body, (byte) => Uint8Array.of(byte)),
    );
    expect(bodyOf(answer)).toBe(hash(body));
  });

  it.each([
    ['no body at all', 'X-B: y', []],
    ['an empty body with Content-Length', 'Content-Length: 0', []],
    ['an empty chunked body', 'Transfer-Encoding: chunked', ['0\n\n']],
  ])('reads %s as no bytes, and the handler comes to its end', async (_, fields, parts) => {
    await serve((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => res.end(hash(Buffer.concat(chunks))));
    });
    expect(bodyOf(await server.exchange(headOf(fields), ...parts))).toBe(hash(Buffer.of()));
    expect(scheme[0]).toBe(hash(Buffer.of()));
  });

  it.each([
    [
      'by events',
      (req: IncomingMessage, res: ServerResponse) => {
        const chunks: Buffer[] = [];
        req.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => res.end(hash(Buffer.concat(chunks))));
      },
    ],
    [
      'through a pipe',
      (req: IncomingMessage, res: ServerResponse) => {
        const digest = createHash('sha256');
        req.pipe(digest).on('finish', () => res.end(digest.digest('hex')));
      },
    ],
    [
      'by read()',
      (req: IncomingMessage, res: ServerResponse) => {
        const chunks: Buffer[] = [];
        req.on('readable', () => {
          for (let chunk = req.read() as Buffer | null; chunk !== null; chunk = req.read() as Buffer | null)
            chunks.push(chunk);
        });
        req.on('end', () => res.end(hash(Buffer.concat(chunks))));
      },
    ],
    [
      'later',
      async (req: IncomingMessage, res: ServerResponse) => {
        await new Promise((resolve) => setImmediate(resolve));
        await reading(req, res);
      },
    ],
  ])('is read again by a handler that reads %s', async (_, handler) => {
    const body = randomBytes(70_000);
    for (const [fields, parts] of [
      ['Content-Length: 70000', [body]],
      ['Transfer-Encoding: chunked', chunked(body, 9000)],
    ] as const) {
      await serve(handler);
      const answer = await server.exchange(headOf(fields), ...parts);
      expect(bodyOf(answer)).toBe(hash(body));
      await server.close();
    }
    await serve(handler);
  });

  it('is the same for two schemes that read it at one time', async () => {
    const body = randomBytes(50_000);
    await serve(reading);
    const answer = await server.exchange(headOf('X-B: y\nTransfer-Encoding: chunked'), ...chunked(body, 700));
    expect(bodyOf(answer)).toBe(hash(body));
    expect(scheme).toEqual([hash(body), hash(body)]);
  });
});

describe('the limit of a body', () => {
  it('refuses a Content-Length beyond it before a byte is read', async () => {
    let read = -1;
    await serve(reading, (req) => void req.on('close', () => (read = req.readableFlowing ? 1 : 0)));
    const answer = await server.exchange(headOf(`Content-Length: ${limit + 1}`));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"content-too-large"');
    expect(bench.events).toMatchObject([{ outcome: 'refuse', reason: 'body-too-large' }]);
    expect(scheme).toEqual([]);
    expect(read).toBeLessThan(1);
  });

  it('stops to read a chunked body at it, whatever is still to come', async () => {
    await serve(reading);
    const parts = Array.from({ length: 12 }, () => [`2710\n`, randomBytes(10_000), '\n'] as const).flat();
    const answer = await server.exchange(headOf('Transfer-Encoding: chunked'), ...parts);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(bench.events).toMatchObject([{ reason: 'body-too-large' }]);
  });

  it('takes a chunked body of exactly that length', async () => {
    const body = randomBytes(limit);
    await serve(reading);
    expect(bodyOf(await server.exchange(headOf('Transfer-Encoding: chunked'), ...chunked(body, 30_000)))).toBe(
      hash(body),
    );
  });

  it('holds for bytes that a parser kept, too', async () => {
    await serve(reading, (req) => keepRawBody(req, undefined, new Uint8Array(limit + 1)));
    expect(await server.exchange(headOf('Content-Length: 1'), 'x')).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('a body that a parser read before the guard', () => {
  it('is refused as our own fault where the parser kept nothing, never taken for empty', async () => {
    await serve(reading, readAll);
    const answer = await server.exchange(headOf('Content-Length: 3'), 'abc');
    expect(answer).toMatch(/^HTTP\/1\.1 500 /);
    expect(answer).toContain('"code":"configuration-error"');
    expect(bench.events).toMatchObject([{ outcome: 'error', reason: 'raw-body-unavailable' }]);
    expect(bench.errors).toMatchObject([{ message: expect.stringContaining('keepRawBody') as string }]);
    expect(scheme).toEqual([]);
  });

  it('is refused where the parser read a part of it', async () => {
    await serve(reading, async (req) => {
      await new Promise((resolve) => req.once('readable', resolve));
      req.read(1);
    });
    expect(await server.exchange(headOf('Content-Length: 3'), 'abc')).toMatch(/^HTTP\/1\.1 500 /);
  });

  it('is known where the parser kept it', async () => {
    await serve(
      (_req, res) => void res.end('passed'),
      async (req) => keepRawBody(req, undefined, await readAll(req)),
    );
    expect(bodyOf(await server.exchange(headOf('Content-Length: 3'), 'abc'))).toBe('passed');
    expect(scheme).toEqual([hash(Buffer.from('abc'))]);
  });
});

describe('a caller that goes half way', () => {
  it.each([
    ['with Content-Length', 'Content-Length: 100', 'half'],
    ['with chunks', 'Transfer-Encoding: chunked', '4\nhalf\n'],
  ])('leaves no check waiting, and one event that says so, %s', async (_, fields, half) => {
    let settle!: (outcome: unknown) => void;
    const outcome = new Promise<unknown>((resolve) => (settle = resolve));
    bench = benchOf({
      a: wordScheme('a', { verify: async (_word, request) => (await request.body(), proves('ann')) }),
    });
    const guard = bridgeOf(bench.auth).guard(requirement);
    let arrived!: () => void;
    const there = new Promise<void>((resolve) => (arrived = resolve));
    server = await listen((req) => {
      settle(guard.whenDecided<string>(req, (decision) => decision.kind, 'gone'));
      arrived();
    });
    const socket = await server.open();
    socket.write(crlf(headOf(fields) + half));
    await there;
    socket.destroy();
    expect(await outcome).toBe('gone');
    expect(bench.events).toMatchObject([
      { kind: 'attempt', outcome: 'refuse', reason: 'aborted', code: null, status: null, subject: null },
    ]);
  });
});
