import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

import { generateApiKey } from '@auth/core';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { describe, expect, test } from 'vitest';

import { hosts } from '../src/hosts/index.js';
import { useProgram, type Run } from './program.js';

const program = useProgram();
const frameworks = Object.keys(hosts);
const key = generateApiKey('acme');
const [own, foreign] = [await generateKeyPair('EdDSA'), await generateKeyPair('EdDSA')];
const issuer = 'https://issuer.example';
const audience = 'https://api.example';

const configuration = {
  schemes: {
    keys: {
      type: 'apiKey',
      prefix: 'acme',
      keys: [{ id: 'k1', key, subject: 'svc-1', scopes: ['orders:read'] }],
    },
    access: {
      type: 'jwt',
      issuer,
      audience,
      jwks: { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k', alg: 'EdDSA' }] },
      algorithms: ['EdDSA'],
      profile: 'rfc9068',
    },
  },
  routes: [
    { method: 'GET', path: '/orders', require: { anyOf: [{ scheme: 'access' }, { scheme: 'keys' }] } },
    { method: 'POST', path: '/orders', require: { scheme: 'keys' } },
    { method: 'GET', path: '/forgotten', undeclared: true },
  ],
};

const now = Math.floor(Date.now() / 1000);
const claims = {
  iss: issuer,
  aud: audience,
  sub: 'alice',
  client_id: 'app',
  jti: 'j1',
  iat: now,
  exp: now + 300,
} satisfies JWTPayload;

const sign = (payload: JWTPayload, header: object = {}, { privateKey } = own): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', kid: 'k', typ: 'at+jwt', ...header }).sign(privateKey);

/** A server in a process of its own, which listens. */
async function serve(framework: string, config: object = configuration): Promise<{ run: Run; url: string }> {
  const file = await program.write(`${framework}.json`, config);
  const run = program.run('serve', '--framework', framework, '--config', file);
  const { url } = JSON.parse(await run.firstLine) as { url: string };
  return { run, url };
}

/** A POST of which the server has the head, and half of the body. */
async function postHalf(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    `POST /orders HTTP/1.1\r\nHost: ${hostname}\r\nX-API-Key: ${key}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n`,
  );
  await once(socket, 'data');
  socket.write('half');
  return socket;
}

/** Resolves when nobody listens any more. */
async function refusesConnections(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  for (;;) {
    const socket = connect(Number(port), hostname);
    const outcome = await Promise.race([
      once(socket, 'connect').then(() => 'taken'),
      once(socket, 'error').then(() => 'refused'),
    ]).catch(() => 'refused');
    socket.destroy();
    if (outcome === 'refused') return;
  }
}

