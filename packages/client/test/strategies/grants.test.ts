import { describe, expect, it } from 'vitest';

import {
  basic,
  clientCredentials,
  fallback,
  jwtBearer,
  refreshToken,
  tokenExchange,
  type Strategy,
} from '../../src/index.js';
import { authorizations, createPlainBench, failureOf, grant, secret, thrownBy } from '../fixtures/client.js';
import { json, startServer } from '../fixtures/server.js';

const tokenEndpoint = 'https://as.example/token';
const good = { tokenEndpoint, clientId: 'job' };

describe('options', () => {
  const exchange = { ...good, subjectToken: secret };
  it.each<[string, () => Strategy, readonly string[]]>([
    ['a refresh token that is none', () => refreshToken({ ...good, refreshToken: '' }), ['refreshToken']],
    ['a refresh token of nobody', () => refreshToken({ tokenEndpoint, refreshToken: secret } as never), ['clientId']],
    ['a misspelt option', () => refreshToken({ ...good, refreshToken: secret, token: secret } as never), ['token']],
    ['no subject', () => tokenExchange(good as never), ['subjectToken']],
    ['a type that is none', () => tokenExchange({ ...exchange, subjectTokenType: '' }), ['subjectTokenType']],
    ['an actor without a type (RFC 8693 §2.1)', () => tokenExchange({ ...exchange, actorToken: 'x' }), ['actorTokenType']],
    ['a type without an actor (RFC 8693 §2.1)', () => tokenExchange({ ...exchange, actorTokenType: 'x' }), ['actorTokenType']],
    ['an actor that is none', () => tokenExchange({ ...exchange, actorToken: { name: 'x' } as never, actorTokenType: 'x' }), ['actorToken']],
    ['no assertion', () => jwtBearer(good as never), ['assertion']],
    ['an assertion that is a number', () => jwtBearer({ ...good, assertion: 5 as never }), ['assertion']],
  ])('%s: the fault is named, the secret is not', (_title, make, paths) => {
    const error = thrownBy(make) as Error & { readonly faults: readonly { readonly path: string }[] };
    expect(error.faults.map(({ path }) => path)).toEqual(paths);
    expect(error.message).not.toContain(secret);
  }); // prettier-ignore
});

describe('a token exchange', () => {
  it('names subject, actor, types and audience (RFC 8693 §2.1), and reads suppliers anew each time', async () => {
    const issuer = await startServer((_seen, index) => grant(index, { expires_in: 0 }));
    let read = 0;
    const auth = tokenExchange({
      tokenEndpoint: issuer.origin,
      subjectToken: { name: 'caller', read: () => `subject-${(read += 1)}` },
      subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
      actorToken: 'actor-1',
      actorTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      scopes: ['a'],
      resource: 'https://api.example/',
    });
    const { client } = await createPlainBench(auth);
    await client.fetch('/');
    await client.fetch('/');
    expect(issuer.seen.map(({ body }) => Array.from(new URLSearchParams(body)))).toEqual(
      ['subject-1', 'subject-2'].map((subject) => [
        ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
        ['subject_token', subject],
        ['subject_token_type', 'urn:ietf:params:oauth:token-type:jwt'],
        ['actor_token', 'actor-1'],
        ['actor_token_type', 'urn:ietf:params:oauth:token-type:access_token'],
        ['requested_token_type', 'urn:ietf:params:oauth:token-type:access_token'],
        ['scope', 'a'],
        ['resource', 'https://api.example/'],
      ]),
    );
  });
});

describe('cli-invalid-grant: fallback', () => {
  it('takes the place of a grant that has ended for good, and keeps it', async () => {
    const issuer = await startServer(({ body }, index) =>
      body.includes('refresh_token') ? json({ error: 'invalid_grant' }, 400) : grant(index),
    );
    const shared = { tokenEndpoint: issuer.origin, clientId: 'job' };
    const auth = fallback(
      refreshToken({ ...shared, refreshToken: secret }),
      clientCredentials({ ...shared, clientSecret: secret }),
    );
    const { api, client } = await createPlainBench(auth);
    for (let i = 0; i < 3; i++) expect((await client.fetch('/')).status).toBe(200);
    expect(authorizations(api)).toEqual(Array(3).fill('Bearer token-2'));
    expect(issuer.seen).toHaveLength(2);
  });

  it('does not take the place of a grant that fails for another reason', async () => {
    const issuer = await startServer(() => json({}, 500));
    const auth = fallback(
      refreshToken({ tokenEndpoint: issuer.origin, clientId: 'job', refreshToken: secret }),
      basic({ username: 'a', password: 'b' }),
    );
    const { client } = await createPlainBench(auth);
    expect((await failureOf(client.fetch('/'))).code).toBe('token-endpoint');
  });
});

describe('two subjects', () => {
  it('have tokens of their own in one cache, and their tokens stand in no key of it', async () => {
    const { digestOf } = await import('../../src/token-supplier.js');
    expect(await digestOf(secret)).not.toBe(await digestOf(`${secret}x`));
    expect(await digestOf(secret)).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });
});
