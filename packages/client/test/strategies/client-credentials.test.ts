import { readFileSync } from 'node:fs';

import { Faults } from '@auth/core/signing';
import { describe, expect, it } from 'vitest';

import { clientCredentials } from '../../src/index.js';
import type { Grant } from '../../src/strategies/grant.js';
import { checkTokenOptions } from '../../src/strategies/token-options.js';
import { formatCacheKey } from '../../src/strategies/token-strategy.js';
import { createBench, failureOf, grant, secret, thrownBy } from '../fixtures/client.js';

interface SecretBasicCase {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authorization: string;
}
const { cases } = (
  JSON.parse(readFileSync(new URL('../vectors/rfc6749-client-credentials.json', import.meta.url), 'utf8')) as {
    readonly clientSecretBasic: { readonly cases: readonly SecretBasicCase[] };
  }
).clientSecretBasic;

describe('the request for a token', () => {
  it.each(cases)(
    'names client $clientId as Basic of form-encoded id and secret (RFC 6749 §2.3.1)',
    async ({ clientId, clientSecret, authorization }) => {
      const { issuer, client } = await createBench({ credentials: { clientId, clientSecret } });
      await client.fetch('/');
      expect(issuer.seen[0]).toMatchObject({
        method: 'POST',
        path: '/token',
        headers: { authorization, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials',
      });
    },
  );

  it('has id and secret in the form for client_secret_post, and then in no field (RFC 6749 §2.3)', async () => {
    const { issuer, client } = await createBench({
      credentials: { clientAuthentication: 'client_secret_post', clientSecret: 'p&=ä' },
    });
    await client.fetch('/');
    expect(issuer.seen[0]!.headers.authorization).toBeUndefined();
    expect([...new URLSearchParams(issuer.seen[0]!.body)]).toEqual([
      ['grant_type', 'client_credentials'],
      ['client_id', 'job'],
      ['client_secret', 'p&=ä'],
    ]);
  });

  it('asks for scopes, resources and audience (RFC 6749 §3.3, RFC 8707 §2)', async () => {
    const { issuer, client } = await createBench({
      credentials: {
        scopes: ['orders:read', 'orders:write'],
        resource: ['https://a.example/', 'https://b.example/x'],
        audience: 'orders',
      },
    });
    await client.fetch('/');
    expect([...new URLSearchParams(issuer.seen[0]!.body)]).toEqual([
      ['grant_type', 'client_credentials'],
      ['scope', 'orders:read orders:write'],
      ['resource', 'https://a.example/'],
      ['resource', 'https://b.example/x'],
      ['audience', 'orders'],
    ]);
  });
});

describe('cli-scope-narrowed: an answer with fewer scopes than asked for (RFC 6749 §3.3)', () => {
  it('is told in an event, once, and the token is used', async () => {
    const { issuer, client, events } = await createBench({
      credentials: { scopes: ['read', 'write'] },
      issuer: (_seen, index) => grant(index, { scope: 'read other' }),
    });
    for (let i = 0; i < 3; i++) expect((await client.fetch('/')).status).toBe(200);
    expect(issuer.seen).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'scope-narrowed')).toEqual([
      expect.objectContaining({ kind: 'scope-narrowed', asked: ['read', 'write'], granted: ['read', 'other'] }),
    ]);
  });

  it.each([
    ['names none, which means those asked for (§5.1)', {}],
    ['names all, and more', { scope: 'write other read' }],
  ])('is none where the answer %s', async (_title, more) => {
    const { client, events } = await createBench({
      credentials: { scopes: ['read', 'write'] },
      issuer: (_seen, index) => grant(index, more),
    });
    await client.fetch('/');
    expect(events.map(({ kind }) => kind)).toEqual(['token-request']);
  });
});

