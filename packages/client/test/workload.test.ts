import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { jwtBearer } from '../src/index.js';
import { githubActionsToken, kubernetesToken, spiffeToken, tokenFile } from '../src/workload.js';
import { createPlainBench, failureOf, grant, secret, thrownBy } from './fixtures/client.js';
import { json, startServer, type Reply } from './fixtures/server.js';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'workload-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe('cli-workload-file: a token in a file', () => {
  it('is read again when the issuer is asked again: what the platform put there meanwhile is sent (Kubernetes)', async () => {
    const path = join(await folder(), 'token');
    const issuer = await startServer((_seen, index) => grant(index));
    const { client, clock } = await createPlainBench(
      jwtBearer({ tokenEndpoint: issuer.origin, assertion: tokenFile(path) }),
    );
    await writeFile(path, 'first\n');
    await client.fetch('/');
    // As Kubernetes does it: the new one takes the place of the old one at once.
    await writeFile(`${path}.new`, 'second');
    await rename(`${path}.new`, path);
    await client.fetch('/');
    clock.advance(1000);
    await client.fetch('/');
    expect(issuer.seen.map(({ body }) => new URLSearchParams(body).get('assertion'))).toEqual(['first', 'second']);
  });

  it('may be a link, as those of Kubernetes are', async () => {
    const path = await folder();
    await writeFile(join(path, 'data'), 'linked');
    await symlink(join(path, 'data'), join(path, 'token'));
    expect(await kubernetesToken(join(path, 'token')).read()).toBe('linked');
    expect(await spiffeToken(join(path, 'token')).read()).toBe('linked');
  });

  it.each<[string, (path: string) => Promise<unknown>, RegExp]>([
    ['a directory', (path) => mkdir(path), /is no file|EISDIR/],
    ['1 MB', (path) => writeFile(path, 'a'.repeat(1_000_000)), /longer than 65536 bytes/],
    ['empty', (path) => writeFile(path, ' \n'), /is empty/],
    ['not there', () => Promise.resolve(), /ENOENT/],
  ])('that is %s fails the call, and the issuer is not asked', async (_title, prepare, message) => {
    const path = join(await folder(), 'token');
    await prepare(path);
    const issuer = await startServer((_seen, index) => grant(index));
    const { client } = await createPlainBench(jwtBearer({ tokenEndpoint: issuer.origin, assertion: tokenFile(path) }));
    const error = await failureOf(client.fetch('/'));
    expect(error.code).toBe('token-source');
    expect(error.message).toMatch(message);
    expect(issuer.seen).toEqual([]);
  });

  it('of the largest size is taken', async () => {
    const path = join(await folder(), 'token');
    await writeFile(path, 'a'.repeat(65_536));
    expect(await tokenFile(path).read()).toHaveLength(65_536);
  });
});

describe('a token of GitHub Actions', () => {
  async function askedWith(reply: Reply) {
    const server = await startServer(() => reply);
    // GitHub is https; this machine is plain.
    const fetchIt = (url: string, init: RequestInit): Promise<Response> =>
      fetch(url.replace('https://github.example', server.origin), init);
    const supplier = githubActionsToken({
      audience: 'https://as.example',
      requestUrl: 'https://github.example/token?api-version=2',
      requestToken: secret,
      fetch: fetchIt,
    });
    return { server, supplier };
  }

  it('is asked for with the credentials of the job, for the audience', async () => {
    const { server, supplier } = await askedWith(json({ value: 'the-token' }));
    expect(await supplier.read()).toBe('the-token');
    expect(server.seen[0]).toMatchObject({
      path: '/token?api-version=2&audience=https%3A%2F%2Fas.example',
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(supplier.name).toBe('github-actions:https://as.example');
  });

  it.each<[string, Reply]>([
    ['403', { status: 403, body: secret }],
    ['a redirect', { status: 302, headers: { location: 'https://evil.example/' } }],
    ['no token', json({ value: 5 })],
    ['HTML', { body: '<html>' }],
    ['nothing', 'cut'],
  ])('that is answered with %s fails, and shows no secret', async (_title, reply) => {
    const { supplier } = await askedWith(reply);
    const error = await Promise.resolve(supplier.read()).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toBeInstanceOf(Error);
    expect(JSON.stringify(error) + String(error?.stack)).not.toContain(secret);
  });

  it('is not to be had without the permission of the job, or over plain http', () => {
    const faultsOf = (requestUrl: string | undefined): unknown =>
      (
        thrownBy(() => githubActionsToken({ audience: 'a', requestUrl, requestToken: secret })) as {
          readonly faults: readonly { readonly path: string; readonly message: string }[];
        }
      ).faults.map(({ path }) => path);
    expect(faultsOf(undefined)).toEqual(['requestUrl']);
    expect(faultsOf('http://github.example/')).toEqual(['requestUrl']);
  });
});