// Each test starts processes: no time of theirs is what is tested, but where it says so.
describe.each(frameworks)('serve --framework %s', { timeout: 60_000 }, (framework) => {
  test('prints one line with URL and process, and nothing else', async () => {
    const { run, url } = await serve(framework);
    expect(JSON.parse(await run.firstLine)).toEqual({ url, pid: run.child.pid });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await fetch(`${url}/orders`, { headers: { 'x-api-key': key } });
    await fetch(`${url}/orders`);
    run.child.kill('SIGTERM');
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stderr, lines: stdout.trimEnd().split('\n').length }).toEqual({ code: 0, stderr: '', lines: 1 });
  });

  test('lets an API key and a token on, and answers who came', async () => {
    const { url } = await serve(framework);
    const byKey = await fetch(`${url}/orders`, { method: 'POST', headers: { 'x-api-key': key }, body: 'x'.repeat(12) });
    expect(byKey.status).toBe(200);
    expect(await byKey.json()).toMatchObject({
      principal: { scheme: 'keys', issuer: null, subject: 'svc-1', credentialId: 'k1', scopes: ['orders:read'] },
      method: 'POST',
      path: '/orders',
      bodyLength: 12,
    });
    const byToken = await fetch(`${url}/orders?x=1`, { headers: { authorization: `Bearer ${await sign(claims)}` } });
    expect(byToken.status).toBe(200);
    expect(await byToken.json()).toMatchObject({
      principal: { scheme: 'access', issuer, subject: 'alice', clientId: 'app', claims: { jti: 'j1' } },
      path: '/orders',
      bodyLength: 0,
    });
  });

  test('refuses credentials that are forged, foreign, late or doubled, and routes that nobody declared', async () => {
    const { url } = await serve(framework);
    const token = await sign(claims);
    const [head, payload, signature] = token.split('.') as [string, string, string];
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url');
    const hostile: readonly (readonly [authorization: string, status: number])[] = [
      [await sign(claims, {}, foreign), 401],
      [await sign(claims, { typ: 'JWT' }), 401],
      [await sign({ ...claims, exp: now - 60, iat: now - 120 }), 401],
      [await sign({ ...claims, aud: 'https://other.example' }), 401],
      [await sign({ ...claims, iss: `${issuer}/` }), 401],
      [await sign(claims, { kid: 'other' }), 401],
      [new UnsecuredJWT(claims).setIssuer(issuer).encode(), 401],
      [`${head}.${forged}.${signature}`, 401],
      [`${head}.${payload}.`, 401],
      [`${token}, Bearer ${token}`, 400],
    ];
    for (const [authorization, status] of hostile) {
      const refused = await fetch(`${url}/orders`, { headers: { authorization: `Bearer ${authorization}` } });
      expect([authorization, refused.status]).toEqual([authorization, status]);
      expect(refused.headers.get('content-type')).toBe('application/problem+json');
    }
    const headers = [
      { 'x-api-key': generateApiKey('acme') },
      { 'x-api-key': `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}` },
      { authorization: `Bearer ${key}` },
      { cookie: `x-api-key=${key}` },
    ];
    for (const each of headers) {
      expect((await fetch(`${url}/orders`, { method: 'POST', headers: each as Record<string, string> })).status).toBe(
        401,
      );
    }
    expect((await fetch(`${url}/forgotten`, { headers: { 'x-api-key': key } })).status).toBe(403);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  });

  test('finishes on SIGTERM what is in flight, and exits with 0 within two seconds', async () => {
    const { run, url } = await serve(framework);
    const socket = await postHalf(url);
    // A connection on which nothing is under way keeps nobody waiting.
    await fetch(`${url}/orders`);
    const started = performance.now();
    run.child.kill('SIGTERM');
    await refusesConnections(url);
    socket.write('done');
    const answer = await text(socket);
    expect(answer).toContain('HTTP/1.1 200 ');
    expect(answer).toContain('"bodyLength":8');
    expect(await run.ended).toMatchObject({ code: 0, stderr: '' });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('cuts off on SIGTERM what does not end, and exits with 0 within two seconds', async () => {
    const { run, url } = await serve(framework);
    const socket = await postHalf(url);
    const started = performance.now();
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
    expect(performance.now() - started).toBeLessThan(2000);
    socket.destroy();
  });

  test('writes every event to the audit file before it exits', async () => {
    const file = program.path(`${framework}-audit.jsonl`);
    const { run, url } = await serve(framework, { ...configuration, audit: { file } });
    for (let i = 0; i < 20; i++) await fetch(`${url}/orders`, { headers: { 'x-api-key': key } });
    await fetch(`${url}/forgotten`);
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
    const events = (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { reason: string; route: string | null });
    expect(events.map(({ reason }) => reason)).toEqual([...Array<string>(20).fill('ok'), 'no-requirement']);
  });

  test('listens at the port it is given, and says in one line that it is in use', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve);
    });
    const { port } = taken.address() as AddressInfo;
    const config = { ...configuration, listen: { port } };
    const file = await program.write(`${framework}-port.json`, config);
    const { code, stdout, stderr } = await program.run('serve', '--framework', framework, '--config', file).ended;
    expect({ stdout, stderr }).toEqual({
      stdout: '',
      stderr: `listen: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    });
    expect(code).toBe(2);
    await new Promise((resolve) => {
      taken.close(resolve);
    });
    const { url } = await serve(framework, config);
    expect(url).toBe(`http://127.0.0.1:${port}`);
  });
});
