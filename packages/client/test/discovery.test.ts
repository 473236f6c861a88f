import { describe, expect, it } from 'vitest';

import { createBench, failureOf, grant } from './fixtures/client.js';
import { json, startServer, type Reply, type ScriptedServer } from './fixtures/server.js';

const wellKnown = '/.well-known/oauth-authorization-server';

/** An issuer with metadata; `metadata` gets its URL. */
async function issuerWith(metadata: (origin: string) => Reply, path = wellKnown): Promise<ScriptedServer> {
  const issuer: ScriptedServer = await startServer((seen, index) => {
    if (seen.path === path) return metadata(issuer.origin);
    return seen.method === 'POST' ? grant(index) : { status: 404 };
  });
  return issuer;
}

const createDiscovered = (issuer: string, options: object = {}) =>
  createBench({ credentials: { issuer, tokenEndpoint: undefined as never }, options });

describe('an issuer that is found by discovery', () => {
  it('is asked once for its metadata, and again after an hour', async () => {
    const issuer = await issuerWith((origin) => json({ issuer: origin, token_endpoint: `${origin}/oauth/token` }));
    const { client, clock } = await createDiscovered(issuer.origin);
    const paths = (): readonly string[] => issuer.seen.map(({ method, path }) => `${method} ${path}`);
    expect((await client.fetch('/')).status).toBe(200);
    clock.advance(1000);
    await client.fetch('/');
    expect(paths()).toEqual([`GET ${wellKnown}`, 'POST /oauth/token', 'POST /oauth/token']);
    clock.advance(2600);
    await client.fetch('/');
    expect(paths().slice(3)).toEqual([`GET ${wellKnown}`, 'POST /oauth/token']);
    expect(issuer.seen[0]!.headers.authorization).toBeUndefined();
  });

  it('may have the document of OpenID Connect alone', async () => {
    const issuer = await issuerWith(
      (origin) => json({ issuer: origin, token_endpoint: `${origin}/token` }),
      '/.well-known/openid-configuration',
    );
    const { client } = await createDiscovered(issuer.origin);
    expect((await client.fetch('/')).status).toBe(200);
  });
});

describe('cli-discovery-mismatch: metadata of another issuer (RFC 8414 §3.3)', () => {
  it.each<[string, (origin: string) => object]>([
    ['with another name', () => ({ issuer: 'https://evil.example' })],
    ['with a slash more', (origin) => ({ issuer: `${origin}/` })],
    ['in other case', (origin) => ({ issuer: origin.toUpperCase() })],
    ['without a name', () => ({})],
    [
      'with an endpoint on http elsewhere',
      (origin) => ({ issuer: origin, token_endpoint: 'http://evil.example/token' }),
    ],
    ['with credentials in the endpoint', (origin) => ({ issuer: origin, token_endpoint: 'https://u:p@evil.example/' })],
    [
      'with an endpoint that is no http at all',
      (origin) => ({ issuer: origin, token_endpoint: 'ftp://evil.example/' }),
    ],
  ])('%s is refused, and no secret is sent', async (_title, change) => {
    const issuer = await issuerWith((origin) => json({ token_endpoint: `${origin}/token`, ...change(origin) }));
    const { client } = await createDiscovered(issuer.origin);
    expect((await failureOf(client.fetch('/'))).code).toBe('issuer-metadata-mismatch');
    expect(new Set(issuer.seen.map(({ method }) => method))).toEqual(new Set(['GET']));
  });
});

describe('metadata that cannot be used', () => {
  it.each<[string, (origin: string) => Reply, string]>([
    ['has no endpoint', (origin) => json({ issuer: origin }), 'issuer-metadata-invalid'],
    [
      'has an endpoint that is no URL',
      (origin) => json({ issuer: origin, token_endpoint: '/token' }),
      'issuer-metadata-invalid',
    ],
    ['is no JSON', () => ({ body: '<html>' }), 'issuer-metadata-invalid'],
    ['is not there', () => ({ status: 404 }), 'issuer-metadata-invalid'],
    ['is elsewhere', () => ({ status: 302, headers: { location: '/x' } }), 'token-endpoint'],
    ['is not to be had now', () => ({ status: 429 }), 'token-endpoint'],
    ['is down', () => ({ status: 503 }), 'token-endpoint'],
    ['is cut off', () => 'cut', 'token-endpoint'],
  ])('%s', async (_title, reply, code) => {
    const issuer = await issuerWith(reply);
    const { client } = await createDiscovered(issuer.origin);
    for (let i = 0; i < 3; i++) expect((await failureOf(client.fetch('/'))).code).toBe(code);
    expect(issuer.seen.filter(({ path }) => path === wellKnown)).toHaveLength(1);
    expect(issuer.seen.every(({ method }) => method === 'GET')).toBe(true);
  });
});
