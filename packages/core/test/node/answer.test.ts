import { describe, expect, it } from 'vitest';

import { addHeaders, groupHeaders, sendAnswer } from '../../src/node.js';
import { listen } from '../fixtures/server.js';

const bytes = new TextEncoder().encode('{"a":1}');

async function exchange(method: string, handle: Parameters<typeof listen>[0]): Promise<string> {
  const server = await listen((req, res) => {
    res.setHeader('connection', 'close');
    handle(req, res);
  });
  try {
    return await server.exchange(`${method} / HTTP/1.1\nHost: a\n\n`);
  } finally {
    await server.close();
  }
}

describe('sendAnswer', () => {
  it('sends status, each header line by itself, and the bytes, and adds no charset', async () => {
    const answer = await exchange('GET', (_req, res) =>
      sendAnswer(res, {
        status: 401,
        headers: [
          ['content-type', 'application/problem+json'],
          ['www-authenticate', 'Bearer'],
          ['www-authenticate', 'ApiKey'],
        ],
        body: bytes,
      }),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toContain('content-type: application/problem+json\r\n');
    expect(answer.match(/^www-authenticate: .*$/gim)).toEqual(['www-authenticate: Bearer', 'www-authenticate: ApiKey']);
    expect(answer.endsWith('\r\n\r\n{"a":1}')).toBe(true);
  });

  it('sends no body to HEAD (RFC 9110 §9.3.2)', async () => {
    const answer = await exchange('HEAD', (_req, res) => sendAnswer(res, { status: 403, headers: [], body: bytes }));
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
  });
});

describe('addHeaders', () => {
  it('adds lines beside those that are there', async () => {
    const answer = await exchange('GET', (_req, res) => {
      res.setHeader('www-authenticate', 'Own');
      addHeaders(res, [
        ['www-authenticate', 'Bearer'],
        ['dpop-nonce', 'n'],
      ]);
      res.end();
    });
    expect(answer.match(/^(?:www-authenticate|dpop-nonce): .*$/gim)).toEqual([
      'www-authenticate: Own',
      'www-authenticate: Bearer',
      'dpop-nonce: n',
    ]);
  });
});

describe('groupHeaders', () => {
  it('keeps one line a text and several a list', () => {
    expect([
      ...groupHeaders([
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
        ['a', '4'],
      ]),
    ]).toEqual([
      ['a', ['1', '3', '4']],
      ['b', '2'],
    ]);
  });

  it('loses no line whose name differs in case alone (RFC 9110 §5.1)', () => {
    const groups = [
      ...groupHeaders([
        ['www-authenticate', 'Bearer'],
        ['WWW-Authenticate', 'Own'],
      ]),
    ];
    expect(groups).toHaveLength(1);
    expect(groups[0]?.[1]).toEqual(['Bearer', 'Own']);
  });
});