describe('cli-cache-key: what a token depends on', () => {
  const base = {
    tokenEndpoint: 'https://as.example/token',
    clientId: 'job',
    clientSecret: secret,
    scopes: ['a', 'b'],
    resource: 'https://api.example/',
    audience: 'x',
  };
  const plain: Grant = {
    type: 'clientCredentials',
    identify: () => '',
    open: () => ({ form: new URLSearchParams(), secrets: [] }),
  };
  const keyOf = (change: object, own: Partial<Grant> = {}): Promise<string> =>
    formatCacheKey(checkTokenOptions({ ...base, ...change }, new Faults()), { ...plain, ...own }, '');

  it.each([
    ['another client', { clientId: 'other' }],
    ['other scopes', { scopes: ['a'] }],
    ['scopes that look like one', { scopes: ['a,b'] }],
    ['no scopes', { scopes: [] }],
    ['another resource', { resource: 'https://api.example/2' }],
    ['two resources', { resource: ['https://api.example/', 'https://b.example/'] }],
    ['another audience', { audience: 'y' }],
    ['no audience', { audience: undefined }],
    ['another token endpoint', { tokenEndpoint: 'https://as.example/token2' }],
    ['an issuer', { tokenEndpoint: undefined, issuer: 'https://as.example/token/x' }],
  ])('%s has tokens of its own', async (_title, change) => {
    expect(await keyOf(change)).not.toBe(await keyOf({}));
  });

  it('so has another grant, and another subject of it', async () => {
    expect(await keyOf({}, { type: 'jwtBearer' })).not.toBe(await keyOf({}));
    expect(await keyOf({}, { identify: () => 'file:/a' })).not.toBe(await keyOf({}));
  });

  it('is not the order of scopes, and holds no secret', async () => {
    expect(await keyOf({ scopes: ['b', 'a'] })).toBe(await keyOf({}));
    expect(await keyOf({})).not.toContain(secret);
  });

  it('separates two clients of one strategy: each asks for its own', async () => {
    const first = await createBench();
    const second = await createBench();
    await first.client.fetch('/');
    await second.client.fetch('/');
    expect([first.issuer.seen.length, second.issuer.seen.length]).toEqual([1, 1]);
  });
});

describe('options', () => {
  const good = { issuer: 'https://as.example', clientId: 'job', clientSecret: secret };
  it.each<[string, object, readonly string[]]>([
    ['issuer and token endpoint', { tokenEndpoint: 'https://as.example/token' }, ['issuer']],
    ['neither', { issuer: undefined }, ['issuer']],
    ['an issuer with a query (RFC 8414 §2)', { issuer: 'https://as.example?x=1' }, ['issuer']],
    ['an issuer with a fragment', { issuer: 'https://as.example#x' }, ['issuer']],
    ['an issuer that is no URL', { issuer: 'as.example' }, ['issuer']],
    ['an issuer of another scheme', { issuer: 'ftp://as.example' }, ['issuer']],
    [
      'a token endpoint with a fragment',
      { issuer: undefined, tokenEndpoint: 'https://a.example/#x' },
      ['tokenEndpoint'],
    ],
    ['no id and no secret', { clientId: '', clientSecret: undefined }, ['clientId', 'clientSecret']],
    ['an unknown method', { clientAuthentication: 'client_secret_jwt' }, ['clientAuthentication']],
    ['scopes as text', { scopes: 'a b' }, ['scopes']],
    ['a scope with a space', { scopes: ['a b'] }, ['scopes']],
    ['a resource with a fragment (RFC 8707 §2)', { resource: 'https://a.example/#x' }, ['resource']],
    ['a resource that is no URI', { resource: 'orders' }, ['resource']],
    ['an empty audience', { audience: '' }, ['audience']],
    ['an option that nobody knows', { scope: 'a' }, ['scope']],
  ])('%s: the fault is named, the secret is not', (_title, change, paths) => {
    const error = thrownBy(() => clientCredentials({ ...good, ...change })) as Error & {
      readonly faults: readonly { readonly path: string }[];
    };
    expect(error.name).toBe('ConfigurationError');
    expect(error.faults.map(({ path }) => path)).toEqual(paths);
    expect(error.message).not.toContain(secret);
  });

  it('send no secret over plain http to another machine', async () => {
    for (const change of [
      { tokenEndpoint: 'http://as.example/token' },
      { tokenEndpoint: undefined, issuer: 'http://as.example' },
    ])
      await expect(createBench({ credentials: change as never })).rejects.toMatchObject({ code: 'insecure-url' });
    await expect(createBench({ credentials: { tokenEndpoint: 'https://u:p@as.example/token' } })).rejects.toMatchObject(
      {
        code: 'credentials-in-url',
      },
    );
  });

  it('may say otherwise, by a name that tells it', async () => {
    const { client } = await createBench({
      credentials: { tokenEndpoint: 'http://as.example/token' },
      options: { allowInsecureHttp: true, fetch: () => Promise.reject(new TypeError('x', { cause: new Error('y') })) },
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('token-endpoint');
  });
});
