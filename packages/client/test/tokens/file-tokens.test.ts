import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Secret, type CachedToken, type TokenCache } from '@auth/core/signing';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createFileTokens } from '../../src/file-tokens.js';
import { clientCredentials, refreshToken } from '../../src/index.js';
import { createMemoryTokens } from '../../src/tokens/store.js';
import {
  authorizations,
  createBench,
  createPlainBench,
  failureOf,
  grant,
  invalidToken,
  refusal,
  secret,
  thrownBy,
} from '../fixtures/client.js';
import { startServer } from '../fixtures/server.js';

const keyBase64 = Buffer.alloc(32, 7).toString('base64');
const token = (access: string, more: Partial<CachedToken> = {}): CachedToken => ({
  accessToken: new Secret(access),
  obtainedAt: 100,
  expiresAt: 2e9,
  ...more,
});

async function fileIn(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tokens-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'tokens.bin');
}

const sources = ['--conditions=@auth/source', '--import', new URL('../fixtures/typescript.js', import.meta.url).href];

const filesBeside = (file: string): readonly string[] => readdirSync(join(file, '..'));

describe('tokens in a file', () => {
  it('outlive their process, with all that is known of them', async () => {
    const file = await fileIn();
    const whole = token('access-1', { refreshToken: new Secret('refresh-1'), scopes: ['a', 'b'] });
    await createFileTokens({ file, keyBase64 }).save('key', whole);
    const found = await createFileTokens({ file, keyBase64 }).find('key');
    expect(found?.accessToken.reveal()).toBe('access-1');
    expect(found?.refreshToken?.reveal()).toBe('refresh-1');
    expect(found).toMatchObject({ scopes: ['a', 'b'], obtainedAt: 100, expiresAt: 2e9 });
  });

  it('are for this user alone, and hold neither token nor key in clear', async () => {
    const file = await fileIn();
    await createFileTokens({ file, keyBase64 }).save(
      'https://as.example job',
      token('access-1', { refreshToken: new Secret('refresh-1') }),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'latin1') + Buffer.from(readFileSync(file, 'latin1'), 'base64').toString('latin1');
    for (const part of ['access-1', 'refresh-1', 'as.example', keyBase64]) expect(text).not.toContain(part);
    expect(filesBeside(file)).toEqual(['tokens.bin']);
  });

  it('see what another has saved or removed, and remove no newer one', async () => {
    const file = await fileIn();
    const [a, b] = [createFileTokens({ file, keyBase64 }), createFileTokens({ file, keyBase64 })];
    const first = token('access-1');
    await a.save('key', first);
    await a.save('other', token('access-x'));
    await b.save('key', token('access-2'));
    await a.remove('key', first);
    const fresh = (): TokenCache => createFileTokens({ file, keyBase64 });
    expect((await fresh().find('key'))?.accessToken.reveal()).toBe('access-2');
    await a.remove('key', token('access-2'));
    expect(await fresh().find('key')).toBeUndefined();
    expect((await fresh().find('other'))?.accessToken.reveal()).toBe('access-x');
  });

  it('lose nothing where many save at once', async () => {
    const file = await fileIn();
    const caches = Array.from({ length: 8 }, () => createFileTokens({ file, keyBase64 }));
    await Promise.all(caches.map(async (cache, index) => cache.save(`key-${index}`, token(`access-${index}`))));
    const fresh = createFileTokens({ file, keyBase64 });
    for (let index = 0; index < 8; index++)
      expect((await fresh.find(`key-${index}`))?.accessToken.reveal()).toBe(`access-${index}`);
  });

  it.each<[string, (text: string) => string, string?]>([
    ['another key', (text) => text, Buffer.alloc(32, 8).toString('base64')],
    ['bad JSON', () => '{"'],
    ['something else', () => '[]'],
    [
      'a bit turned',
      (text) => text.replace(/(.)("\})$/, (_all, last: string, end: string) => (last === 'A' ? 'B' : 'A') + end),
    ],
    ['an entry moved to another name', (text) => text.replace(/"[0-9a-f]{64}"/, `"${'0'.repeat(64)}"`)],
    ['__proto__', () => '{"__proto__":"AAAA"}'],
  ])('are passed over where the file has %s, and replaced by the next', async (_title, change, key = keyBase64) => {
    const file = await fileIn();
    await createFileTokens({ file, keyBase64 }).save('key', token('access-1'));
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    const cache = createFileTokens({ file, keyBase64: key });
    expect(await cache.find('key')).toBeUndefined();
    await cache.save('key', token('access-2'));
    expect((await createFileTokens({ file, keyBase64: key }).find('key'))?.accessToken.reveal()).toBe('access-2');
  });

  it.each([
    [{ file: '', keyBase64 }, ['file']],
    [{ file: 'x', keyBase64: Buffer.alloc(31).toString('base64') }, ['keyBase64']],
    [{ file: 'x', keyBase64: 5 }, ['keyBase64']],
    [{ file: 'x', keyBase64, folder: 'y' }, ['folder']],
  ])('want options that fit: %j', (options, paths) => {
    const { faults, message } = thrownBy(() => createFileTokens(options as never)) as Error & {
      readonly faults: readonly { readonly path: string }[];
    };
    expect(faults.map(({ path }) => path)).toEqual(paths);
    expect(message).not.toContain(keyBase64);
  });
});

describe('a lock', () => {
  it('is had by one at a time', async () => {
    const file = await fileIn();
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        const release = await createFileTokens({ file, keyBase64 }).lock!('key');
        most = Math.max(most, (inside += 1));
        await new Promise((resolve) => void setImmediate(resolve));
        inside -= 1;
        await release();
      }),
    );
    expect([most, inside]).toEqual([1, 0]);
    expect(filesBeside(file)).toEqual([]);
  });

  it('cli-cross-process: of a process that is gone is taken by one of those who wait', async () => {
    const file = await fileIn();
    await createFileTokens({ file, keyBase64 }).lock!('key');
    const [name = ''] = filesBeside(file);
    const path = join(file, '..', name);
    // As though nobody had touched it for five seconds.
    const long = Date.now() / 1000 - 5;
    utimesSync(path, long, long);
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map(async (each) => {
        const release = await createFileTokens({ file, keyBase64 }).lock!('key');
        order.push(each);
        await release();
      }),
    );
    expect(order).toHaveLength(3);
  });

  it('is not waited for by whoever leaves', async () => {
    const file = await fileIn();
    const cache = createFileTokens({ file, keyBase64 });
    const release = await cache.lock!('key');
    const controller = new AbortController();
    const waiting = Promise.resolve(cache.lock!('key', controller.signal));
    controller.abort();
    await expect(waiting).rejects.toThrow('abort');
    await release();
  });
});

