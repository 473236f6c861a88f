import { createHash, generateKeyPairSync } from 'node:crypto';
import type { Server } from 'node:http';

import { createIssuer } from '@auth/core/issuer';
import { createSigningKey } from '@auth/core/signing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { clientCredentials, createClient, refreshToken, tokenExchange, type Strategy } from '../../src/index.js';
import { audience, guard, listen, stop } from '../fixtures/guarded-api.js';

const clientSecret = 'svc-secret-5cW0mQ2xv8rYzL1nTgHu-kP4';
const scopes = ['orders:read'];
const back = 'http://127.0.0.1/back';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'job-1', alg: 'ES256', use: 'sig' };
let server: Server;
let origin = '';
let issuer = '';

beforeAll(async () => {
  ({ server, origin } = await listen());
  issuer = `${origin}/oauth`;
  const own = { scopes, resources: [audience] };
  const people = ['authorization_code', 'refresh_token'] as const;
  const made = createIssuer({
    issuer,
    clients: [
      { ...own, clientId: 'basic', clientSecret },
      { ...own, clientId: 'post', clientSecret, clientAuthentication: 'client_secret_post' },
      { ...own, clientId: 'key', jwks: { keys: [jwk] } },
      { ...own, clientId: 'desk', grants: people, redirectUris: [back] },
      {
        ...own,
        clientId: 'gateway',
        clientSecret,
        mayExchange: true,
        grants: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      },
    ],
    login: () => ({ subject: 'alice' }),
  });
  guard(server, issuer, made);
});
afterAll(() => stop(server));

async function callBy(auth: Strategy): Promise<unknown> {
  const client = createClient({ origin, auth });
  try {
    const response = await client.fetch('/orders');
    return response.status === 200 ? await response.json() : response.status;
  } finally {
    await client.close();
  }
}

/** Signs alice in, as a browser would (RFC 7636). */
async function signIn(): Promise<{ access_token: string; refresh_token: string }> {
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const asked = { client_id: 'desk', response_type: 'code', redirect_uri: back, code_challenge: challenge };
  const query = new URLSearchParams({ ...asked, code_challenge_method: 'S256', resource: audience });
  const { headers } = await fetch(`${issuer}/authorize?${query.toString()}`, { redirect: 'manual' });
  const code = new URL(headers.get('location') ?? '').searchParams.get('code') ?? '';
  const form = {
    grant_type: 'authorization_code',
    client_id: 'desk',
    code,
    code_verifier: verifier,
    redirect_uri: back,
  };
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form) });
  return (await answer.json()) as { access_token: string; refresh_token: string };
}

describe('the issuer of this project', () => {
  it.each([
    ['a secret in the Basic field', () => ({ clientId: 'basic', clientSecret })],
    [
      'a secret in the form',
      () => ({ clientId: 'post', clientSecret, clientAuthentication: 'client_secret_post' as const }),
    ],
    [
      'private_key_jwt',
      () => ({
        clientId: 'key',
        signingKey: createSigningKey({ privateKeyPem, keyid: 'job-1', algorithm: 'ES256' }),
      }),
    ],
  ])('gives tokens for client credentials with %s (RFC 6749 §4.4, RFC 7523 §2.2)', async (_title, options) => {
    const auth = clientCredentials({ issuer, scopes, resource: audience, ...options() });
    expect(await callBy(auth)).toMatchObject({ clientId: options().clientId });
  });

  it('gives tokens for a refresh token, which is revoked when the client is closed (RFC 6749 §6, RFC 7009)', async () => {
    const { refresh_token: first } = await signIn();
    const auth = refreshToken({ issuer, scopes, clientId: 'desk', refreshToken: first, revokeOnClose: true });
    expect(await callBy(auth)).toMatchObject({ subject: 'alice', clientId: 'desk' });
    // With its family: the first one, sent again, says so.
    await expect(callBy(refreshToken({ issuer, scopes, clientId: 'desk', refreshToken: first }))).rejects.toMatchObject(
      { code: 'invalid-grant' },
    );
  });

  it('exchanges the token of a caller for one for another API (RFC 8693 §2.1)', async () => {
    const { access_token: subjectToken } = await signIn();
    const auth = tokenExchange({
      issuer,
      scopes,
      resource: audience,
      clientId: 'gateway',
      clientSecret,
      subjectToken,
    });
    expect(await callBy(auth)).toMatchObject({ subject: 'alice' });
  });
});
