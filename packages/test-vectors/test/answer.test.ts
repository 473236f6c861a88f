import { describe, expect, it } from 'vitest';

import { readAnswer } from '../src/http/answer.js';
import { toBytes } from '../src/http/request.js';

const read = (text: string, method = 'GET', closed = false) => readAnswer(Buffer.from(text, 'latin1'), method, closed);
const bodyOf = (text: string, method = 'GET', closed = false) => read(text, method, closed)?.body.toString();

describe('readAnswer', () => {
  it('keeps field lines apart and in order', () => {
    expect(read('HTTP/1.1 401 Unauthorized\r\nA: 1\r\na:  2 \r\nB:\r\nContent-Length: 0\r\n\r\n')).toMatchObject({
      status: 401,
      headers: [['A', '1'], ['a', '2'], ['B', ''], ['Content-Length', '0']],
    }); // prettier-ignore
  });

  it.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc', 'abc'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n', 'abc'],
    [
      'chunks with a trailer',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n',
      'abc',
    ],
    ['an interim answer first', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc', 'abc'],
    ['no body by status', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ])('reads an answer with %s', (_, text, body) => {
    expect(bodyOf(text)).toBe(body);
    for (let length = 0; length < text.length; length++)
      expect(read(text.slice(0, length)), `${length} bytes`).toBeUndefined();
  });

  it('reads up to the end where there is no length', () => {
    expect(bodyOf('HTTP/1.1 200 OK\r\n\r\nabc')).toBeUndefined();
    expect(bodyOf('HTTP/1.1 200 OK\r\n\r\nabc', 'GET', true)).toBe('abc');
  });

  it('tells what follows', () => {
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef')?.rest.toString()).toBe('def');
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc', 'HEAD')?.rest.toString()).toBe('abc');
  });

  it.each([
    ['another protocol', 'HTTP/2 200 OK\r\n\r\n'],
    ['a field line without colon', 'HTTP/1.1 200 OK\r\nbroken\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nA : b\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na'],
    ['a length beside chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['an unknown coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a chunk without size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n'],
    ['a chunk longer than it says', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n'],
  ])('refuses %s', (_, text) => {
    expect(() => read(text)).toThrow(/malformed|unknown|beside/);
  });
});

describe('toBytes', () => {
  const text = (request: Parameters<typeof toBytes>[0]) => toBytes(request, 'host:1').first.toString('latin1');

  it('writes field lines as they stand, and adds what is missing', () => {
    expect(text({ method: 'GET', target: '/a?b', headers: [['A', ' x '], ['A', '\u00ff']] })).toBe(
      'GET /a?b HTTP/1.1\r\nA:  x \r\nA: \u00ff\r\nHost: host:1\r\nConnection: close\r\n\r\n',
    ); // prettier-ignore
  });

  it('adds nothing that is there, and the length of the body in bytes', () => {
    expect(text({ method: 'POST', target: '/', headers: [['host', 'h'], ['CONNECTION', 'x']], body: 'ä' })).toBe(
      'POST / HTTP/1.1\r\nhost: h\r\nCONNECTION: x\r\nContent-Length: 2\r\n\r\n\u00c3\u00a4',
    ); // prettier-ignore
  });

  it('sends raw bytes as they are', () => {
    expect(text({ method: 'GET', target: '/', raw: 'GET / HTTP/1.1\r\n\u0000\u00ff' })).toBe(
      'GET / HTTP/1.1\r\n\u0000\u00ff',
    );
  });
});