describe('cli-cross-process', () => {
  it('eight processes that start cold make one token request between them', async () => {
    const file = await fileIn();
    const issuer = await startServer(async (_seen, index) => {
      await new Promise((resolve) => void setTimeout(resolve, 50));
      return grant(index);
    });
    const api = await startServer(() => ({ body: 'ok' }));
    const program = fileURLToPath(new URL('../fixtures/cold-process.js', import.meta.url));
    const statuses = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const child = fork(program, [api.origin, issuer.origin, file, keyBase64], {
          execArgv: process.env['AUTH_TEST_DIST'] ? [] : [...sources],
        });
        const [code] = (await once(child, 'exit')) as [number];
        return code;
      }),
    );
    expect(statuses).toEqual(Array(8).fill(0));
    expect(issuer.seen).toHaveLength(1);
    expect(authorizations(api)).toEqual(Array(8).fill('Bearer token-1'));
  });

  it('a refused token is removed, and not the one by which another process has replaced it meanwhile', async () => {
    const [file, theirs] = [await fileIn(), await fileIn()];
    await createFileTokens({ file: theirs, keyBase64 }).save('key', token('second'));
    const tokens = createFileTokens({ file, keyBase64 });
    await tokens.save('key', token('first'));
    // Another process has the lock, and has looked: so this one waits with what it knows.
    await writeFile(`${file}.lock`, 'another');
    const removed = tokens.remove('key', token('first'));
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => void setImmediate(resolve));
    await copyFile(theirs, file);
    await rm(`${file}.lock`);
    await removed;
    expect((await createFileTokens({ file, keyBase64 }).find('key'))?.accessToken.reveal()).toBe('second');
  });

  it('a token that another process saves while this one makes up its mind is taken, and none is asked for', async () => {
    const issuer = await startServer((_seen, index) => grant(index));
    const auth = clientCredentials({ tokenEndpoint: issuer.origin, clientId: 'job', clientSecret: secret });
    let looks = 0;
    const tokenCache: TokenCache = {
      ...createMemoryTokens(),
      find: () => (looks++ === 0 ? undefined : token('of-another')),
      lock: () => () => undefined,
    };
    const { api, client } = await createPlainBench(auth, { options: { tokenCache } });
    expect((await client.fetch('/')).status).toBe(200);
    expect(issuer.seen).toHaveLength(0);
    expect(authorizations(api)).toEqual(['Bearer of-another']);
  });

  it('clients that share a cache have one token, and one new one after a refusal', async () => {
    const file = await fileIn();
    const issuer = await startServer((_seen, index) => grant(index));
    const auth = clientCredentials({ tokenEndpoint: issuer.origin, clientId: 'job', clientSecret: secret });
    const api = await startServer(({ headers }) =>
      headers.authorization === 'Bearer token-1' ? refusal(invalidToken) : { body: 'ok' },
    );
    const benches = await Promise.all(
      Array.from({ length: 4 }, () =>
        createPlainBench(auth, { options: { origin: api.origin, tokenCache: createFileTokens({ file, keyBase64 }) } }),
      ),
    );
    const statuses = await Promise.all(benches.map(({ client }) => client.fetch('/').then(({ status }) => status)));
    expect(statuses).toEqual([200, 200, 200, 200]);
    expect(issuer.seen).toHaveLength(2);
  });
});

