import { describe, expect, it } from 'vitest';

import { apiKey, basic, type CallInit } from '../src/index.js';
import { createBench, createPlainBench, failureOf } from './fixtures/client.js';

describe('cli-header-injection: a call', () => {
  it.each<[string, CallInit]>([
    ['with a line break in a value', { headers: { 'x-a': 'b\r\nx-evil: 1' } }],
    ['with a line feed in a value', { headers: [['x-a', 'b\nx-evil: 1']] }],
    ['with a line break at the end of a value', { headers: { 'x-a': 'b\r\n' } }],
    ['with a line that is no pair', { headers: [['x-a']] as never }],
    ['with fields that are none', { headers: 5 as never }],
    ['with a null byte in a value', { headers: { 'x-a': 'b\0' } }],
    ['with a value beyond Latin-1', { headers: { 'x-a': '\u{1f600}' } }],
    ['with a line break in a name', { headers: { 'x-a\r\nx-evil': '1' } }],
    ['with an empty name', { headers: { '': '1' } }],
    ['with a space in the method', { method: 'GET /evil HTTP/1.1\r\nx:' }],
    ['without a method', { method: '' }],
    ['with a method that is no text', { method: 5 as never }],
    ['with another Host', { headers: { Host: 'evil.example' } }],
    ['with a framing of its own', { headers: { 'transfer-encoding': 'chunked' } }],
    ['with a length of its own', { method: 'POST', body: 'abc', headers: { 'content-length': '1' } }],
    ['with fields of the connection', { headers: { connection: 'x-api-key' } }],
    ['with a body for GET', { body: 'x' }],
    ['with a method that the platform forbids', { method: 'CONNECT' }],
    ['that would follow redirects', { redirect: 'follow' } as CallInit],
    ['with a dispatcher of its own', { dispatcher: {} } as CallInit],
  ])('%s is refused, and the API sees nothing', async (_title, init) => {
    const { api, client } = await createBench();
    const error = await failureOf(client.fetch('/', init));
    expect(error.code).toBe('invalid-request');
    expect(error.message).not.toContain('evil');
    expect(api.seen).toHaveLength(0);
  });
});

describe('cli-user-authorization: a field that both write', () => {
  it.each([
    ['authorization', basic({ username: 'a', password: 'b' })],
    ['AUTHORIZATION', basic({ username: 'a', password: 'b' })],
    ['x-api-key', apiKey({ key: 'acme_1' })],
    ['My-Key', apiKey({ key: 'acme_1', header: 'my-key' })],
  ])('%s: the call is refused, and nothing is sent', async (name, auth) => {
    const { api, client } = await createPlainBench(auth);
    for (const headers of [
      { [name]: 'mine' },
      [[name, 'mine']] as [string, string][],
      new Headers({ [name]: 'mine' }),
    ]) {
      const error = await failureOf(client.fetch('/', { headers }));
      expect(error.code).toBe('authorization-conflict');
      expect(error.message).not.toContain('mine');
    }
    expect(api.seen).toHaveLength(0);
  });

  it('holds for tokens too, before one is asked for', async () => {
    const { api, issuer, client } = await createBench();
    expect((await failureOf(client.fetch('/', { headers: { authorization: 'x' } }))).code).toBe(
      'authorization-conflict',
    );
    expect([api.seen.length, issuer.seen.length]).toEqual([0, 0]);
  });
});

describe('a call', () => {
  it('sends what it was given, and takes a signal of null as none', async () => {
    const { api, client } = await createBench();
    const headers = { accept: 'text/plain', 'x-b': 'c' };
    await client.fetch('/a?b=c', { method: 'PATCH', body: '{}', headers, signal: null });
    expect(api.seen[0]).toMatchObject({ method: 'PATCH', path: '/a?b=c', body: '{}', headers });
  });

  it('leaves the headers of the caller as they are', async () => {
    const { client } = await createBench();
    const headers = new Headers({ a: 'b' });
    await client.fetch('/', { headers });
    expect([...headers]).toEqual([['a', 'b']]);
  });
});
