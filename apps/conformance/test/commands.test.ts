import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { runVectors } from '../src/vectors.js';
import { useProgram } from './program.js';

const program = useProgram();

const configuration = {
  schemes: { keys: { type: 'apiKey', prefix: 'acme', keys: [] } },
  routes: [
    { method: 'GET', path: '/orders/:id', require: { scheme: 'keys', scopes: ['orders:read'] } },
    { method: 'POST', path: '/open', require: { public: true } },
    { method: 'GET', path: '/forgotten', undeclared: true },
  ],
};

describe('a configuration that is wrong', () => {
  test('prints one line a fault with path, fault and reason on stderr, nothing on stdout, and exits with 2', async () => {
    const file = await program.write('faults.json', {
      listen: { port: 70_000 },
      schemes: { keys: { type: 'apiKey', prefix: 'ACME', keys: [], heder: 'X' } },
      routes: [{ method: 'GET', path: '/x' }],
    });
    for (const command of ['serve', 'routes']) {
      const { code, stdout, stderr } = await program.run(command, '--framework', 'express', '--config', file).ended;
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      const lines = stderr.trimEnd().split('\n');
      expect(lines.map((line) => /^(\S+): .+ \(([a-z-]+)\)$/.exec(line)?.slice(1))).toEqual(
        expect.arrayContaining([
          ['schemes.keys.heder', 'unknown-option'],
          ['schemes.keys.prefix', 'invalid-option'],
          ['listen.port', 'invalid-option'],
          ['routes[0].require', 'requirement-required'],
        ]),
      );
      expect(lines).toHaveLength(4);
    }
  });

  test.each([
    ['is not there', undefined, 'ENOENT'],
    ['is not JSON', '{ "schemes": ', 'JSON'],
    ['is a folder', null, 'EISDIR'],
  ])('a file that %s is one fault of its root', async (_title, content, named) => {
    const file = content === undefined ? program.path('nowhere.json') : program.path('.');
    const path = content === null || content === undefined ? file : await program.write('broken.json', content);
    const { code, stdout, stderr } = await program.run('serve', '--framework', 'fetch', '--config', path).ended;
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 2, stdout: '', lines: 1 });
    expect(stderr).toMatch(/^\$: /);
    expect(stderr).toContain(named);
  });

  test('routes --openapi prints the requirements by the names of the configuration (OpenAPI 3.1)', async () => {
    const file = await program.write('openapi.json', JSON.stringify({
      schemes: { users: { type: 'basic', users: [{ username: 'alice', password: 'correct horse' }] } },
      policy: { roles: { clerk: { permissions: ['orders:read'] } } },
      routes: [
        { method: 'GET', path: '/orders/:id', require: { scheme: 'users', permissions: ['orders:read'] } },
        { method: 'GET', path: '/forgotten', undeclared: true },
      ],
    }));
    const { code, stdout } = await program.run('routes', '--config', file, '--openapi').ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      openapi: '3.1.0',
      paths: { '/orders/{id}': { get: { security: [{ users: ['orders:read'] }] } } },
      components: { securitySchemes: { users: { type: 'http', scheme: 'basic' } } },
    });
    expect(stdout).not.toContain('forgotten');
  }); // prettier-ignore

  test.each([['[]'], ['"text"'], ['null']])('the JSON %s is one fault of its root', async (content) => {
    const file = await program.write('root.json', content);
    const { code, stdout, stderr } = await program.run('routes', '--config', file).ended;
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: '$: must be a JSON object (invalid-option)\n',
    });
  });
});

describe('wrong use', () => {
  test.each([
    ['no command', []],
    ['an unknown command', ['dance']],
    ['an unknown option', ['routes', '--colour', 'red']],
    ['an unknown framework', ['serve', '--framework', 'toString', '--config', 'x']],
    ['no framework', ['serve', '--config', 'x']],
    ['no configuration', ['routes']],
  ])('%s is told on stderr, and exits with 2', async (_title, args) => {
    const { code, stdout, stderr } = await program.run(...args).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
    expect(stderr).not.toContain('    at ');
  });
});

test('routes prints one JSON line a route', async () => {
  const file = await program.write('routes.json', configuration);
  const { code, stdout, stderr } = await program.run('routes', '--config', file).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { method: 'GET', path: '/orders/:id', require: { scheme: 'keys', scopes: ['orders:read'] } },
    { method: 'POST', path: '/open', require: { public: true } },
    { method: 'GET', path: '/forgotten', require: null },
  ]);
});

describe('vectors', () => {
  afterEach(() => vi.restoreAllMocks());

  const printed = async (frameworks: readonly string[], only: string): Promise<{ good: boolean; lines: string[] }> => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const good = await runVectors(frameworks, only);
    const lines = write.mock.calls.map(([line]) => String(line));
    return { good, lines };
  };

  test('prints one line a case and framework, and closes with the sums', async () => {
    const { good, lines } = await printed(['express', 'fetch'], 'http-no-authorization.1');
    expect(lines.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'passed express http-no-authorization.1',
      'passed fetch http-no-authorization.1',
      '2 passed, 0',
    ]);
    expect(lines.at(-1)).toBe('2 passed, 0 failed\n');
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(good).toBe(true);
  });

  test('is no success where no case of that name exists', async () => {
    const { good, lines } = await printed(['fastify'], 'no-such-case');
    expect({ good, lines }).toEqual({ good: false, lines: ['0 passed, 0 failed\n'] });
  });
});

describe('call', () => {
  const login = {
    issuer: 'https://issuer.example',
    clientId: 'app',
    redirectUri: 'https://app.example/callback',
    secretBase64: 'kQ0m8r7Xo2c1b6vT9yZ4aL5nPq3sWdEfGhJiKlMuOxA=',
  };

  test('prints one line for each input, in order, and exits with 1 where one is an error', async () => {
    const file = await program.write('calls.json', [
      { ...login, returnTo: '//evil.example' },
      { ...login, issuer: 'http://127.0.0.1:9', allowInsecureHttp: true },
      { ...login, redirectUri: 5 },
    ]);
    const { code, stdout, stderr } = await program.run('call', 'startLogin', '--input', file).ended;
    const codes = ['return-to-not-allowed', 'dependency-unavailable', 'configuration-error'];
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: codes.map((each) => `{"error":{"code":"${each}"}}\n`).join(''),
    });
    expect(stderr).toContain('redirectUri');
    expect(stderr).not.toContain(login.secretBase64);
  });

  test('prints what a helper answers, and exits with 0', async () => {
    const server = createServer((req, res) => {
      const issuer = `http://${req.headers.host}`;
      const metadata = { issuer, jwks_uri: `${issuer}/jwks`, authorization_endpoint: `${issuer}/authorize` };
      res.end(JSON.stringify(metadata));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const file = await program.write('call.json', { ...login, issuer, allowInsecureHttp: true });
    const { code, stdout } = await program.run('call', 'startLogin', '--input', file).ended;
    expect(code).toBe(0);
    const { ok } = JSON.parse(stdout) as { readonly ok: { readonly url: string; readonly cookie: string } };
    expect(new URL(ok.url).searchParams.get('code_challenge_method')).toBe('S256');
    expect(ok.cookie).toMatch(/^__Host-login=/);
  });

  test.each([
    ['a name that no helper has', ['call', 'toString']],
    ['no name', ['call']],
    ['two names', ['call', 'userinfo', 'startLogin']],
    ['a file that is not there', ['call', 'userinfo', '--input', '/nowhere.json']],
  ])('with %s prints nothing on stdout and exits with 2', async (_, args) => {
    const { code, stdout, stderr } = await program.run(...args).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });
});
