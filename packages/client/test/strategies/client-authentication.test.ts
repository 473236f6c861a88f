import { describe, expect, it } from 'vitest';

import { clientCredentials, isClientError, type ClientCredentialsOptions } from '../../src/index.js';
import { createPlainBench, failureOf, grant, secret, start, thrownBy } from '../fixtures/client.js';
import { createKey, openJwt } from '../fixtures/keys.js';
import { json, startServer, type ScriptedServer } from '../fixtures/server.js';

const { key, publicKey } = await createKey();
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

async function benchWith(options: Partial<ClientCredentialsOptions>, issuer?: ScriptedServer) {
  const server = issuer ?? (await startServer((_seen, index) => grant(index, { expires_in: 0 })));
  const auth = clientCredentials({ tokenEndpoint: `${server.origin}/token`, clientId: 'job', ...options });
  const bench = await createPlainBench(auth);
  const forms = (): readonly URLSearchParams[] =>
    server.seen.filter(({ method }) => method === 'POST').map(({ body }) => new URLSearchParams(body));
  return { ...bench, forms, server };
}

describe('private_key_jwt', () => {
  it('signs an assertion for the issuer alone, good for a minute (RFC 7523 §3, RFC 7523bis)', async () => {
    const { client, forms } = await benchWith({ signingKey: key, assertionAudience: 'https://as.example' });
    await client.fetch('/');
    const [form] = forms();
    expect(form!.get('client_assertion_type')).toBe(jwtBearer);
    const { header, claims } = openJwt(form!.get('client_assertion')!, publicKey);
    expect(header).toEqual({ alg: 'ES256', typ: 'client-authentication+jwt', kid: 'k1' });
    expect(claims).toEqual({
      iss: 'job',
      sub: 'job',
      aud: 'https://as.example',
      jti: '80'.repeat(16),
      iat: start,
      exp: start + 60,
    });
  });

  it('takes the issuer for the audience where it is found by discovery', async () => {
    const issuer: ScriptedServer = await startServer(({ path }, index) =>
      path === '/.well-known/oauth-authorization-server'
        ? json({ issuer: issuer.origin, token_endpoint: `${issuer.origin}/somewhere` })
        : grant(index),
    );
    const { client, forms } = await benchWith(
      { tokenEndpoint: undefined, issuer: issuer.origin, signingKey: key } as never,
      issuer,
    );
    expect((await client.fetch('/')).status).toBe(200);
    expect(openJwt(forms()[0]!.get('client_assertion')!, publicKey).claims['aud']).toBe(issuer.origin);
  });

  it('makes an assertion of its own for each request (RFC 7523 §3: jti)', async () => {
    let drawn = 0;
    const server = await startServer((_seen, index) => grant(index, { expires_in: 0 }));
    const auth = clientCredentials({
      tokenEndpoint: server.origin,
      clientId: 'job',
      signingKey: Promise.resolve(key),
      assertionAudience: 'https://as.example',
    });
    const random = (length: number): Uint8Array => new Uint8Array(length).fill((drawn += 1));
    const { client } = await createPlainBench(auth, { options: { random } });
    await client.fetch('/');
    await client.fetch('/');
    const ids = server.seen.map(
      ({ body }) => openJwt(new URLSearchParams(body).get('client_assertion')!, publicKey).claims['jti'],
    );
    expect(new Set(ids).size).toBe(2);
  });
});

describe('an assertion of the platform', () => {
  it('is sent as it is, read anew for each request, under the type that was given', async () => {
    const tokens = ['first', 'second'];
    const { client, forms } = await benchWith({
      clientAssertion: { name: 'platform', read: () => Promise.resolve(tokens.shift()!) },
      clientAssertionType: 'urn:example:type',
    });
    await client.fetch('/');
    await client.fetch('/');
    expect(
      forms().map((form) => [form.get('client_id'), form.get('client_assertion'), form.get('client_assertion_type')]),
    ).toEqual([
      ['job', 'first', 'urn:example:type'],
      ['job', 'second', 'urn:example:type'],
    ]);
  });

  it.each<[string, () => unknown]>([
    ['throws', () => { throw new Error('no file'); }],
    ['gives nothing', () => ''],
    ['gives something else', () => 5],
  ])('that %s fails the call, and the issuer is not asked', async (_title, read) => {
    const { client, forms } = await benchWith({ clientAssertion: { name: 'platform', read: read as () => string } });
    const error = await failureOf(client.fetch('/'));
    expect(error.code).toBe('token-source');
    expect(error.message).toContain('platform');
    expect(forms()).toEqual([]);
  }); // prettier-ignore
});

describe('options', () => {
  const good = { tokenEndpoint: 'https://as.example/token', clientId: 'job' };
  const supplier = { name: 'x', read: () => 'y' };
  it.each<[string, object, readonly string[]]>([
    ['nothing that proves who the client is (RFC 6749 §4.4)', {}, ['clientSecret']],
    ['a public client', { clientAuthentication: 'none' }, ['clientSecret']],
    ['a secret beside a key', { clientSecret: secret, signingKey: key, assertionAudience: 'a' }, ['clientSecret']],
    ['a secret beside a certificate', { clientSecret: secret, clientAuthentication: 'tls_client_auth' }, ['clientSecret']],
    ['a second secret without a first', { secondaryClientSecret: secret, signingKey: key, assertionAudience: 'a' }, ['secondaryClientSecret']],
    ['a key for a method that wants a secret', { signingKey: key, clientSecret: secret, clientAuthentication: 'client_secret_basic' }, ['signingKey']],
    ['a key without the issuer', { signingKey: key }, ['assertionAudience']],
    ['something that is no key', { signingKey: { privateKeyPem: secret }, assertionAudience: 'a' }, ['signingKey']],
    ['key and assertion', { signingKey: key, clientAssertion: supplier, assertionAudience: 'a' }, ['signingKey']],
    ['an assertion that is text', { clientAssertion: secret }, ['clientAssertion']],
    ['an assertion without a name', { clientAssertion: { read: () => 'y' } }, ['clientAssertion']],
    ['a key and no client', { clientId: undefined, signingKey: key, assertionAudience: 'a' }, ['clientId']],
  ])('%s: the fault is named, the secret is not', (_title, change, paths) => {
    const error = thrownBy(() => clientCredentials({ ...good, ...change })) as Error & {
      readonly faults: readonly { readonly path: string }[];
    };
    expect(isClientError(error)).toBe(false);
    expect(error.faults.map(({ path }) => path)).toEqual(paths);
    expect(error.message).not.toContain(secret);
  }); // prettier-ignore
});
