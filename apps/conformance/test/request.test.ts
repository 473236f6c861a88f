import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { UsageError } from '../src/configuration.js';
import { request } from '../src/request.js';
import { useProgram } from './program.js';

const program = useProgram();
const secret = 'hunter2-hunter2-hunter2';

interface Server {
  readonly origin: string;
  readonly seen: readonly IncomingMessage[];
}

async function listen(handle: (req: IncomingMessage, res: ServerResponse, index: number) => void): Promise<Server> {
  const seen: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    req.resume().on('end', () => handle(req, res, seen.push(req) - 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const ok = (_req: unknown, res: ServerResponse): void => void res.setHeader('x-a', 'b').end('fine');

const issueTokens = (_req: unknown, res: ServerResponse, index: number): void => {
  const token = { access_token: `token-${index + 1}`, token_type: 'Bearer', expires_in: 900 };
  res.setHeader('content-type', 'application/json').end(JSON.stringify(token));
};

interface Ran {
  readonly code: number | null;
  readonly lines: readonly Record<string, unknown>[];
  readonly stderr: string;
}

const write = (config: unknown): Promise<string> => program.write(`client-${crypto.randomUUID()}.json`, config);
const parse = (stdout: string): Ran['lines'] =>
  stdout === ''
    ? []
    : stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);

/** In a process of its own. */
async function runProgram(config: unknown, ...args: readonly string[]): Promise<Ran> {
  const { code, stdout, stderr } = await program.run('request', '--config', await write(config), ...args).ended;
  return { code, stderr, lines: parse(stdout) };
}

/** In this process: the program prints the message of a `UsageError`, and exits with 2. */
async function run(config: unknown, ...args: readonly string[]): Promise<Ran> {
  const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const textOf = (spy: typeof stdout): string => spy.mock.calls.map(([text]) => String(text)).join('');
  try {
    const code = await request(['--config', await write(config), ...args]);
    return { code, stderr: textOf(stderr), lines: parse(textOf(stdout)) };
  } catch (error) {
    const usage = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    if (usage !== true) throw error;
    return { code: 2, stderr: `${(error as Error).message}\n`, lines: parse(textOf(stdout)) };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

describe('request', () => {
  test('prints one line a response and a summary, and exits by itself', async () => {
    const api = await listen(ok);
    const { code, lines, stderr } = await runProgram(
      { origin: api.origin, auth: { type: 'basic', username: 'alice', password: 'secret' } },
      'GET',
      '/orders?x=1',
      '--header',
      'X-One: 1: 2',
      '--header',
      'X-Two:',
    );
    expect(code).toBe(0);
    // What the client tells goes there, one line an event.
    expect(JSON.parse(stderr)).toMatchObject({ kind: 'call', path: '/orders', outcome: 'answered', status: 200 });
    expect(lines).toEqual([
      { status: 200, headers: expect.arrayContaining([['x-a', 'b']]) as unknown, body: 'fine', attempts: 1 },
      { summary: { requests: 1, tokenRequests: 0, durationMs: expect.any(Number) as number } },
    ]);
    expect(api.seen[0]).toMatchObject({ method: 'GET', url: '/orders?x=1' });
    expect(api.seen[0]!.headers).toMatchObject({
      authorization: 'Basic YWxpY2U6c2VjcmV0',
      'x-one': '1: 2',
      'x-two': '',
    });
  });

  test('cli-stampede: sends so many at once, with one token', async () => {
    const [api, issuer] = [await listen(ok), await listen(issueTokens)];
    const config = {
      origin: api.origin,
      auth: {
        type: 'clientCredentials',
        tokenEndpoint: `${issuer.origin}/token`,
        clientId: 'job',
        clientSecret: secret,
      },
      retry: { attempts: 2, maxWaitSeconds: 30 },
      redirects: 'refuse',
      clock: { offsetSeconds: 0 },
    };
    const { code, lines } = await run(config, 'GET', `${api.origin}/`, '--repeat', '100', '--concurrency', '100');
    expect(code).toBe(0);
    expect(lines).toHaveLength(101);
    expect(lines.slice(0, 100).every(({ status }) => status === 200)).toBe(true);
    expect(lines.at(-1)).toMatchObject({ summary: { requests: 100, tokenRequests: 1 } });
  });

  test('cli-401-once: tells attempts and token requests of a token that was refused', async () => {
    const api = await listen((req, res) => {
      if (req.headers.authorization === 'Bearer token-2') return void res.end('fine');
      res.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
    });
    const issuer = await listen(issueTokens);
    const auth = { type: 'clientCredentials', tokenEndpoint: issuer.origin, clientId: 'job', clientSecret: secret };
    const { lines } = await run({ origin: api.origin, auth }, 'POST', '/', '--data-file', program.path('main.js'));
    expect(lines).toMatchObject([{ status: 200, attempts: 2 }, { summary: { requests: 1, tokenRequests: 2 } }]);
  });

  test('cli-429: waits for as long as the API says, and stays alive meanwhile', async () => {
    const api = await listen(
      (_req, res, index) => void res.writeHead(index === 0 ? 429 : 200, { 'retry-after': '0' }).end(),
    );
    const { code, lines } = await runProgram({ origin: api.origin, auth: { type: 'none' } }, 'GET', '/');
    expect(code).toBe(0);
    expect(lines).toMatchObject([{ status: 200, attempts: 2 }, { summary: { requests: 1 } }]);
  });

  test('prints the code of each failure to send, and exits with 1', async () => {
    const api = await listen((_req, res) => void res.writeHead(302, { location: 'http://evil.example/' }).end());
    const { code, lines } = await run(
      { origin: api.origin, auth: { type: 'bearer', token: 't' } },
      'GET',
      '/',
      '--repeat',
      '2',
    );
    expect(code).toBe(1);
    const error = { error: { code: 'redirect-refused', message: expect.any(String) as string } };
    expect(lines).toMatchObject([error, error, { summary: { requests: 2 } }]);
  });

  test.each([
    ['insecure-url', { origin: 'http://api.example', auth: { type: 'none' } }],
    ['credentials-in-url', { origin: 'https://u:p@api.example', auth: { type: 'none' } }],
    [
      'invalid-credential-config',
      { origin: 'https://api.example', auth: { type: 'basic', username: 'a:b', password: 'x' } },
    ],
    ['invalid-request', { origin: 'https://api.example', auth: { type: 'apiKey', key: 'a\r\nb' } }],
  ])('a configuration that cannot be sent safely is a failure to send: %s', async (expected, config) => {
    const { code, lines } = await run(config, 'GET', '/');
    expect(code).toBe(1);
    expect(lines).toMatchObject([{ error: { code: expected } }]);
  });
});

describe('a configuration of request that is wrong', () => {
  test('prints one line a fault with path, fault and reason, and exits with 2', async () => {
    const { code, lines, stderr } = await runProgram(
      {
        origin: 'https://api.example/v1',
        auth: { type: 'clientCredentials', clientId: 'job', clientSecret: secret, scope: ['a'] },
        retry: { attempts: 0 },
        clock: { offset: 1 },
        colour: 'red',
      },
      'GET',
      '/',
    );
    expect({ code, lines }).toEqual({ code: 2, lines: [] });
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => /^(\S+): .+ \(([a-z-]+)\)$/.exec(line)?.slice(1)),
    ).toEqual([
      ['auth.scope', 'unknown-option'],
      ['auth.issuer', 'issuer-required'],
      ['clock.offset', 'unknown-option'],
      ['colour', 'unknown-option'],
      ['origin', 'invalid-option'],
      ['retry.attempts', 'invalid-option'],
    ]);
    expect(stderr).not.toContain(secret);
  });

  test.each([
    ['refreshToken', 'auth.issuer: '],
    ['tokenExchange', 'auth.issuer: '],
    ['jwtBearer', 'auth.issuer: '],
    ['privateKeyJwt', 'auth.clientId: '],
    ['hmac', 'auth.keyid: '],
    ['httpSignature', 'auth.alg: '],
    ['awsSigV4', 'auth.keyid: '],
    ['standardWebhooks', 'auth.'],
  ])('has the strategy %s, and names what it lacks', async (type, path) => {
    const { code, stderr } = await run({ origin: 'https://api.example', auth: { type } }, 'GET', '/');
    expect(code).toBe(2);
    expect(stderr).toContain(path);
  });

  test('tells of every fault of dpop, tls and tokenCache', async () => {
    const options = { dpop: { alg: 'HS256' }, tls: { key: 'a' }, tokenCache: { file: 'x' } };
    const auth = {
      type: 'clientCredentials',
      tokenEndpoint: 'https://as.example',
      clientId: 'job',
      clientSecret: secret,
    };
    const { code, stderr } = await run({ origin: 'https://api.example', auth, ...options }, 'GET', '/');
    expect(code).toBe(2);
    for (const path of ['algorithm', 'tls.certFile', 'tokenCache.keyBase64']) expect(stderr).toContain(path);
  });

  test('cli-cross-process: keeps tokens in a file, encrypted', async () => {
    const [api, issuer] = [await listen(ok), await listen(issueTokens)];
    const auth = { type: 'clientCredentials', tokenEndpoint: issuer.origin, clientId: 'job', clientSecret: secret };
    const tokenCache = { file: program.path('tokens.bin'), keyBase64: Buffer.alloc(32, 3).toString('base64') };
    for (let round = 0; round < 2; round++)
      expect((await run({ origin: api.origin, auth, tokenCache }, 'GET', '/')).code).toBe(0);
    expect(issuer.seen).toHaveLength(1);
  });

  test.each([
    ['an unknown strategy', { origin: 'https://api.example', auth: { type: 'toString' } }, 'auth.type: '],
    ['no strategy', { origin: 'https://api.example' }, 'auth.type: '],
    ['an option of none', { origin: 'https://api.example', auth: { type: 'none', key: 'x' } }, 'auth.key: '],
    ['a clock that is none', { origin: 'https://api.example', auth: { type: 'none' }, clock: { offsetSeconds: 'x' } }, 'clock.offsetSeconds: '],
    ['a list', [], '$: '],
    ['no JSON', `{ "auth": "${secret}`, '$: '],
  ])('is %s', async (_title, config, start) => {
    const { code, lines, stderr } = await run(config, 'GET', '/');
    expect({ code, lines }).toEqual({ code: 2, lines: [] });
    expect(stderr).toMatch(new RegExp(`^${start.replace('$', '\\$')}[^\n]+\n$`));
    expect(stderr).not.toContain(secret);
  }); // prettier-ignore

  test.each([
    ['no URL', ['GET']],
    ['too many words', ['GET', '/', '/']],
    ['a header without a colon', ['GET', '/', '--header', 'X']],
    ['no number', ['GET', '/', '--repeat', 'x']],
    ['none at once', ['GET', '/', '--concurrency', '0']],
    ['an option that nobody knows', ['GET', '/', '--colour']],
    ['a file that is not there', ['GET', '/', '--data-file', '/nowhere/at/all']],
  ])('is called with %s', async (_title, args) => {
    const { code, lines, stderr } = await run({ origin: 'https://api.example', auth: { type: 'none' } }, ...args);
    expect({ code, lines }).toEqual({ code: 2, lines: [] });
    expect(stderr).not.toBe('');
    expect(stderr).not.toContain('    at ');
  });
});