describe('cli-refresh-persist-fails: a cache that does not take a token', () => {
  const failing = (): TokenCache => ({
    ...createMemoryTokens(),
    save: () => Promise.reject(new Error(`disk full of ${secret}`)),
  });

  it('fails the call after it was made with the token, tells of it, and the token is used further', async () => {
    const issuer = await startServer((_seen, index) => grant(index, { refresh_token: `refresh-${index + 1}` }));
    const auth = refreshToken({ tokenEndpoint: issuer.origin, clientId: 'job', refreshToken: secret });
    const { api, client, clock, events } = await createPlainBench(auth, { options: { tokenCache: failing() } });
    const error = await failureOf(client.fetch('/'));
    expect(error).toMatchObject({ code: 'token-store' });
    expect(await error.response?.text()).toBe('ok');
    expect(authorizations(api)).toEqual(['Bearer token-1']);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'token-unsaved', rotated: true }));
    expect((await client.fetch('/')).status).toBe(200);
    expect(issuer.seen).toHaveLength(1);
    clock.advance(1000);
    await failureOf(client.fetch('/'));
    // The refresh token that could not be saved is the one that is good.
    expect(issuer.seen.map(({ body }) => new URLSearchParams(body).get('refresh_token'))).toEqual([
      secret,
      'refresh-1',
    ]);
  });

  it('that cannot be read fails the call, and nothing is asked for', async () => {
    const { client, issuer } = await createBench({
      options: { tokenCache: { ...createMemoryTokens(), find: () => Promise.reject(new Error('EACCES')) } },
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('token-store');
    expect(issuer.seen).toHaveLength(0);
  });

  it('that gives no lock has the token asked for without', async () => {
    const { client, events } = await createBench({
      options: { tokenCache: { ...createMemoryTokens(), lock: () => Promise.reject(new Error('EACCES')) } },
    });
    expect((await client.fetch('/')).status).toBe(200);
    expect(events.map(({ kind }) => kind)).toContain('token-cache-unlocked');
  });
});
