import { describe, expect, it } from 'vitest';

import { isConfigurationError } from '@auth/core/signing';
import { clientCredentials, createClient, type ClientOptions } from '../../src/index.js';
import { createBench, grant, secret, thrownBy } from '../fixtures/client.js';
import { json, startServer, type Reply, type Seen } from '../fixtures/server.js';

const isRevocation = ({ path }: Seen): boolean => path === '/revoke';
const formOf = ({ body }: Seen): object => Object.fromEntries(new URLSearchParams(body));

/** A client that revokes, at an issuer that answers `/revoke` with this. */
async function createRevoking(revoke: Reply = { status: 200 }, options: Partial<ClientOptions> = {}, grants = grant) {
  const bench = await createBench({
    issuer: (seen, index) => (isRevocation(seen) ? revoke : grants(index)),
    options: {},
  });
  const events: object[] = [];
  const client = createClient({
    origin: bench.api.origin,
    auth: clientCredentials({
      tokenEndpoint: `${bench.issuer.origin}/token`,
      revocationEndpoint: `${bench.issuer.origin}/revoke`,
      revokeOnClose: true,
      clientId: 'job',
      clientSecret: secret,
    }),
    clock: bench.clock,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const revocations = () => bench.issuer.seen.filter(isRevocation);
  return { ...bench, client, revocations, events };
}

describe('revokeOnClose (RFC 7009 §2.1)', () => {
  it('has the token at hand revoked, with the client’s authentication, once however often the client is closed', async () => {
    const { client, revocations, events, issuer } = await createRevoking();
    await client.fetch('/');
    await Promise.all([client.close(), client.close()]);
    expect(revocations().map(formOf)).toEqual([{ token: 'token-1', token_type_hint: 'access_token' }]);
    expect(revocations()[0]?.headers.authorization).toBe(`Basic ${btoa(`job:${secret}`)}`);
    expect(events.at(-1)).toMatchObject({
      kind: 'token-revocation',
      endpoint: `${issuer.origin}/revoke`,
      clientId: 'job',
      outcome: 'revoked',
    });
    expect(JSON.stringify(events)).not.toContain('token-1');
  });

  it('has a refresh token revoked first', async () => {
    const grants = (index: number): Reply =>
      json({ access_token: `token-${index + 1}`, token_type: 'Bearer', expires_in: 1000, refresh_token: 'refresh-1' });
    const { client, revocations } = await createRevoking({ status: 200 }, {}, grants);
    await client.fetch('/');
    await client.close();
    expect(revocations().map(formOf)).toEqual([
      { token: 'refresh-1', token_type_hint: 'refresh_token' },
      { token: 'token-1', token_type_hint: 'access_token' },
    ]);
  });

  it('asks nothing where there is no token, or one that has ended', async () => {
    const { client, revocations, clock } = await createRevoking();
    await client.fetch('/');
    clock.advance(1000);
    await client.close();
    const other = await createRevoking();
    await other.client.close();
    expect([...revocations(), ...other.revocations()]).toEqual([]);
  });

  it.each([
    ['refuses', { status: 400 }],
    ['is down', 'cut'],
    ['leads elsewhere', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }],
  ] as const)('ends where the issuer %s, and an event says so', async (_title, reply) => {
    const { client, events } = await createRevoking(reply);
    await client.fetch('/');
    await client.close();
    expect(events.at(-1)).toMatchObject({ kind: 'token-revocation', outcome: 'token-endpoint' });
  });

  it('finds where by discovery, and tells where the issuer has no such endpoint (RFC 8414 §2)', async () => {
    const seen: string[] = [];
    let isThere = true;
    const issuer = await startServer((request, index) => {
      seen.push(request.path);
      if (request.path === '/token') return grant(index);
      return json({
        issuer: issuer.origin,
        token_endpoint: `${issuer.origin}/token`,
        ...(isThere && { revocation_endpoint: `${issuer.origin}/gone` }),
      });
    });
    const { api } = await createBench();
    const events: object[] = [];
    for (isThere of [true, false]) {
      const auth = clientCredentials({
        issuer: issuer.origin,
        clientId: 'job',
        clientSecret: secret,
        revokeOnClose: true,
      });
      const client = createClient({ origin: api.origin, auth, onEvent: (event) => events.push(event) });
      await client.fetch('/');
      await client.close();
    }
    expect(seen.filter((path) => path === '/gone')).toHaveLength(1);
    expect(events.filter((event) => (event as { kind: string }).kind === 'token-revocation')).toMatchObject([
      { outcome: 'revoked' },
      { outcome: 'issuer-metadata-invalid', endpoint: '' },
    ]);
  });

  it('is off unless it is asked for', async () => {
    const { client, issuer } = await createBench();
    await client.fetch('/');
    await client.close();
    expect(issuer.seen).toHaveLength(1);
  });

  it.each([
    ['without an endpoint', { revokeOnClose: true }, 'revocationEndpoint'],
    ['with an endpoint that nobody asks', { revocationEndpoint: 'https://as.example/revoke' }, 'revocationEndpoint'],
    ['with a fragment', { revokeOnClose: true, revocationEndpoint: 'https://as.example/#x' }, 'revocationEndpoint'],
    ['as a text', { revokeOnClose: 'yes', revocationEndpoint: 'https://as.example/revoke' }, 'revokeOnClose'],
  ])('is a fault %s', (_title, options, path) => {
    const error = thrownBy(() =>
      clientCredentials({
        tokenEndpoint: 'https://as.example/token',
        clientId: 'job',
        clientSecret: secret,
        ...(options as object),
      }),
    );
    expect(isConfigurationError(error) && error.faults.map((fault) => fault.path)).toEqual([path]);
  });

  it('sends no token over plain http to another machine', () => {
    const auth = clientCredentials({
      tokenEndpoint: 'https://as.example/token',
      revocationEndpoint: 'http://as.example/revoke',
      revokeOnClose: true,
      clientId: 'job',
      clientSecret: secret,
    });
    expect(thrownBy(() => createClient({ origin: 'https://api.example', auth }))).toMatchObject({
      code: 'insecure-url',
    });
  });
});
